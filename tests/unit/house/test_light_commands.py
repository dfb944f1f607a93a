"""What a verb does not need it does not import: seconds of every command are imports. Names, because times cannot be tested."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from quintant.runs import State, open_runs
from quintant.settings import Settings

ANSWER = """
import json, sys
from quintant.cli import call
code = call(sys.argv[1:])
print("LOADED", json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""
SCIENCE = {"numpy", "scipy", "numba", "pyarrow", "altair", "networkx", "torch", "pandas", "vl_convert"}
STORE = {"sqlalchemy"}
SERVER = {"fastapi", "starlette", "uvicorn", "httpx2", "anyio"}
SELDOM = {"alembic", "pydantic_settings"}


def loaded(*arguments: str) -> set[str]:
    """Top-level modules in a process that has run one verb."""
    done = subprocess.run([sys.executable, "-c", ANSWER, *arguments], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.rpartition("LOADED ")[2])
    assert code == 0, done.stderr
    return set(modules)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with a completed sweep of three seeds."""
    folder = tmp_path_factory.mktemp("light")
    with open_runs(Settings(data_dir=folder, workers=2), execute=True) as runs:
        _, made = runs.sweep("toy", {"steps": 2}, seeds=3)
        assert {runs.wait(run.id, 60).state for run in made} == {State.COMPLETED}
    return folder, made[0]


@pytest.mark.parametrize("verb", [("--version",), ("--help",), ("labs",), ("explain", "optical"), ("explain", "toy", "steps")])
def test_what_needs_no_store_imports_neither_it_nor_any_science(verb, folder):
    options = ["--data-dir", str(folder[0])] if verb[0] in ("labs", "explain") else []
    assert not loaded(*verb, *options) & (SCIENCE | STORE | SERVER | SELDOM)


def test_who_asks_for_help_waits_for_no_model_of_a_config():
    assert "pydantic" not in loaded("--help")


@pytest.mark.parametrize("verb", ["list", "show run", "show sweep", "stop"])
def test_what_reads_the_store_imports_no_science(verb, folder):
    name, _, kind = verb.partition(" ")
    place, run = folder
    ids = {"": [], "run": [run.id], "sweep": [run.sweep_id]}[kind] if name != "stop" else [run.sweep_id]
    modules = loaded(name, *ids, "--data-dir", str(place))
    assert modules >= STORE and not modules & (SCIENCE | SERVER | SELDOM)


def test_the_parts_that_a_client_uses_import_no_database():
    code = "import sys; from quintant.client import Client; print(sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(eval(done.stdout)) & (SCIENCE | STORE | SELDOM)


def test_a_warm_lab_whose_kernels_call_no_blas_has_no_scipy(tmp_path):
    """Numba imports scipy.linalg to ask for a BLAS, which `np.dot` alone calls: it still does, to the same bits."""
    code = """
import json, sys
from quintant.runs import zygote
zygote._tell = lambda message: None
zygote._warm("chip")
without = "scipy.linalg" not in sys.modules and "numba.np.arraymath" in sys.modules
import numba, numpy as np
a, b = np.random.default_rng(1).normal(size=(2, 40, 40))
product = numba.njit(lambda x, y: np.dot(x, y))(a, b)
again = numba.njit(lambda x: np.correlate(x, x))(a[0])
print(json.dumps([without, bool((product == a @ b).all()), bool(np.allclose(again, np.correlate(a[0], a[0]), rtol=1e-12)),
                  "scipy.linalg" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, True, True, True], done.stderr


def test_commands_seldom_look_for_garbage_and_what_lives_long_does_as_usual(tmp_path):
    code = """
import gc, json, sys
usual = gc.get_threshold()
from quintant import cli
seen = []
cli.call = lambda arguments: seen.append(gc.get_threshold()) or 0
try:
    cli.main(["labs"])
except SystemExit:
    pass
from quintant import garbage
garbage.usual()
print(json.dumps([usual, seen[0], gc.get_threshold()]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    usual, command, after = json.loads(done.stdout)
    assert command[0] > 10 * usual[0] and after == usual


WORKER = """
import json, sys
from quintant import registry
from quintant.lab import load
from quintant.runs import driver
from quintant.wire.contract import contract_of
lab = registry.find(sys.argv[1])
load(lab.engine)
for named in (contract_of(lab).files, lab.answers, lab.outside):
    if named:
        load(named)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("lab", ["chip", "federated", "optical", "persona", "spiking"])
def test_no_worker_imports_what_only_figures_need(lab: str):
    done = subprocess.run([sys.executable, "-c", WORKER, lab], capture_output=True, text=True, check=True)
    assert not set(json.loads(done.stdout)) & {"altair", "vl_convert"}


def test_a_run_whose_figure_nobody_wants_imports_none_of_it(tmp_path):
    assert not loaded("run", "toy", "--no-figure", "--data-dir", str(tmp_path / "data")) & {"altair", "vl_convert"}
