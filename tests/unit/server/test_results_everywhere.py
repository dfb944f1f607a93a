"""The table of results is one table: over the API in each format, by the SDK for Arrow, pandas, polars and xarray, by the
command line as a file and on the terminal."""

from __future__ import annotations

import io
import math
import sys

import pyarrow.csv
import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from quintant import tabular
from quintant.cli import call
from quintant.client import SweepHandle
from quintant.errors import ConfigError, Conflict, NotInstalled
from quintant.runs.results_table import Wanted, results_table

V2 = "/api/v2"


@pytest.fixture(scope="module")
def sweep(sdk, runs) -> SweepHandle:
    made = sdk.run("toy", config={"steps": 2}, sweep={"bias": [0.2, 0.8], "tosses_per_step": [10, 30]}, seeds=3, name="a grid")
    return made.wait(240)


@pytest.fixture(scope="module")
def tied(sdk) -> SweepHandle:
    return sdk.run("toy", sweep={"bias,tosses_per_step": [[0.1, 10], [0.2, 20]]}, config={"steps": 1}, name="tied").wait(240)


def test_the_api_answers_in_every_format(client: TestClient, sweep, runs) -> None:
    whole = results_table(runs, Wanted(sweep.id))
    address = f"{V2}/sweeps/{sweep.id}/table"
    answers = {format: client.get(f"{address}.{format}") for format in ("csv", "parquet", "arrow", "json")}
    assert {format: answer.status_code for format, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert tabular.decoded(answers["arrow"].content).equals(whole)
    assert pyarrow.parquet.read_table(io.BytesIO(answers["parquet"].content)).equals(whole)
    read = pyarrow.csv.read_csv(io.BytesIO(answers["csv"].content))
    assert read.column("heads_share").to_pylist() == whole.column("heads_share").to_pylist()
    assert answers["json"].json()["columns"]["key"] == whole.column("key").to_pylist()
    assert answers["csv"].headers["content-disposition"] == f'attachment; filename="{sweep.id}.csv"'
    assert client.get(f"{address}.xlsx").status_code == 422
    assert client.get(f"{V2}/sweeps/{sweep.runs[0].id}/table.csv").status_code == 404
    assert client.get(f"{V2}/runs/table.json", params={"q": "biass>1"}).status_code == 422
    assert client.get(f"{V2}/runs/table.json", params={"q": "name~nobody"}).status_code == 404
    each = client.get(f"{V2}/runs/table.json", params={"q": "name:'a grid'", "fold": "none", "metrics": "heads_share"}).json()
    assert each["rows"] == 12 and next(name for name in each["columns"] if name.startswith("heads")) == "heads_share"
    one = client.get(f"{V2}/runs/{sweep.runs[4].id}/table.json").json()
    assert one["rows"] == 1 and one["columns"]["key"] == [sweep.runs[4].id] and one["columns"]["runs"] == [1]


def test_the_sdk_gives_it_as_each_tool_has_it(sweep, sdk) -> None:
    arrow = sweep.to_arrow()
    assert sweep.summary().to_arrow().equals(arrow) and arrow.num_rows == 4 == len(sweep.summary())
    assert sdk.rows("name:'a grid'", sort="created_at").to_arrow().equals(arrow)
    assert sdk.rows("name:'a grid'", fold="none").to_arrow().num_rows == 12
    assert sweep.runs[0].to_arrow().column("key").to_pylist() == [sweep.runs[0].id]
    with pytest.raises(ConfigError, match="fold"):
        sdk.rows(fold="sweep").to_arrow()
    for name, package in (("to_pandas", "pandas"), ("to_polars", "polars")):
        pytest.importorskip(package)
        frame = getattr(sweep, name)()
        assert list(frame["heads_share"]) == arrow.column("heads_share").to_pylist(), name
    assert sweep.to_pandas().attrs["units"]["heads_share_low"] == "1"


def test_a_grid_has_a_dimension_an_axis(sweep, tied, sdk) -> None:
    pytest.importorskip("xarray")
    grid = sweep.to_xarray()
    assert grid["heads_share"].dims == ("bias", "tosses_per_step") and grid["heads_share"].shape == (2, 2)
    for point in sweep.summary():
        assert float(grid["heads_share"].sel(point.point)) == point.metrics["heads_share"].mean
        assert float(grid["heads_share_low"].sel(point.point)) == point.metrics["heads_share"].low
    assert grid["heads_share"].attrs == {"units": "1"}
    line = tied.to_xarray()
    assert line["heads_share"].dims == ("bias",) and line["tosses_per_step"].values.tolist() == [10, 20]
    assert not math.isnan(float(line["heads_share"][1]))
    with pytest.raises(Conflict, match="no axes"):
        sdk.run("toy", seeds=2, config={"steps": 1}).wait(240).to_xarray()


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_pandas"), ("polars", "to_polars"), ("xarray", "to_xarray")])
def test_what_is_not_installed_is_one_sentence(sweep, package: str, method: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalled, match=rf"^{method}\(\) needs {package}, which is not installed: pip install {package}$"):
        getattr(sweep, method)()


def test_the_command_line_writes_files_and_shows_it(sweep, settings, runs, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("QUINTANT_DATA_DIR", str(settings.data_dir))
    whole = results_table(runs, Wanted(sweep.id))
    for suffix in ("csv", "parquet", "arrow", "json", "tex"):
        assert call(["table", sweep.id[:8], "--to", str(tmp_path / f"out.{suffix}")]) == 0
        assert (tmp_path / f"out.{suffix}").read_bytes() == tabular.encoded(whole, suffix)
    assert "4 rows, " in capsys.readouterr().out
    pytest.importorskip("openpyxl")
    assert call(["table", sweep.id, "--to", str(tmp_path / "out.xlsx")]) == 0
    assert call(["table", sweep.id]) == 0
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("bias", "tosses_per_step", "heads_share", "[", f"{sweep.id}."))
    assert call(["table", "name:'a grid'", "--each", "--metrics", "heads_share", "--json"]) == 0
    assert '"rows":12' in capsys.readouterr().out
    assert call(["table", sweep.runs[0].id, "--json"]) == 0 and '"rows":1,' in capsys.readouterr().out
    for asked, says in (
        (["--to", str(tmp_path / "out.ods")], "must be among csv, parquet, xlsx, tex, arrow, json"),
        (["--to", "/proc/none/out.csv"], "cannot write"),
        (["--metrics", "heads_shares"], "heads_share"),
        (["--json", "--to", "x.csv"], "exclude each other"),
    ):
        assert call(["table", sweep.id, *asked]) == 2 and says in capsys.readouterr().err
    assert call(["table", "fff000fff000"]) == 2 and call(["table", "biass>1"]) == 2
