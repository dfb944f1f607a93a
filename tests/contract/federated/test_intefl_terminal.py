"""The terminal: what it does for its own page, and how every other way to it is shut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest
from intefl_service import IDLE_S, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from quintant.labs.federated.contract.terminal import door, resize
from quintant.labs.federated.contract.terminal.shell import Shell, environment
from quintant.runs import open_runs
from quintant.server.app import create_app
from quintant.settings import Settings
from quintant.testing.serving import serving

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal needs POSIX")


@pytest.fixture(autouse=True)
def no_start_up_files(tmp_path, monkeypatch) -> None:
    """A shell reads what its user wrote for shells to read first: seconds or, with a lock left there, a minute. Not here."""
    monkeypatch.setenv("HOME", str(tmp_path))


def token(address: str, **headers: str) -> str:
    return httpx2.get(f"{address}/api/terminal/token", headers=headers).json()["token"]


@contextlib.contextmanager
def opened(address: str, **extra) -> Iterator[ClientConnection]:
    extra.setdefault("origin", address)
    place = f"{address.replace('http', 'ws')}/api/terminal?token={token(address)}"
    with connect(place, open_timeout=10, **extra) as socket:
        yield socket


def refused(address: str, query: str = "", **extra) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught, connect(f"{address.replace('http', 'ws')}/api/terminal{query}", **extra):
        pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["detail"]


def shown(socket: ClientConnection, awaited: str, seconds: float = 15) -> str:
    """What the shell writes until `awaited` is in it."""
    return shown_matching(socket, re.escape(awaited), seconds)


def shown_matching(socket: ClientConnection, pattern: str, seconds: float = 15) -> str:
    text, end = "", time.monotonic() + seconds
    while not re.search(pattern, text):
        assert time.monotonic() < end, text
        text += socket.recv(timeout=seconds)
    return text


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# --- what it does ---


def test_it_is_a_shell_in_the_data_folder_that_runs_what_is_typed(address, runs):
    with opened(address) as socket:
        socket.send("stty size; echo in=$PWD term=$TERM; echo $((6*7))th\n")
        text = shown(socket, "42th")
    assert "24 80" in text
    assert f"in={runs.settings.folder}" in text
    assert "term=xterm-256color" in text


def test_its_page_sets_its_size_within_bounds(address):
    with opened(address) as socket:
        socket.send('{"type":"resize","rows":40,"cols":132}')
        socket.send("stty size\n")
        shown(socket, "40 132")
        socket.send('{"type":"resize","rows":99999,"cols":0}')
        socket.send("stty size\n")
        shown(socket, "500 1")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('{"type":"resize"}', (24, 80)),
        ('{"type":"resize","rows":"40","cols":true}', (24, 80)),
        ('{"type":"resize","rows":-5,"cols":501}', (1, 500)),
        ('{"type":"other","rows":1}', None),
        ("{not json", None),
        ('["resize"]', None),
        ("ls\n", None),
    ],
)
def test_only_a_resize_message_is_not_typed(text, size):
    assert resize(text) == size


def test_json_that_is_no_resize_is_typed(address):
    with opened(address) as socket:
        socket.send("echo re''ady; cat -A\n")
        shown(socket, "ready")
        socket.send('{"type":"other"}\n')
        shown(socket, '{"type":"other"}$')  # cat -A ends its line with a dollar


def test_characters_of_several_bytes_stay_whole(address):
    with opened(address) as socket:
        socket.send("for i in $(seq 3000); do printf 'äöü€😀'; done; echo; echo en''d\n")
        text = shown(socket, "end")
    assert "�" not in text
    assert text.count("😀") >= 3000


def test_ctrl_c_reaches_the_program_in_front(address):
    with opened(address) as socket:
        socket.send("sleep 100\n")
        time.sleep(0.3)
        socket.send("\x03")
        socket.send("echo st''ill\n")
        shown(socket, "still")


def test_it_ends_when_the_shell_exits(address):
    with opened(address) as socket:
        socket.send("exit\n")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=10)
    assert closed.value.rcvd.code == 1000
    assert "ended" in closed.value.rcvd.reason


# --- what ends with it ---


def test_everything_it_started_is_killed_with_it(address):
    """Jobs in groups of their own, deaf to hang-up and termination, in the background and behind a pipe."""
    much = f"99{os.getpid()}"
    with opened(address) as socket:
        socket.send(
            f"trap '' HUP TERM; nohup sleep {much}1 & setsid sleep {much}2 & (trap '' HUP TERM; sleep {much}3) | cat &\n"
        )
        socket.send(f"sleep 0.5; echo pids $$ $(pgrep -f 'sleep {much}' | tr '\\n' ' ') do''ne\n")
        text = shown(socket, "done")
        pids = [int(part) for part in text.split("pids ")[-1].split(" done")[0].split() if part.isdigit()]
        assert len(pids) >= 4
    until(lambda: all(gone(pid) for pid in pids), 10)


def test_a_page_that_vanishes_takes_its_shell_along(address):
    with opened(address) as socket:
        socket.send("echo pid=$$.\n")
        pid = int(re.search(r"pid=(\d+)\.", shown_matching(socket, r"pid=\d+\."))[1])
        assert not gone(pid)
        socket.socket.close()
    until(lambda: gone(pid), 10)


def test_one_that_nobody_types_in_is_closed_however_much_it_writes(address):
    with opened(address) as socket:
        socket.send("while true; do echo tick; sleep 0.2; done\n")
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            while time.monotonic() - began < IDLE_S + 60:
                socket.recv(timeout=20)
    assert time.monotonic() - began > IDLE_S - 0.5
    assert closed.value.rcvd.reason == f"Nothing was typed for {IDLE_S:g} s."


# --- what it withholds, and what it bounds ---


def test_secrets_of_the_server_are_not_in_its_environment(address, monkeypatch):
    for name in ("QUINTANT_API_KEY", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "HARMLESS_LOOKING", "LD_PRELOAD", "BASH_ENV"):
        monkeypatch.setenv(name, "topsecret" if name not in ("LD_PRELOAD", "BASH_ENV") else "/nonexistent-topsecret")
    with opened(address) as socket:
        socket.send("env; cat /proc/$$/environ | tr '\\0' '\\n'; echo en''d\n")
        text = shown(socket, "end")
    assert "topsecret" not in text
    assert "COLORTERM=truecolor" in text


def test_the_environment_is_an_allow_list(tmp_path):
    own = {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C", "LCX": "1", "PATHOLOGY": "1", "MY_TOKEN": "1", "http_proxy": "1"}
    kept = environment(own, tmp_path)
    assert set(kept) == {"PATH", "HOME", "LC_ALL", "TERM", "COLORTERM", "QUINTANT_DATA_DIR"}
    assert kept["PATH"].split(os.pathsep) == ["/bin", str(Path(sys.executable).parent)], (
        "`quintant` is found, its own tools first"
    )


def test_no_more_than_the_setting_allows_are_open_at_once(address):
    with opened(address), opened(address):
        status, detail = refused(address, f"?token={token(address)}")
        assert status == 403
        assert "QUINTANT_TERMINAL_SESSIONS" in detail


def test_a_place_that_was_just_left_is_waited_for(address):
    """A page loaded again: its last shell, deaf to hang-up and termination, takes its two seconds to end."""
    for _ in range(2):
        with opened(address) as one, opened(address) as other:
            for socket in (one, other):
                socket.send("trap '' HUP TERM; echo de''af\n")
                shown(socket, "deaf")


def test_a_frame_that_is_too_big_or_binary_closes_it(address):
    for frame, code in (("x" * 65_537, 1009), (b"ls\n", 1003)):
        with opened(address) as socket:
            socket.send(frame)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    socket.recv(timeout=10)
        assert closed.value.rcvd.code == code


def test_a_page_that_does_not_read_holds_the_shell_back_and_the_server_up(address, client):
    """Back-pressure: what is not read stays in the terminal, so nothing piles up here and others are answered."""
    memory = psutil.Process().memory_info().rss
    with opened(address, close_timeout=1) as socket:
        socket.send("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
        time.sleep(2.0)
        assert client.get("/api/health").status_code == 200
        assert psutil.Process().memory_info().rss - memory < 200 * 2**20


def test_reading_and_typing_do_not_block_the_event_loop(tmp_path):
    async def longest_pause() -> float:
        shell = Shell.open(tmp_path)
        longest, end = 0.0, time.monotonic() + 1.0

        async def flood() -> None:
            await shell.write("yes\n")
            while (await shell.read()) is not None:
                await asyncio.sleep(0)

        task = asyncio.create_task(flood())
        while time.monotonic() < end:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(shell.end)
        return longest

    assert asyncio.run(longest_pause()) < 5  # blocked, it would not come back before the shell ends


# --- who is let in ---


def test_the_contracts_bare_address_is_refused_with_the_way_in(address):
    status, detail = refused(address)
    assert status == 403
    assert "GET /api/terminal/token" in detail


def test_a_token_opens_one_terminal_once(address):
    once = token(address)
    with connect(f"{address.replace('http', 'ws')}/api/terminal?token={once}"):
        pass
    assert refused(address, f"?token={once}")[0] == 403


@pytest.mark.parametrize("given", ["", "x", "%00", "a" * 5000, "null", "../x"])
def test_no_other_text_is_a_token(address, given):
    assert refused(address, f"?token={given}")[0] == 403


def test_a_token_grows_old(monkeypatch):
    tokens = door.Tokens()
    made = tokens.issue()
    later = time.monotonic() + door.TOKEN_LIVES_S + 1
    monkeypatch.setattr(door.time, "monotonic", lambda: later)
    assert not tokens.redeem(made)


def test_tokens_are_not_hoarded():
    tokens = door.Tokens()
    made = [tokens.issue() for _ in range(door.MOST_TOKENS + 1)]
    assert len(set(made)) == len(made)
    assert not tokens.redeem(made[0])
    assert all(tokens.redeem(one) for one in made[1:])


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:9999", "null", "file://", "http://127.0.0.1.evil.com"]
)
def test_a_page_of_another_origin_gets_neither_token_nor_terminal(address, origin):
    good = token(address)
    place = f"{address.replace('http', 'ws')}/api/terminal?token={good}"
    with pytest.raises(InvalidStatus) as caught, connect(place, origin=origin):
        pass
    assert caught.value.response.status_code == 403
    answer = httpx2.get(f"{address}/api/terminal/token", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_a_browser_says_is_foreign_gets_no_token(address, site):
    answer = httpx2.get(f"{address}/api/terminal/token", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_the_page_that_the_contract_was_written_for_is_let_in(address):
    good = token(address, Origin="http://localhost:5174", **{"Sec-Fetch-Site": "same-site"})
    with connect(f"{address.replace('http', 'ws')}/api/terminal?token={good}", origin="http://localhost:5174") as socket:
        socket.send("echo he''re\n")
        shown(socket, "here")


SOCKETS = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1F40 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 20 4 30 10 -1
   3: 0100007F:C351 0100007F:1F40 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
"""


