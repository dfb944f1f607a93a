"""Setting up: what `make` does first. Packages are not installed here; what would be asked of uv and pip is read."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import orjson
import pytest

from quintant import installation, registry
from quintant.cli import call
from quintant.errors import NotInstalled

ROOT = Path(__file__).parents[3]


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "tools" / "set_up.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


set_up = _loaded()

STANDIN = """#!{python}
import json, os, sys
from pathlib import Path
here = Path(__file__)
with (here.parents[1] / "calls.jsonl").open("a") as file:
    names = ("UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_STRATEGY")
    env = {{name: os.environ[name] for name in names if name in os.environ}}
    file.write(json.dumps([here.name, *sys.argv[1:], env]) + "\\n")
words = " ".join(sys.argv[1:])
for line in (here.parents[1] / "answers").read_text().splitlines() if (here.parents[1] / "answers").exists() else ():
    pattern, code, text = json.loads(line)
    if pattern in f"{{here.name}} {{words}}":
        print(text)
        sys.exit(code)
if here.name == "python" and words.endswith(" uv"):
    target = here.with_name("uv")
    target.write_text(here.read_text())
    target.chmod(0o755)
"""


class Bench:
    """An environment in which uv, pip and Python only write down what they were asked, and answer as told."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        for name in names:
            path = folder / "bin" / name
            path.write_text(STANDIN.format(python=sys.executable))
            path.chmod(0o755)

    def answers(self, *answers: tuple[str, int, str]) -> None:
        (self.folder / "answers").write_text("\n".join(json.dumps(one) for one in answers))

    @property
    def calls(self) -> list[list]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def installs(self) -> list[list]:
        return [call for call in self.calls if "install" in call and "--dry-run" not in call]


@pytest.fixture
def no_system_uv(monkeypatch):
    monkeypatch.setattr(set_up.shutil, "which", lambda name: None)
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)


def environment(bench: Bench, *extras: str):
    return set_up.Environment(bench.folder, extras or ("all", "test"))


def test_uv_of_the_environment_installs_the_base_once(tmp_path, no_system_uv, capsys):
    bench = Bench(tmp_path / "venv", "python", "uv")
    assert environment(bench).base() and not environment(bench).base()
    [asked] = bench.installs()
    assert asked[:3] == ["uv", "pip", "install"]
    assert ["--python", str(bench.folder / "bin" / "python")] == asked[4:6]
    assert asked[-4:-1] == ["--editable", str(ROOT), "setuptools"], "and no extra"
    assert "constraints.txt" in asked[asked.index("--constraint") + 1]
    assert capsys.readouterr().out == "set-up: installing Quintant and what it stands on, with uv …\n"


def test_an_environment_without_uv_gets_it_by_pip(tmp_path, no_system_uv):
    bench = Bench(tmp_path / "venv", "python")
    environment(bench).base()
    brought, installed = bench.installs()
    assert brought[:4] == ["python", "-m", "pip", "install"] and brought[-2] == "uv"
    assert installed[:3] == ["uv", "pip", "install"]


def test_where_uv_cannot_be_had_pip_installs_all(tmp_path, no_system_uv, capsys):
    bench = Bench(tmp_path / "venv", "python")
    bench.answers(("constraints.txt uv", 1, "no such thing"))
    environment(bench).base()
    assert [call[0] for call in bench.installs()] == ["python", "python"]
    assert bench.installs()[-1][-4:-1] == ["--editable", str(ROOT), "setuptools"]
    assert "with pip (some minutes)" in capsys.readouterr().out


def test_where_uv_fails_pip_goes_on_in_words(tmp_path, no_system_uv, capsys):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(("uv pip install", 2, "error: no such index"))
    environment(bench).base()
    assert [call[0] for call in bench.installs()] == ["uv", "python"]
    assert "uv could not (error: no such index); pip tries" in capsys.readouterr().out


