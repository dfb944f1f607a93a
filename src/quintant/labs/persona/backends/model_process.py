"""The one model process of a user: holds weights, the prefix cache and MiniLM, and serves all Runs one request at a time.

    python -m quintant.labs.persona.backends.model_process FOLDER CACHE THREADS IDLE_S

It listens at once and loads a model when one is first asked for. Requests are taken in the order in which they came; as a
client has one under way at most, Runs take turns. A request whose client has gone is not computed. The process ends IDLE_S
after its last client left; it is nobody's child and is started by `channel`, never by hand.
"""

from __future__ import annotations

import os
import queue
import select
import socket
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant.errors import EngineError, QuintantError
from quintant.labs.persona.backends import channel

if TYPE_CHECKING:
    from quintant.labs.persona.backends.minilm import MiniLM
    from quintant.labs.persona.backends.transformers_model import TransformersModel

MOST_MODELS = 2
"""Language models held at once; the one unused for longest makes room."""


class ModelProcess:
    def __init__(self, place: Path, cache: Path, idle_s: float) -> None:
        self.place, self.cache, self.idle_s = place, cache, idle_s
        self.models: OrderedDict[str, TransformersModel] = OrderedDict()
        self.minilm: MiniLM | None = None
        self.waiting: queue.Queue[tuple[socket.socket, Mapping[str, Any], threading.Event]] = queue.Queue()
        self.clients = 0
        self.counting = threading.Lock()
        self.left_at = time.monotonic()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(os.fspath(place / "socket"))
        self.listener.listen(64)
        self.listener.settimeout(0.25)

    def serve(self) -> None:
        """Until nobody has been here for `idle_s`."""
        threading.Thread(target=self._work, daemon=True).start()
        while not self._over():
            try:
                client, _ = self.listener.accept()
            except TimeoutError:
                continue
            with self.counting:
                self.clients += 1
            threading.Thread(target=self._attend, args=(client,), daemon=True).start()

    def _over(self) -> bool:
        """End when idle, under the lock that starters hold: nobody connects to a process that is about to leave."""
        if self.clients or time.monotonic() - self.left_at < self.idle_s:
            return False
        with channel.locked(self.place, wait=False) as mine:
            if not mine or select.select([self.listener], [], [], 0)[0]:
                return False
            self.listener.close()
            (self.place / "socket").unlink(missing_ok=True)
            return True

    def _attend(self, client: socket.socket) -> None:
        """Read one client's requests and queue them, one at a time."""
        try:
            while True:
                message = channel.receive(client)
                done = threading.Event()
                self.waiting.put((client, message, done))
                done.wait()
        except (channel.Gone, OSError, ValueError):
            pass
        finally:
            client.close()
            with self.counting:
                self.clients -= 1
                self.left_at = time.monotonic()

    def _work(self) -> None:
        while True:
            client, message, done = self.waiting.get()
            try:
                if not _has_left(client):
                    channel.send(client, self._answer(message))
            except OSError:
                pass
            except Exception:
                traceback.print_exc()
                client.shutdown(socket.SHUT_RDWR)
            finally:
                done.set()

    def _answer(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            act: Callable[[Mapping[str, Any]], Any] = getattr(self, f"do_{message['do']}")
            return {"result": act(message)}
        except QuintantError as error:
            return {"error": str(error), "code": error.code}
        except Exception as error:
            traceback.print_exc()
            return {"error": f"the language model failed: {type(error).__name__}: {error}", "code": "engine"}

    # --- what can be asked ---

    def do_info(self, message: Mapping[str, Any]) -> Any:
        model = self._model(message["model"])
        return {
            "model": model.name,
            "digest": model.digest,
            "context_tokens": model.context_tokens,
            "threads": _threads(),
        }

    def do_score(self, message: Mapping[str, Any]) -> Any:
        model = self._model(message["model"])
        return asdict(model.score(_prompt(message), message["continuations"], message.get("inside")))

    def do_generate(self, message: Mapping[str, Any]) -> Any:
        model = self._model(message["model"])
        return asdict(model.generate(_prompt(message), message["most_tokens"], message["seed"], message["temperature"]))

    def do_patch(self, message: Mapping[str, Any]) -> Any:
        from quintant.labs.persona.mechanistic.patching import study

        model = self._model(message["model"])
        return study(model, _parts(message["before"]), _parts(message["after"]), message["pairs"], message["layers"])

    def do_embed(self, message: Mapping[str, Any]) -> Any:
        from quintant.labs.persona.backends.minilm import MiniLM

        self.minilm = self.minilm or MiniLM()
        return self.minilm.embed(message["texts"])

    def _model(self, which: Mapping[str, Any]) -> TransformersModel:
        from quintant.labs.persona.backends import gguf_weights
        from quintant.labs.persona.backends.transformers_model import TransformersModel

        folder = Path(which["folder"]) if which.get("folder") else gguf_weights.unpacked(self.cache)
        key = os.fspath(folder)
        if key not in self.models:
            while len(self.models) >= MOST_MODELS:
                self.models.popitem(last=False)
            self.models[key] = TransformersModel(folder)
        self.models.move_to_end(key)
        return self.models[key]


def _prompt(message: Mapping[str, Any]) -> Any:
    return _parts(message["prompt"])


def _parts(raw: Any) -> Any:
    from quintant.labs.persona.backends.protocol import Part

    return [Part(name, text) for name, text in raw]


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def _has_left(client: socket.socket) -> bool:
    """Whether the client has closed: its socket is readable and gives nothing."""
    if not select.select([client], [], [], 0)[0]:
        return False
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def main(place: str, cache: str, threads: str, idle_s: str) -> None:
    """Listen, then let the starter go on: it waits for the process that it started, which ends here."""
    process = ModelProcess(Path(place), Path(cache), float(idle_s))
    if os.fork():
        os._exit(0)
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": threads}
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    import torch
    from transformers.utils import logging

    torch.set_num_threads(int(threads))
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    process.serve()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise EngineError("the model process is started by the persona lab itself")
    main(*sys.argv[1:])
