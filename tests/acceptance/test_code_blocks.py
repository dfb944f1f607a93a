"""Every code block of the README and the documents runs as it stands.

The word behind the fence says how: `sh` commands are typed into a shell, `console` ones too and what they print is compared,
`python` runs page by page, `json` and `toml` are read, `mermaid` and `text` are not code. In a shell, a remark tells what a
machine may lack: a command with `(minutes)` is started and stopped again; one with `(network)` or `(needs …)` is only parsed.

Placeholders that readers fill in are filled in: RUN, SWEEP, ID with what was created last, the address with the server's own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"sh", "console", "python", "json", "toml", "mermaid", "text"}
ADDRESS = re.compile(r"(http://)?(127\.0\.0\.1|localhost):8000")
OWN = {"docs/howto/federated-plugins.md", "docs/howto/figures.md", "docs/contracts/writing.md", "docs/sdk.md"}
"""Pages whose Python is run by a test of its own, which looks at what comes out."""


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*kinds: str) -> list[Block]:
    listed = []
    for path in PAGES:
        text, page = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        for match in FENCE.finditer(text):
            if match[1].strip() in kinds or not kinds:
                listed.append(Block(page, text.count("\n", 0, match.start()) + 1, match[1].strip(), match[2]))
    return listed


def test_every_block_says_what_it_is():
    assert [f"{block}: {block.kind!r}" for block in blocks() if block.kind not in KINDS] == []
    assert len(blocks()) > 30


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block):
    """One value, or one a line. What is left out stands as …"""
    text = re.sub(r"(?<=[\[{,])\s*…\s*(?=[\]}])|,\s*…(?=\s*[\]}])", "", block.text)
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            json.loads(line)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_is_toml(block: Block):
    tomllib.loads(block.text)


@dataclass
class Shell:
    """A reader's terminal in a folder of its own, with a server running."""

    url: str
    folder: Path
    environment: dict[str, str]
    created: dict[str, str] = field(default_factory=dict)

    def filled(self, command: str) -> str:
        for name, value in self.created.items():
            command = re.sub(rf"\b{name}\b", value, command)
        return ADDRESS.sub(self.url, command)

    def run(self, command: str, timeout_s: float = 240.0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-c", self.filled(command)], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=timeout_s,
        )  # fmt: skip
        self._note(done.stdout)
        return done

    def started(self, command: str) -> None:
        """Begin what takes minutes, and stop it once it is accepted."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec {self.filled(command)}"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        printed = ""
        while not (accepted := re.search(r"(run|sweep) [0-9a-f]{12}", printed)) and (line := process.stdout.readline()):
            printed += line
        process.send_signal(signal.SIGINT)
        printed += process.communicate(timeout=120)[0]
        assert accepted and "error:" not in printed, printed

    def _note(self, text: str) -> None:
        for word in ("sweep", "run"):
            if ids := re.findall(rf"\b{word} ([0-9a-f]{{12}})\b", text):
                self.created["RUN"] = ids[-1]
                if word == "sweep":
                    self.created["SWEEP"] = ids[-1]
        if ids := re.findall(r'"(?:id|simulation_id)": ?"([^"]+)"', text):
            self.created["ID"] = ids[0]


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("reader")
    home = folder / "home"
    home.mkdir()
    environment = {
        **os.environ, "HOME": str(home), "QUINTANT_DATA_DIR": str(folder / "data"), "COLUMNS": "200", "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "QUINTANT_CACHE_DIR": os.environ.get("QUINTANT_CACHE_DIR", str(Path("~/.quintant/cache").expanduser())),
    }  # fmt: skip
    _files(folder)
    server = subprocess.Popen(
        [sys.executable, "-m", "quintant.cli", "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert server.stdout is not None
    while not (match := re.search(r"api\s+(http://\S+)/api/v2", server.stdout.readline())):
        assert server.poll() is None, "the server did not start"
    yield Shell(match[1], folder, environment)
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=60)


def _files(folder: Path) -> None:
    """What readers have of their own."""
    import networkx as nx
    import numpy as np

    ring = nx.cycle_graph(5)
    nx.set_edge_attributes(ring, 120.0, "length_km")
    nx.set_node_attributes(ring, {node: f"n{node}" for node in ring}, "name")
    nx.write_graphml(ring, folder / "mine.graphml")
    nir = pytest.importorskip("nir")
    weight = np.random.default_rng(1).normal(size=(4, 6)) / 2
    lif = nir.LIF(tau=np.full(4, 0.02), r=np.ones(4), v_leak=np.zeros(4), v_threshold=np.full(4, 0.3))
    nodes = {"input": nir.Input(np.array([6])), "w": nir.Linear(weight), "lif": lif, "output": nir.Output(np.array([4]))}
    nir.write(folder / "net.nir", nir.NIRGraph(nodes, [("input", "w"), ("w", "lif"), ("lif", "output")]))
    np.savez(folder / "in.npz", input=np.random.default_rng(2).random((50, 6)) < 0.3)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """(command, remark) of a shell block: continued lines, here-documents and quotes over lines held together."""
    lines = text.splitlines()
    while lines:
        command = lines.pop(0)
        if not command.strip() or command.lstrip().startswith("#"):
            continue
        if here := re.search(r"<<'?(\w+)'?", command):
            while lines:
                command += "\n" + lines[0]
                if lines.pop(0) == here[1]:
                    break
        while lines and (command.endswith("\\") or _open(command)):
            continued = command.endswith("\\")
            command = command.removesuffix("\\") + (" " if continued else "\n") + lines.pop(0)
        bare, _, remark = command.partition("   #") if "\n" not in command else (command, "", "")
        yield bare.strip(), remark.strip()


def _open(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return "<<" not in command
    return False


@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_commands_run(block: Block, shell: Shell):
    """Of a lab's page a run that nothing after it uses is only begun: what it gives is what the lab's own tests look at."""
    ahead = list(commands(block.text))
    while ahead:
        command, remark = ahead.pop(0)
        used = any(re.search(r"\b(RUN|SWEEP)\b", later) for later, _ in ahead)
        begun = block.page.startswith("docs/labs/") and command.startswith("quintant run ") and not used
        if command.startswith("make "):
            target = command.split()[1]
            done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        elif command.startswith(("quintant serve", "pip install")) or re.search(r"\((network|needs .*?)\)", remark):
            assert subprocess.run(["bash", "-nc", command]).returncode == 0
        elif begun or "(minutes)" in remark:
            shell.started(command)
        elif command.startswith("curl") and re.search(r"/(progress|stream|events)\b", command):
            shell.run(f"timeout 5 {command} | head -c 2000")
        else:
            done = shell.run(command)
            refused = "refused:" in remark
            assert (done.returncode != 0) == refused, f"{command}\n{done.stdout}\n{done.stderr}"
            if refused and (words := re.search(r'"([^"]+)"', remark)):
                assert words[1].strip("?").split("?")[0] in done.stderr.replace("'", ""), done.stderr
            if remark.startswith("rhythm "):
                assert _normal(remark.partition("]")[0]) in _normal(done.stdout), done.stdout


@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_transcripts_are_what_is_printed(block: Block, shell: Shell):
    """Ids, times and the lines of a moving bar are any; every other word and number is as printed."""
    prompts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    for prompt in prompts:
        command, _, expected = prompt.partition("\n")
        command = command.partition("   #")[0]
        done = shell.run(command)
        printed = done.stdout + done.stderr
        for line in filter(str.strip, expected.splitlines()):
            if "each" in line or line.startswith("done in"):
                continue
            assert _normal(line) in _normal(printed), f"{line!r} is not in\n{printed}"


def _normal(text: str) -> str:
    text = re.sub(r"\b[0-9a-f]{12}\b", "ID", text)
    text = re.sub(r"\S*/(sweeps|runs)/ID", r"FOLDER/\1/ID", text)
    return " ".join(text.split())


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("python")} - OWN))
def test_python_runs_page_by_page(page: str, shell: Shell):
    code = "\n".join(ADDRESS.sub(shell.url, block.text) for block in blocks("python") if block.page == page)
    environment = {**shell.environment, "QUINTANT_URL": shell.url}
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