def test_what_neither_can_install_is_told_with_the_way_on(tmp_path, no_system_uv, capsys):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(("pip install", 1, "one\ntwo: the disk is full"))
    code = subprocess.run(
        [sys.executable, ROOT / "tools" / "set_up.py", "base", "--venv", bench.folder], capture_output=True, text=True
    )
    assert code.returncode == 1
    assert code.stderr.splitlines()[-2:] == ["two: the disk is full", "set-up: it goes on where it stopped with: make install"]
    assert not (bench.folder / ".base").exists()


@pytest.mark.parametrize(
    ("words", "offline"),
    [
        ("ERROR: No matching distribution found for hatchling>=1.27", True),
        ("ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)", True),
        ("NewConnectionError: [Errno 111] Connection refused", True),
        ("[Errno -3] Temporary failure in name resolution", True),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", False),
        ("error: command 'gcc' failed", False),
    ],
)
def test_a_machine_that_reaches_no_index_is_told_so(tmp_path, no_system_uv, words, offline):
    bench = Bench(tmp_path / "venv", "python")
    bench.answers(("pip install", 1, words))
    with pytest.raises(set_up.Failed, match=re.escape(words.splitlines()[-1])) as refused:
        environment(bench).base()
    assert (str(refused.value).splitlines()[-1] == set_up.OFFLINE) == offline


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("global.find-links='/a /b'", {"UV_FIND_LINKS": "/a,/b"}),
        (":env:.find-links='/opt/wheels'", {"UV_FIND_LINKS": "/opt/wheels"}),
        ("global.index-url='http://mirror/simple'", {"UV_DEFAULT_INDEX": "http://mirror/simple"}),
        ("install.extra-index-url='u1\\nu2'", {"UV_INDEX": "u1 u2", "UV_INDEX_STRATEGY": "unsafe-best-match"}),
        ("", {}),
    ],
)
def test_uv_takes_wheels_and_indexes_from_where_pip_does(tmp_path, no_system_uv, told, expected):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(("pip config list", 0, told))
    environment(bench).base()
    assert bench.installs()[-1][-1] == expected


def test_what_uv_was_told_itself_stays(tmp_path, no_system_uv, monkeypatch):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(("pip config list", 0, "global.find-links='/theirs'"))
    monkeypatch.setenv("UV_FIND_LINKS", "/own")
    environment(bench).base()
    assert bench.installs()[-1][-1] == {"UV_FIND_LINKS": "/own"}


# --- the extras ---


def test_extras_are_what_they_are_made_of_and_never_quintant_itself():
    assert set_up.flat(["all", "test"]) == {"federated", "nir", "nwb", "persona", "postgres", "test"}
    wanted = set_up.requirements(["all", "test"])
    assert {"torch==2.13.0", "pytest>=9.2,<10", "nir>=1.0.8,<2"} <= set(wanted)
    assert not [line for line in wanted if line.startswith("quintant")]
    with pytest.raises(set_up.Failed, match="EXTRAS: 'chip' is not an extra; there are postgres, "):
        set_up.flat(["chip"])


def test_beside_a_server_packages_are_added_and_none_is_replaced(tmp_path, no_system_uv):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(
        ("--dry-run", 0, "Would install 2 packages\n - numpy==2.4.6\n + numpy==2.4.7\n + torch==2.13.0\n ~ scipy==1.17")
    )
    with pytest.raises(set_up.Failed, match="numpy, scipy would have to be replaced, which a running server may have loaded"):
        environment(bench).rest(adding_only=True)
    assert bench.installs() == []
    bench.answers(("--dry-run", 0, "Would install 1 package\n + torch==2.13.0"))
    environment(bench).rest(adding_only=True)
    extras, apart = bench.installs()
    assert "torch==2.13.0" in extras and str(ROOT) not in extras
    assert apart[-3:-1] == ["--no-deps", set_up.SMOLLM]
    environment(bench).rest(adding_only=True)
    assert len(bench.installs()) == 2, "once"


