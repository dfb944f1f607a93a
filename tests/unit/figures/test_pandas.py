"""Altair looks at `sys.modules` for pandas while it draws: a server must not be importing it in another thread just then."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("pandas")


def ran(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_server_that_converts_tables_imports_no_pandas(tmp_path) -> None:
    assert ran(f"""
import sys
from quintant.runs import open_runs
from quintant.server import create_app
from quintant.settings import Settings
settings = Settings(data_dir={str(tmp_path)!r})
with open_runs(settings, execute=False) as runs:
    create_app(runs, settings)
    import pyarrow as pa
    pa.table({{"a": [1, None], "b": ["x", "y"]}})
print("pandas" in sys.modules)
""") == "False\n"  # fmt: skip


def test_a_figure_waits_for_an_import_of_pandas_that_another_thread_has_begun() -> None:
    """The half-made module stands in `sys.modules` from the first moment of its import on."""
    ran("""
import sys, threading, time
import altair as alt
from quintant.figure.chart import building, specification
threading.Thread(target=__import__, args=("pandas",)).start()
while "pandas" not in sys.modules:
    time.sleep(0.0005)
with building():
    chart = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q").properties(usermeta={"a": {"b": 1}})
specification(chart)
assert hasattr(sys.modules["pandas"], "Timestamp")
""")
