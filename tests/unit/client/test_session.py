"""Quintant from Python without a server: the same API, the same store, the same objects."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

import quintant
from quintant import session
from quintant.client import FigureHandle, RunHandle, SweepHandle
from quintant.client.api import Api
from quintant.client.discovery import LocalServer
from quintant.errors import ConfigError, Conflict
from quintant.lab import Figure, Metric
from quintant.runs import open_runs
from quintant.settings import Settings
from quintant.statistics import Estimate


@pytest.fixture(scope="module")
def sweep(folder) -> SweepHandle:
    made = quintant.run("toy", steps=2, bias=0.7, seeds=3, name="<b>mine</b>")
    assert isinstance(made, SweepHandle)
    return made.wait(240)


def test_a_run_is_in_the_store_and_its_results_are_read(folder, sweep):
    assert [run.state for run in sweep.runs] == ["completed"] * 3 and sweep.runs[0].info.config["bias"] == 0.7
    assert sweep.summary()[0].metrics["heads_share"].n == 3 and isinstance(quintant.get(sweep.runs[0].id[:9]), RunHandle)
    assert [event.kind for event in sweep.runs[0].events()][-1] == "state"
    with open_runs(Settings(data_dir=folder), execute=False) as runs:
        assert [run.id for run in runs.runs_of(sweep.id)] == [run.id for run in sweep.runs]
    assert not (folder / "server.json").exists() and quintant.connect() is quintant.connect()
    assert oct(session._servers[folder][0].socket.parent.stat().st_mode)[-3:] == "700"


def test_bad_input_is_the_error_of_every_door(folder):
    with pytest.raises(ConfigError, match="biass"):
        quintant.run("toy", biass=0.2)
    with pytest.raises(ConfigError, match="twice"):
        quintant.run("toy", bias=0.2, config={"bias": 0.3})


def test_the_server_of_the_folder_is_asked_where_one_lives(folder, monkeypatch):
    monkeypatch.setattr("quintant.client.discovery.local_server", lambda folder: LocalServer("http://127.0.0.1:9", 1))
    assert quintant.connect().url == "http://127.0.0.1:9"
    monkeypatch.setenv("QUINTANT_URL", "http://127.0.0.1:7")
    assert quintant.connect().url == "http://127.0.0.1:7"


def test_notebooks_show_everything_and_escape_it(folder, sweep):
    shown = [
        sweep._repr_html_(), sweep.runs[0]._repr_html_(), sweep.summary()._repr_html_(), sweep.runs[0].result()._repr_html_(),
        quintant.connect().labs()._repr_html_(), quintant.connect().lab("toy")._repr_html_(),
    ]  # fmt: skip
    assert all(html.startswith("<table>") and "<b>" not in html for html in shown)
    assert "&lt;b&gt;mine&lt;/b&gt;" in shown[0] and "3 completed" in shown[0] and "heads_share" in shown[2] + shown[3]


def test_a_completed_run_shows_the_first_figure_of_its_lab_and_says_why_where_there_is_none(folder, sweep, monkeypatch):
    run = sweep.runs[0]
    lab = SimpleNamespace(figures=(Figure("of_sweep", "", "", "", "sweep", True), Figure("of_run", "", "", "", "run", True)))
    drawn: list[str] = []

    def figure(self, target, name, format, **how):
        drawn.append(name)
        if name == "of_sweep":
            raise Conflict("<i>no data</i>")
        return b"<svg/>"

    monkeypatch.setattr(Api, "lab", lambda self, name: lab)
    monkeypatch.setattr(RunHandle, "figure", lambda self, name: FigureHandle(self._api, self.info, name))
    monkeypatch.setattr(SweepHandle, "figure", lambda self, name: FigureHandle(self._api, self.info, name))
    monkeypatch.setattr(Api, "figure", figure)
    assert 'alt="of_run" src="data:image/svg+xml;base64,PHN2Zy8+"' in run._repr_html_()
    assert "<p>&lt;i&gt;no data&lt;/i&gt;</p>" in sweep._repr_html_() and drawn == ["of_run", "of_sweep"]
    lab.figures = lab.figures[:1]
    assert "no data" in run._repr_html_() and drawn[-1] == "of_sweep"


def test_a_metric_is_a_number_with_its_interval():
    metric = Metric(0.0297, low=0.0250, high=0.0344)
    assert float(metric) == 0.0297 and str(metric) == metric._repr_html_() == "0.0297 [0.0250, 0.0344]"
    assert str(Metric(39.8123, "Hz")) == "39.8123 Hz"
    estimate = Estimate(0.0297, 0.0250, 0.0344, 10, "t", False, (0.0297,))
    assert float(estimate) == 0.0297 and str(estimate) == "0.0297 [0.0250, 0.0344]"
    with pytest.raises(TypeError, match="too short"):
        float(Metric(None, reason="too short"))


def test_importing_quintant_imports_nothing_else():
    heavy = ("pydantic", "numpy", "pyarrow", "fastapi", "sqlalchemy", "httpx2", "orjson")
    code = f"import sys, quintant; print([m for m in {heavy} if m in sys.modules], 'run' in dir(quintant))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"
