"""`quintant run` on a terminal: the live bar, and Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Callable

import pytest
from quintant_command import COMMAND, SLOW, Command

ROWS, COLUMNS = 24, 100
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(
    quintant: Command, arguments: list[str], keys: Callable[[str], bytes | None], **environment: str
) -> tuple[int, str]:
    """Exit code and everything that the terminal received. `keys(so far)` gives what is typed, once."""
    own = {name: value for name, value in quintant.environment.items() if name not in ("COLUMNS", "LINES")}
    main, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=child, stdout=child, stderr=child, start_new_session=True,
        env=own | {"TERM": "xterm-256color", **environment},
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(child)
    told, typed, end = b"", False, time.monotonic() + 60
    while time.monotonic() < end:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        told += piece
        if not typed and (answer := keys(told.decode(errors="replace"))):
            os.write(main, answer)
            typed = True
    os.close(main)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=15)
    if process.poll() is None:
        process.kill()
    return process.wait(), told.decode(errors="replace").replace("\r\n", "\n")


@pytest.fixture
def quintant(tmp_path) -> Command:
    return Command(tmp_path, {})


def test_the_bar_moves_and_makes_room_for_the_result(quintant):
    code, told = on_terminal(
        quintant, ["run", "toy", "--seeds", "4", "--set", "steps=60", "--set", "work=300000"], lambda _: None
    )
    assert code == 0
    plain = ESCAPE.sub("", told)
    bars = re.findall(r"  (█*)(░*)   (\d)/4", plain)
    assert len(bars) >= 3, plain
    assert {len(full + empty) for full, empty, _ in bars} == {40}, plain
    lengths = [len(full) for full, _, _ in bars]
    assert lengths == sorted(lengths) and lengths[-1] > lengths[0]
    assert "\x1b[36m█" in told, "coloured on a terminal"
    assert all(len(line.split("\r")[-1]) <= COLUMNS for line in plain.splitlines())
    end = told[told.index("done in ") :]
    assert "█" not in end and "95 % CI, n = 4" in end
    head = plain.splitlines()[0]
    assert (
        re.fullmatch(r"toy · fair steps=60 work=300000 · 4 seeds +sweep [0-9a-f]{12}", head.rstrip()) and len(head) == COLUMNS
    )


def test_no_color_is_respected(quintant):
    code, told = on_terminal(quintant, ["run", "toy"], lambda _: None, NO_COLOR="1")
    assert code == 0 and "done in" in told
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", told)


def test_ctrl_c_cancels_and_leaves_a_clean_line(quintant):
    code, told = on_terminal(quintant, ["run", "toy", *SLOW], lambda so_far: b"\x03" if "heads" in so_far else None)
    assert code == 130
    assert "interrupted: 1 run cancelled, 0 had ended" in told
    assert "Traceback" not in told
    assert told.count("\x1b[?25l") == told.count("\x1b[?25h"), "the cursor is shown again"
    assert [row["state"] for row in quintant("list", "--json").json["runs"]] == ["cancelled"]


def test_rm_asks_at_a_terminal(quintant):
    [run_id] = quintant("run", "toy", "--json").lines[-1]["payload"]["runs"]
    question = f"Delete run {run_id} with all files?"
    code, told = on_terminal(quintant, ["rm", run_id], lambda so_far: b"n\n" if question in so_far else None)
    assert code == 1 and "nothing deleted" in told
    code, told = on_terminal(quintant, ["rm", run_id], lambda so_far: b"y\n" if question in so_far else None)
    assert code == 0 and f"deleted {run_id}" in told
