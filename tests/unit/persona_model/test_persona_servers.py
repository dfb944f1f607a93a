"""Models behind servers, over real HTTP: what is sent, what is understood, and how each failure is told."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quintant.errors import EngineError
from quintant.lab import Ask, AskContext
from quintant.labs.persona.answers import answer
from quintant.labs.persona.backends import http
from quintant.labs.persona.backends.choice import chosen

ITEMS = [
    {
        "id": "phq9.1",
        "present": "a",
        "opposite": "b",
        "question": "Little interest?",
        "options": ["No", "Some", "Often", "Always"],
    },
    {
        "id": "phq9.2",
        "present": "c",
        "opposite": "d",
        "question": "Feeling down?",
        "options": ["No", "Some", "Often", "Always"],
    },
]
SESSION = {
    "persona": {"id": "kara", "name": "Kara"},
    "segments": [{"name": "persona", "text": "I am Kara."}, {"name": "events", "text": "They let me go today."}],
    "items": ITEMS, "capture": {"attention": True, "activations": True}, "seed": 11, "noise": 1, "method": "self_report",
}  # fmt: skip


class Fake(ThreadingHTTPServer):
    """Answers by what it was told: `says` (one text after another, the last for ever), `status`, `stalls_s`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.says, self.status, self.stalls_s, self.headers = [], ["2"], [], 0.0, []
        self.refusal = {"error": "the model is being loaded"}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self, path):
        return [body for at, body in self.seen if at == path]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(None)

    def do_POST(self):
        self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def reply(self, body):
        fake: Fake = self.server
        fake.seen.append((self.path, body))
        fake.headers.append(dict(self.headers))
        time.sleep(fake.stalls_s)
        status = fake.status.pop(0) if fake.status else 200
        text = fake.says.pop(0) if len(fake.says) > 1 else fake.says[0]
        found = {
            "/api/tags": {"models": [{"name": "llama3.1:8b", "digest": "46e0c10c039e"}]},
            "/api/show": {"model_info": {"llama.context_length": 131072}},
            "/api/chat": {"message": {"role": "assistant", "content": text}, "eval_count": 3},
            "/v1/models": {"data": [{"id": "qwen", "max_model_len": 4096}]},
            "/v1/chat/completions": {"choices": [{"message": {"content": text}}], "usage": {"completion_tokens": 3}},
        }[self.path]
        data = json.dumps(found if status == 200 else fake.refusal).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(http, "WAITS_S", (0.01, 0.01))
    one = Fake()
    yield one
    one.shutdown()
    one.server_close()


@pytest.fixture
def context(tmp_path):
    return AskContext("run-1", tmp_path, tmp_path)


def backend(fake, kind="ollama", **more):
    return {"kind": kind, "model": None, "url": fake.url + ("/v1" if kind == "openai" else ""), **more}


def ask(kind, context, **payload):
    return answer(Ask("ask-1", kind, payload), context).payload


def test_ollama_says_who_it_is(fake, context):
    info = ask("model.info", context, backend=backend(fake))
    assert info["model"] == "llama3.1:8b" and info["digest"] == "46e0c10c039e" and info["context_tokens"] == 131072
    assert info["capabilities"] == ["generate"]
    assert info["unavailable"] == {
        "score": "Ollama does not show the log-probability of a given sentence",
        "activations": "the weights of a model behind Ollama are out of reach",
    }


def test_what_happened_reaches_the_model_with_every_item(fake, context):
    found = ask("model.session", context, backend=backend(fake), **SESSION)
    calls = fake.asked("/api/chat")
    assert len(calls) == 4, "two items, asked once more in another order"
    for call, item in zip(calls, ITEMS * 2, strict=True):
        told = call["messages"][1]["content"]
        assert "They let me go today." in told and item["question"] in told and "3: Always" in told
        assert call["options"]["seed"] == 11 and call["options"]["temperature"] == 0.0
        assert call["format"]["properties"]["answer"] == {"type": "integer", "minimum": 0, "maximum": 3}
    assert found["method"] == "self_report"
    assert found["answers"]["phq9.1"] == {"raw": "2", "score": 2, "tries": 1}
    assert found["repeats"] == [[2, 2]]
    assert found["mechanistic"] is None
    assert found["mechanistic_reason"] == "the weights of a model behind Ollama are out of reach"


