"""One model process serves all Runs, survives what its clients do, is started again when it dies, and leaves when idle."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from quintant.errors import EngineError
from quintant.labs.persona.backends import channel
from quintant.labs.persona.backends.embedded import LocalModel
from quintant.labs.persona.backends.protocol import Part

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("process_settings")

PROMPT = [Part("persona", "I am Kara ."), Part("question", " \n")]
ONE_REQUEST = """
import sys, pathlib
from quintant.labs.persona.backends.embedded import LocalModel
from quintant.labs.persona.backends.protocol import Part
model = LocalModel(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
print(model.score([Part("persona", "I am Kara ."), Part("question", " \\n")], ["I eat well."], inside=None).logprobs[0])
"""


def processes(cache):
    """The model processes of this cache folder."""
    found = []
    for one in psutil.process_iter(["cmdline", "status"]):
        line = one.info["cmdline"] or []
        if "quintant.labs.persona.backends.model_process" in line and str(cache) in line and one.info["status"] != "zombie":
            found.append(one)
    return found


def gone(cache, within_s=15.0):
    until = time.monotonic() + within_s
    while processes(cache) and time.monotonic() < until:
        time.sleep(0.1)
    return not processes(cache)


@pytest.fixture(scope="module")
def model(short_folder, tiny, process_settings):
    yield LocalModel(short_folder, tiny)
    channel.close()
    for one in processes(short_folder):
        one.kill()


def test_many_workers_start_one_process_and_hear_the_same(short_folder, tiny, model):
    def worker(_):
        command = [sys.executable, "-c", ONE_REQUEST, str(short_folder), str(tiny)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        said = list(pool.map(worker, range(4)))
    assert len({*said}) == 1 and float(said[0]) < 0
    assert len(processes(short_folder)) == 1
    assert processes(short_folder)[0].ppid() == 1, "it is nobody's child: no Run's end takes it along"


def test_a_killed_process_is_started_again_under_the_request(short_folder, model):
    first = model.score(PROMPT, ["I eat well."], inside=None)
    (before,) = processes(short_folder)
    os.kill(before.pid, signal.SIGKILL)
    before.wait(5)
    assert model.score(PROMPT, ["I eat well."], inside=None).logprobs == first.logprobs
    (after,) = processes(short_folder)
    assert after.pid != before.pid


def test_a_killed_client_disturbs_nobody(short_folder, tiny, model):
    wanted = model.score(PROMPT, ["I eat well."], inside=None).logprobs
    for _ in range(3):
        other = subprocess.Popen([sys.executable, "-c", ONE_REQUEST, str(short_folder), str(tiny)], stdout=subprocess.DEVNULL)
        time.sleep(0.2)
        other.kill()
        other.wait()
    assert model.score(PROMPT, ["I eat well."], inside=None).logprobs == wanted
    assert len(processes(short_folder)) == 1


def test_a_failing_request_leaves_the_process_standing(short_folder, tiny, model):
    with pytest.raises(EngineError, match="the prompt has"):
        model.score([Part("persona", "I am happy . " * 300)], ["I eat well."], inside=None)
    with pytest.raises(EngineError, match="cannot be loaded"):
        empty = short_folder / "empty"
        empty.mkdir()
        (empty / "config.json").write_text("{}")
        LocalModel(short_folder, empty).info()
    with pytest.raises(EngineError, match="the language model failed: AttributeError"):
        channel.request(short_folder, {"do": "dance"})
    assert model.score(PROMPT, ["I eat well."], inside=None).tokens == (4,)
    assert len(processes(short_folder)) == 1


def test_a_model_says_what_it_is(model, tiny):
    info = model.info()
    assert (info.kind, info.model, info.context_tokens, info.threads) == ("folder", tiny.name, 512, 1)
    assert info.capabilities == ("generate", "score", "activations")
    assert len(info.digest) == 64 and info.unavailable == {}


def test_nobody_else_may_enter_the_folder(short_folder):
    place = channel.folder(short_folder)
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o755)
    try:
        with pytest.raises(EngineError, match="must be yours and of mode 0700"):
            channel.folder(short_folder)
    finally:
        place.chmod(0o700)


def test_a_long_path_gets_a_socket_elsewhere(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    place = channel.folder(deep)
    try:
        assert len(os.fsencode(place / "socket")) <= channel.LONGEST_PATH_BYTES
    finally:
        place.rmdir()


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5"])
def test_a_setting_that_is_none_is_refused(monkeypatch, said):
    monkeypatch.setenv("QUINTANT_PERSONA_THREADS", said)
    with pytest.raises(EngineError, match=r"QUINTANT_PERSONA_THREADS: must be a whole number from 1; got"):
        channel.threads()


def test_it_leaves_when_nobody_is_there_and_not_before(short_folder, model):
    model.info()
    time.sleep(2.0)
    assert processes(short_folder), "a client is connected, if silent"
    channel.close()
    assert gone(short_folder)
    assert not (channel.folder(short_folder) / "socket").exists()


def test_no_folder_of_weights_is_told_before_anything_starts(short_folder):
    with pytest.raises(EngineError, match=r"backend.model: no transformers model at .*config.json"):
        LocalModel(short_folder, short_folder / "nothing")
    assert not processes(short_folder)