def test_by_pip_as_well(tmp_path, no_system_uv):
    bench = Bench(tmp_path / "venv", "python")
    report = {"install": [{"metadata": {"name": "Torch"}}, {"metadata": {"name": "ruamel.yaml"}}]}
    bench.answers(
        ("install --quiet", 1, ""), ("--dry-run", 0, json.dumps(report)), ("-c import", 0, '["ruamel_yaml", "numpy"]')
    )
    with pytest.raises(set_up.Failed, match=r"^ruamel-yaml would have to be replaced"):
        environment(bench).rest(adding_only=True)


def test_other_pins_another_python_or_other_extras_are_installed_anew(tmp_path, no_system_uv, monkeypatch):
    bench = Bench(tmp_path / "venv", "python", "uv")
    assert environment(bench, "test").base() and not environment(bench, "test").base()
    assert environment(bench, "all").base()
    monkeypatch.setattr(set_up.sys, "version", "3.99")
    assert environment(bench, "all").base()


# --- one at a time, and what is said meanwhile ---


def test_who_comes_second_waits_and_says_so(tmp_path, capsys):
    first, second = (set_up.Environment(tmp_path / "venv", ["test"]) for _ in range(2))
    order: list[str] = []

    def later() -> None:
        with second.alone():
            order.append("second")

    with first.alone():
        with pytest.raises(BlockingIOError), second.alone(wait=False):
            pass
        thread = threading.Thread(target=later)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert "set-up: waiting for an installation that is under way …" in capsys.readouterr().out


@contextmanager
def being_installed(prefix: Path) -> Iterator[None]:
    environment = set_up.Environment(prefix, ["federated", "test"])
    with environment.alone(), environment.told():
        yield


@pytest.fixture
def prefix(tmp_path, monkeypatch) -> Path:
    """An environment of the installer's, which this process takes for its own."""
    (tmp_path / "venv").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    return tmp_path / "venv"


def test_a_lab_is_being_installed_whatever_of_it_is_there_already(prefix):
    lab, other = registry.labs()["federated"], registry.labs()["persona"]
    before = registry.status(lab), registry.status(other)
    with being_installed(prefix):
        state, reason = registry.status(lab)
        assert (state, reason) == ("being installed", "lab federated is being installed; quintant labs tells when it is ready")
        assert registry.status(other) == before[1], "it is not among them"
        assert registry.status(registry.labs()["chip"])[0] == "ready"
        with pytest.raises(NotInstalled, match="federated is being installed"):
            registry.find("federated")
    assert (registry.status(lab), installation.current()) == (before[0], None)


@pytest.mark.parametrize(
    ("error", "told"), [(set_up.Failed("a\nb: no space left"), "b: no space left"), (KeyboardInterrupt(), "it was interrupted")]
)
def test_a_failure_is_told_with_the_way_on(prefix, error, told, monkeypatch):
    with pytest.raises(type(error)), being_installed(prefix):
        raise error
    monkeypatch.setattr(registry, "find_spec", lambda module: None)
    state, reason = registry.status(registry.labs()["federated"])
    assert state == "not installed"
    assert reason == (
        f"lab federated is not installed: its installation failed ({told}; {prefix / 'set-up.log'}). "
        "It goes on with: make install"
    )
    monkeypatch.undo()


def test_an_installer_that_was_killed_is_not_believed(prefix):
    environment = set_up.Environment(prefix, ["federated"])
    with environment.alone():
        environment._tell({"extras": ["federated"], "lock": str(environment.lock), "again": "make install", "log": "x"})
        assert installation.current().failed is None
    assert installation.current().failed == "it was interrupted"


def test_the_command_line_and_the_server_say_so(prefix, capsys, tmp_path):
    from starlette.testclient import TestClient

    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings

    settings = Settings(data_dir=tmp_path / "data", labs="federated,toy")
    with open_runs(settings, execute=False) as runs, being_installed(prefix):
        client = TestClient(create_app(runs, settings), base_url="http://127.0.0.1:8000")
        told = {lab["name"]: lab["state"] for lab in client.get("/api/v2/labs").json()["labs"]}
        assert told == {"federated": "being installed", "toy": "ready"}
        assert client.get("/api/v2/labs/federated").json()["state"] == "being installed"
        assert client.get("/api/health").json()["installation"] == "being installed"
        refused = client.post("/api/v2/runs", json={"lab": "federated"})
        assert (refused.status_code, refused.json()["code"]) == (501, "not_installed")
        assert "is being installed" in refused.json()["detail"]
        assert client.get("/api/simulations").status_code == 200, "its contract answers already"
        assert call(["labs", "--json", "--data-dir", str(tmp_path / "other")]) == 0
        rows = {row["name"]: row for row in orjson.loads(capsys.readouterr().out)["labs"]}
        assert rows["federated"]["state"] == "being installed" and rows["chip"]["state"] == "ready"
    assert "installation" not in client.get("/api/health").json()