def test_what_cannot_be_read_is_asked_once_more_and_then_none(fake, context):
    fake.says = ["Hm.", '{"answer": 1}', "I would rather not say."]
    found = ask("model.session", context, backend=backend(fake), **{**SESSION, "noise": 0})
    assert found["answers"]["phq9.1"] == {"raw": '{"answer": 1}', "score": 1, "tries": 2}
    assert found["answers"]["phq9.2"] == {"raw": "I would rather not say.", "score": None, "tries": 2}
    again = fake.asked("/api/chat")[1]["options"]
    assert again["seed"] == 12 and again["temperature"] == 0.3


def test_two_sessions_with_different_events_ask_different_things(fake, context):
    first = ask("model.session", context, backend=backend(fake), **{**SESSION, "noise": 0})
    other = {**SESSION, "noise": 0, "segments": [SESSION["segments"][0], {"name": "events", "text": "I won a prize."}]}
    second = ask("model.session", context, backend=backend(fake), **other)
    assert first["prompt_hash"] != second["prompt_hash"]
    assert "I won a prize." in fake.asked("/api/chat")[-1]["messages"][1]["content"]


@pytest.mark.parametrize("kind", ["ollama", "openai"])
def test_a_reply_is_the_models_own_words(fake, context, kind):
    fake.says = [" It hurts. "]
    payload = {
        "segments": SESSION["segments"],
        "instruction": "I write down what this does to me:",
        "max_tokens": 40,
        "seed": 3,
    }
    found = ask("model.reply", context, backend=backend(fake, kind), **payload)
    assert found["text"] == "It hurts." and found["tokens"] == 3 and len(found["prompt_hash"]) == 64
    call = fake.asked("/api/chat" if kind == "ollama" else "/v1/chat/completions")[0]
    assert call["messages"][1]["content"].endswith("They let me go today.\n\nI write down what this does to me:")