def test_the_user_who_asks_is_read_from_the_asking_end_of_the_socket():
    assert door.users(SOCKETS, 50000, 8000) == {1001}
    assert door.users(SOCKETS, 50001, 8000) == set()  # closed


@pytest.mark.skipif(not door.SOCKETS[0].is_file(), reason="known on Linux only")
def test_another_user_of_this_machine_is_refused(address, monkeypatch):
    own = os.getuid()
    monkeypatch.setattr(door.os, "getuid", lambda: own + 1)
    answer = httpx2.get(f"{address}/api/terminal/token")
    assert answer.status_code == 403
    assert "another user" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_came_through_a_proxy_is_not_of_this_machine(address, header):
    assert httpx2.get(f"{address}/api/terminal/token", headers={header: "203.0.113.9"}).status_code == 403
    assert refused(address, f"?token={token(address)}", additional_headers={header: "203.0.113.9"})[0] == 403


def test_a_foreign_name_of_this_machine_is_refused(address):
    answer = httpx2.get(f"{address}/api/terminal/token", headers={"Host": "rebound.example"})
    assert answer.status_code == 421


def test_a_token_is_never_kept_by_a_cache(address):
    assert httpx2.get(f"{address}/api/terminal/token").headers["cache-control"] == "no-store"


@pytest.fixture
def elsewhere(tmp_path):
    """(settings, host) → address of a server made so, itself on loopback."""
    with contextlib.ExitStack() as stack:

        def made(host: str | None = None, **knobs) -> str:
            settings = Settings(data_dir=tmp_path / "data", workers=1, **knobs)
            runs = stack.enter_context(open_runs(settings, execute=False))
            return stack.enter_context(serving(create_app(runs, settings, host=host)))

        yield made