def test_the_lock_of_a_detached_installation_is_held_when_the_call_returns(tmp_path, no_system_uv):
    bench = Bench(tmp_path / "venv", "python", "uv")
    bench.answers(("--dry-run", 0, ""))
    slow = bench.folder / "bin" / "uv"
    slow.write_text(slow.read_text().replace("import json, os, sys", "import json, os, sys, time; time.sleep(1.5)"))
    command = [sys.executable, ROOT / "tools" / "set_up.py", "rest", "--detach", "--venv", bench.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "the extras are installed meanwhile" in done.stdout
    assert installation.current(bench.folder).failed is None
    with bench.folder.with_name("venv.lock").open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "an installation is under way already" in again.stdout
    waited = subprocess.run([*command[:2], "rest", *command[4:]], capture_output=True, text=True, check=True)
    assert "waiting for an installation that is under way" in waited.stdout
    assert (installation.current(bench.folder), len(bench.installs())) == (None, 2)


# --- make ---


def made(*arguments: str) -> str:
    """What make would do."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "PYTHON", "LAB", "EXTRAS")}
    done = subprocess.run(["make", "--dry-run", *arguments], capture_output=True, text=True, cwd=ROOT, env=environment)
    return done.stdout + done.stderr


def test_one_labs_tests_are_its_folders_and_its_conformance():
    told = made("test", "LAB=chip")
    for folder in ("tests/unit/chip ", "tests/unit/chip_contract ", "tests/contract/chip ", "tests/verification/chip "):
        assert folder in told.replace("\n", " ")
    assert "optical" not in told and "test_conformance.py -k chip" in told
    assert "LAB=chp has no tests; there are" in made("test", "LAB=chp") and "chip" in made("test", "LAB=chp")


def test_another_python_has_an_environment_of_its_own():
    assert "python3 tools/set_up.py --venv .venv --extras" in made("test")
    told = made("test", "PYTHON=/opt/python3.13")
    assert (
        "/opt/python3.13 tools/set_up.py --venv .venv-python3.13 " in told and ".venv-python3.13/bin/python -m pytest" in told
    )


def test_serve_shows_a_figure_before_it_installs_the_rest():
    told = made("serve")
    order = [
        told.index(words)
        for words in ("set_up.py --venv .venv --extras all,test base", "run optical", "rest --detach", "quintant serve")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_every_package_has_a_wheel_for_newer_pythons(version):
    """Resolved only: what is tested runs on the Python that runs this test."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    if not Path(uv).exists():
        pytest.skip("there is no uv to resolve with")
    settings = set_up.Environment(Path(sys.executable).parents[1], ["test"])._as_pip()
    done = subprocess.run(
        [uv, "pip", "compile", "pyproject.toml", "--all-extras", "--constraint", "constraints.txt", "--python-version", version,
         "--python-platform", "x86_64-manylinux_2_28", "--only-binary", ":all:", "--no-header", "--no-annotate"],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, **settings},
    )  # fmt: skip
    if done.returncode and not re.search("No solution found|no wheels|requirements are unsatisfiable", done.stderr):
        pytest.skip(f"no index can be reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    pinned = set((ROOT / "constraints.txt").read_text().lower().split())
    found = {line for line in done.stdout.split() if re.match(r"(numpy|numba|llvmlite|pyarrow|sqlalchemy)==", line)}
    assert len(found) == 5 and found <= pinned