def test_the_only_model_of_a_server_needs_no_name_and_the_key_goes_nowhere_else(fake, context, monkeypatch):
    monkeypatch.setenv("QUINTANT_PERSONA_KEY_MINE", "sk-very-secret")
    block = backend(fake, "openai", api_key_env="QUINTANT_PERSONA_KEY_MINE")
    info = ask("model.info", context, backend=block)
    assert info["model"] == "qwen" and info["context_tokens"] == 4096 and "score" in info["unavailable"]
    assert fake.headers[0]["Authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in json.dumps(info)
    fake.status = [401, 401, 401]
    with pytest.raises(EngineError, match=r"refused /models: status 401") as caught:
        ask("model.info", context, backend=block)
    assert "secret" not in str(caught.value)


def test_a_key_that_is_not_set_is_told_by_its_name(fake, context, monkeypatch):
    monkeypatch.delenv("QUINTANT_PERSONA_KEY_MINE", raising=False)
    with pytest.raises(
        EngineError, match=r"backend.api_key_env: the environment variable QUINTANT_PERSONA_KEY_MINE is not set"
    ):
        ask("model.info", context, backend=backend(fake, "openai", api_key_env="QUINTANT_PERSONA_KEY_MINE"))


@pytest.mark.parametrize(
    ("kind", "hint"), [("ollama", "it has llama3.1:8b. Get it with: ollama pull mistral"), ("openai", "qwen")]
)
def test_a_model_that_is_not_there_is_told(fake, context, kind, hint):
    with pytest.raises(EngineError, match="has no 'mistral'") as caught:
        ask("model.info", context, backend=backend(fake, kind, model="mistral"))
    assert hint in str(caught.value)


def test_a_busy_server_is_waited_for_and_a_stalled_one_is_not(fake, context):
    fake.status = [503, 429, 200]
    assert ask("model.info", context, backend=backend(fake))["model"] == "llama3.1:8b"
    fake.status = [503] * 3
    with pytest.raises(
        EngineError, match=r"LLM connection failed: GET http://127.0.0.1:\d+/api/tags: status 503 \(service unavailable\)"
    ):
        ask("model.info", context, backend=backend(fake))
    fake.stalls_s = 0.6
    with pytest.raises(EngineError, match=r"LLM connection failed: .*no answer within 0.1 s"):
        ask("model.info", context, backend=backend(fake, timeout_s=0.1))


def test_no_server_is_told_without_the_password_in_its_url(context, monkeypatch):
    monkeypatch.setattr(http, "WAITS_S", (0.01, 0.01))
    with pytest.raises(EngineError, match="LLM connection failed") as caught:
        ask("model.info", context, backend={"kind": "ollama", "url": "http://me:hidden@127.0.0.1:9"})
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("host", ["llm.example", "192.168.1.7", "127.0.0.1.evil.example", "[2001:db8::1]"])
def test_a_server_beyond_this_machine_must_be_allowed(monkeypatch, tmp_path, host):
    monkeypatch.delenv("QUINTANT_PERSONA_HOSTS", raising=False)
    block = {"kind": "ollama", "url": f"http://{host}:11434"}
    with pytest.raises(EngineError, match=r"backend.url: .* is not this machine: only what .*QUINTANT_PERSONA_HOSTS"):
        chosen(block, tmp_path)
    monkeypatch.setenv("QUINTANT_PERSONA_HOSTS", f"other.example, {host.strip('[]')}")
    chosen(block, tmp_path)


def test_the_environment_names_the_usual_server(fake, context, monkeypatch):
    monkeypatch.setenv("OLLAMA_URL", fake.url)
    assert ask("model.info", context, backend={"kind": "ollama"})["kind"] == "ollama"


def test_nothing_stands_in_for_anything(context):
    with pytest.raises(EngineError, match=r"backend.kind: must be one of embedded, folder, .*; got 'magic'"):
        ask("model.info", context, backend={"kind": "magic"})
    with pytest.raises(EngineError, match=r"backend.model: is required for kind folder"):
        ask("model.info", context, backend={"kind": "folder"})
    with pytest.raises(EngineError, match=r"nobody answers 'model.dream' here"):
        ask("model.dream", context)


def test_what_the_other_side_says_is_not_repeated(fake, context, monkeypatch):
    monkeypatch.setattr(http, "WAITS_S", (0.01, 0.01))
    fake.refusal = {"error": {"message": "root:x:0:0:secret of a neighbour"}}
    for status in (400, 401, 404, 503):
        fake.status = [status] * 3
        with pytest.raises(EngineError, match=f"status {status}") as caught:
            ask("model.info", context, backend=backend(fake, "openai"))
        assert "neighbour" not in str(caught.value)


def test_a_port_that_speaks_something_else_is_not_repeated(context, monkeypatch):
    monkeypatch.setattr(http, "WAITS_S", (0.01, 0.01))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1024)
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 secret banner\r\n")

        threading.Thread(target=greet, daemon=True).start()
        block = {"kind": "ollama", "url": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        with pytest.raises(EngineError, match=r"LLM connection failed: .*it does not speak HTTP") as caught:
            ask("model.info", context, backend=block)
    assert "banner" not in str(caught.value)


def test_with_a_server_key_this_machine_needs_an_entry_too(fake, context, monkeypatch):
    monkeypatch.setenv("QUINTANT_API_KEY", "k" * 20)
    with pytest.raises(EngineError, match="this server has a key: only what the environment variable QUINTANT_PERSONA_HOSTS"):
        ask("model.info", context, backend=backend(fake))
    monkeypatch.setenv("OLLAMA_URL", fake.url)  # the operator's own word
    assert ask("model.info", context, backend={"kind": "ollama"})["kind"] == "ollama"
    monkeypatch.setenv("QUINTANT_PERSONA_HOSTS", "127.0.0.1")
    assert ask("model.info", context, backend=backend(fake))["kind"] == "ollama"


@pytest.mark.parametrize("name", ["QUINTANT_API_KEY", "DATABASE_PASSWORD", "QUINTANT_PERSONA_KEY"])
def test_a_config_reads_no_variable_that_was_not_meant_for_it(fake, context, monkeypatch, name):
    monkeypatch.setenv(name, "sk-not-yours-at-all")
    monkeypatch.setenv("QUINTANT_PERSONA_HOSTS", "127.0.0.1")
    with pytest.raises(EngineError, match=f"must begin with QUINTANT_PERSONA_KEY_ .* got '{name}'"):
        ask("model.info", context, backend=backend(fake, "openai", api_key_env=name))
    assert all("not-yours" not in str(headers) for headers in fake.headers)
    monkeypatch.setenv("QUINTANT_PERSONA_KEYS", name)
    ask("model.info", context, backend=backend(fake, "openai", api_key_env=name))
    assert fake.headers[-1]["Authorization"] == "Bearer sk-not-yours-at-all"
