"""Which server a data folder has: only one that lives."""

from __future__ import annotations

import json
import subprocess
import sys

import psutil
import pytest

from quintant.client.discovery import LocalServer, local_server

URL = "http://127.0.0.1:8000"


@pytest.fixture
def tell(tmp_path):
    def write(**told):
        (tmp_path / "server.json").write_text(json.dumps(told))
        return local_server(tmp_path)

    return write


def test_no_file_is_no_server(tmp_path):
    assert local_server(tmp_path) is None
    assert local_server(tmp_path / "nowhere") is None


def test_a_living_process_is_believed(tell):
    me = psutil.Process()
    assert tell(url=URL, pid=me.pid, pid_born=me.create_time()) == LocalServer(URL, me.pid)


def test_a_process_of_the_same_number_that_was_born_at_another_time_is_not(tell):
    me = psutil.Process()
    assert tell(url=URL, pid=me.pid, pid_born=me.create_time() - 60) is None


def test_a_dead_process_is_not(tell):
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert tell(url=URL, pid=process.pid, pid_born=psutil.boot_time()) is None


@pytest.mark.parametrize("told", [{}, {"url": URL}, {"url": URL, "pid": "x"}])
def test_a_file_that_says_nothing_useful_is_no_server(tell, told):
    assert tell(**told) is None


def test_half_a_file_is_no_server(tmp_path):
    (tmp_path / "server.json").write_text('{"url": "http')
    assert local_server(tmp_path) is None
