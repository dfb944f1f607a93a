"""Which server a data folder has: only one that lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from quintant.client.discovery import LocalServer, local_server
from quintant.process import birth

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
    assert tell(url=URL, pid=os.getpid(), birth=birth()) == LocalServer(URL, os.getpid())


def test_a_process_of_the_same_number_that_was_born_at_another_time_is_not(tell):
    assert tell(url=URL, pid=os.getpid(), birth=birth(os.getppid())) is None
    assert tell(url=URL, pid=os.getpid(), birth="another-boot.1") is None


def test_a_dead_process_is_not(tell):
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    born = birth(process.pid)
    process.wait()
    assert tell(url=URL, pid=process.pid, birth=born) is None


@pytest.mark.parametrize("told", [{}, {"url": URL}, {"url": URL, "pid": "x"}])
def test_a_file_that_says_nothing_useful_is_no_server(tell, told):
    assert tell(**told) is None


def test_half_a_file_is_no_server(tmp_path):
    (tmp_path / "server.json").write_text('{"url": "http')
    assert local_server(tmp_path) is None
