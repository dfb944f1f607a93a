"""A run: its strategies one after the other, on shared data; one that fails does not take the others with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from quintant.config import parse
from quintant.errors import EngineError, QuintantError
from quintant.lab import Answer, Ask, Progress, Result, Step, Streams
from quintant.labs.federated.config import FederatedConfig, StrategyConfig
from quintant.labs.federated.datasets import ASK
from quintant.labs.federated.engine import data, tables
from quintant.labs.federated.engine.federation import Federation, data_key, device_of
from quintant.labs.federated.engine.models import network
from quintant.labs.federated.engine.report import metrics
from quintant.labs.federated.engine.strategy import Strategy, Told
from quintant.labs.federated.names import STRATEGIES_DOCUMENT

Json = Any


@dataclass
class Session:
    """The state of a run. `answers`: where files lie, by keyword; `done`: what is kept of strategies that have ended."""

    config: FederatedConfig
    streams: Streams
    answers: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    current: Strategy | None = None
    done: list[dict[str, Json]] = field(default_factory=list)
    shared: dict[tuple[Any, ...], Federation] = field(default_factory=dict)
    last: dict[str, Json] = field(default_factory=dict)

    @property
    def index(self) -> int:
        return len(self.done)

    @property
    def plans(self) -> tuple[StrategyConfig, ...]:
        return self.config.plans


def warm() -> None:
    """Load what every run needs, once, before workers are forked. One thread: results must not depend on how many."""
    torch.set_num_threads(1)
    data.packaged.digits()
    data.packaged.mnist_5k()
    torch.nn.functional.conv2d(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 3, 3))


class FederatedEngine:
    """`init`, `step`, `result` as `quintant.lab` has them; `dump` and `load` for runs that go on elsewhere."""

    def init(self, config: FederatedConfig, rng: Streams) -> Session:
        torch.set_num_threads(1)
        return Session(config, rng)

    def step(self, state: Session, answers: Sequence[Answer]) -> Step[Session]:
        for answer in answers:
            state.answers[answer.id.partition(":")[2]] = answer.payload
        told = Told()
        if state.current is None:
            keyword = state.plans[state.index].dataset_keyword
            if data.asks_for(keyword) and keyword not in state.answers:
                return Step(state, progress=_progress(state), asks=[Ask(f"{ASK}:{keyword}", ASK, {"keyword": keyword})])
        try:
            if state.current is None:
                state.current = self._started(state, told)
            else:
                told = state.current.advance()
        except Exception as error:  # whatever stops one strategy, the others go on; the run fails when none is left
            if len(state.plans) == 1:
                raise
            self._failed(state, told, error)
        for row in told.tables.get("rounds", ()):
            state.last = {name: row[name] for name in ("test_accuracy", "test_loss")}
        if state.current is not None and state.current.ended:
            self._ended(state, told)
        done = state.index == len(state.plans)
        if done and all(entry["document"]["failed"] for entry in state.done):
            raise EngineError(state.done[0]["document"]["failed"])
        batches = {name: tables.batch(name, rows) for name, rows in told.tables.items() if rows}
        return Step(state, done=done, progress=_progress(state), events=told.events, tables=batches)

    def result(self, state: Session) -> Result:
        found = {
            name: metric
            for entry in state.done
            for name, metric in metrics(entry["document"], entry["history"], first=entry is state.done[0]).items()
        }
        return Result(found, {}, {STRATEGIES_DOCUMENT: [entry["document"] for entry in state.done]})

    # --- strategies ---

    def _started(self, state: Session, told: Told) -> Strategy:
        plan = state.plans[state.index]
        strategy = self._strategy(state)
        dataset = strategy.federation.dataset
        why = data.stands_in(plan.dataset_keyword, dataset)
        if why is not None:
            told.say("substituted", strategy=state.index, keyword=plan.dataset_keyword, actual=dataset.actual, why=why)
        for note in dataset.notes:
            told.say("note", strategy=state.index, round=0, text=note)
        told.say(
            "strategy_started", strategy=state.index, keyword=plan.aggregation_strategy_keyword,
            total_strategies=len(state.plans), rounds=plan.num_of_rounds, participants=plan.num_of_clients,
            dataset_actual=dataset.actual, backend="stacked" if strategy.stacked else "sequential",
            parameters=len(strategy.weights),
        )  # fmt: skip
        told.tables["split"] = strategy.split()
        return strategy

    def _strategy(self, state: Session) -> Strategy:
        plan = state.plans[state.index]
        key = data_key(plan)
        if key not in state.shared:
            dataset = data.load(plan, state.answers.get(plan.dataset_keyword))
            rng = np.random.Generator(np.random.PCG64(state.streams["partition"]))
            state.shared = {key: Federation(plan, dataset, rng, device_of(plan))}
        federation = state.shared[key]
        return Strategy(state.index, plan, federation, network(plan, federation.dataset), state.streams)

    def _ended(self, state: Session, told: Told) -> None:
        strategy = state.current
        assert strategy is not None
        told.say(
            "strategy_ended", strategy=state.index, rounds=strategy.round, test_accuracy=strategy.history[-1]["test_accuracy"]
        )
        told.tables["confusion"] = strategy.confusion()
        state.done.append({"document": strategy.document(), "history": strategy.history})
        state.current = None

    def _failed(self, state: Session, told: Told, error: Exception) -> None:
        reason = str(error) if isinstance(error, QuintantError) else f"{type(error).__name__}: {error}"
        plan = state.plans[state.index]
        strategy = state.current
        document = {
            "number": state.index, "keyword": plan.aggregation_strategy_keyword, "config": plan.model_dump(mode="json"),
            "dataset_actual": None, "sources": {}, "parameters": None, "removed": [], "termination": None, "rounds_done": 0,
            "selected": [], "backend": None, "classes": [],
        }  # fmt: skip
        if strategy is not None:
            document = strategy.document()
        document["failed"] = reason
        told.say("strategy_failed", strategy=state.index, reason=reason)
        history = strategy.history if strategy is not None else []
        state.done.append({"document": document, "history": history})
        state.current = None

    # --- checkpoints ---

    def dump(self, state: Session) -> bytes:
        current = None if state.current is None else base64.b64encode(state.current.dump()).decode()
        return json.dumps(
            {
                "config": state.config.model_dump(mode="json"), "root": state.streams.root, "seeds": dict(state.streams.seeds),
                "answers": state.answers, "done": state.done, "last": state.last, "current": current,
            }
        ).encode()  # fmt: skip

    def load(self, raw: bytes) -> Session:
        torch.set_num_threads(1)
        head = json.loads(raw)
        state = Session(
            parse(FederatedConfig, head["config"]), Streams(head["root"], head["seeds"]), head["answers"], None, head["done"],
            {}, head["last"],
        )  # fmt: skip
        if head["current"] is not None:
            state.current = self._strategy(state)
            state.current.restore(base64.b64decode(head["current"]))
        return state


def _progress(state: Session) -> Progress:
    total = len(state.plans)
    within = 0.0 if state.current is None else state.current.fraction
    plan = state.plans[min(state.index, total - 1)]
    round = plan.num_of_rounds if state.index == total else 0 if state.current is None else state.current.round
    values = {
        "current_strategy": min(state.index, total - 1), "total_strategies": total, "current_round": round,
        "total_rounds": plan.num_of_rounds, **state.last,
    }  # fmt: skip
    return Progress(min(1.0, (state.index + within) / total), values)