def test_it_is_off_by_default(elsewhere):
    address = elsewhere()
    answer = httpx2.get(f"{address}/api/terminal/token")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The terminal is off; QUINTANT_TERMINAL=on allows it on this machine."
    assert refused(address, "?token=x") == (403, answer.json()["detail"])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_is_never_on_when_the_server_listens_beyond_this_machine(elsewhere, host):
    answer = httpx2.get(f"{elsewhere(host, terminal='on')}/api/terminal/token")
    assert answer.status_code == 403
    assert host in answer.json()["detail"]


def test_an_open_list_of_origins_does_not_open_it(elsewhere):
    address = elsewhere(terminal="on", cors_origins="*")
    answer = httpx2.get(f"{address}/api/terminal/token", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_an_api_key_is_asked_for_the_token(elsewhere):
    """A browser can send no key with a WebSocket; the token that opens it is given out behind the key, once."""
    address = elsewhere(terminal="on", api_key="k" * 16)
    assert httpx2.get(f"{address}/api/terminal/token").status_code == 401
    assert refused(address)[0] == 403
    assert refused(address, "?token=guessed")[0] == 403
    answer = httpx2.get(f"{address}/api/terminal/token", headers={"Authorization": "Bearer " + "k" * 16})
    query = f"?token={answer.json()['token']}"
    with connect(f"{address.replace('http', 'ws')}/api/terminal{query}", origin=address) as socket:
        socket.send("echo a$((40 + 2))z\n")
        shown(socket, "a42z")
    assert refused(address, query)[0] == 403
    with pytest.raises(InvalidStatus) as caught, connect(f"{address.replace('http', 'ws')}/api/v2/events"):
        pass
    assert caught.value.response.status_code == 401


PAGE = "http://localhost:5173"


@pytest.mark.skipif(not door.SOCKETS[0].is_file(), reason="known on Linux only")
def test_the_originals_page_needs_no_token_where_the_operator_named_it(elsewhere, monkeypatch):
    address = elsewhere(terminal="origin", cors_origins=f"{PAGE},http://127.0.0.1:5173")
    with connect(f"{address.replace('http', 'ws')}/api/terminal", origin=PAGE) as socket:
        socket.send("echo a$((40 + 2))z\n")
        shown(socket, "a42z")
    for origin in (None, "http://localhost:5174", "https://evil.example", address):
        status, why = refused(address, **({} if origin is None else {"origin": origin}))
        assert status == 403 and ("QUINTANT_CORS_ORIGINS" in why), (origin, why)
    assert refused(address, "?token=guessed", origin=PAGE)[0] == 403
    assert "proxy" in refused(address, origin=PAGE, additional_headers={"X-Forwarded-For": "203.0.113.9"})[1]
    own = os.getuid()
    monkeypatch.setattr(door.os, "getuid", lambda: own + 1)
    assert "another user" in refused(address, origin=PAGE)[1]


def test_without_the_setting_or_with_a_key_the_named_page_needs_a_token_too(elsewhere):
    assert "token" in refused(elsewhere(terminal="on", cors_origins=PAGE), origin=PAGE)[1]


def test_a_key_stands_before_the_named_page(elsewhere):
    why = refused(elsewhere(terminal="origin", cors_origins=PAGE, api_key="k" * 16), origin=PAGE)[1]
    assert "The server has a key" in why


def test_an_unknown_user_needs_a_token(elsewhere, monkeypatch):
    monkeypatch.setattr(door, "SOCKETS", ())
    assert "not known" in refused(elsewhere(terminal="origin", cors_origins=PAGE), origin=PAGE)[1]
