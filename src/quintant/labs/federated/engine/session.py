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
from quintant.json_value import Json
from quintant.lab import Answer, Ask, Metric, Progress, Result, Step, Streams
from quintant.labs.federated.config import FederatedConfig, StrategyConfig
from quintant.labs.federated.datasets import ASK
from quintant.labs.federated.engine import data, tables
from quintant.labs.federated.engine.federation import Federation, data_key, device_of
from quintant.labs.federated.engine.models import network
from quintant.labs.federated.engine.report import metrics
from quintant.labs.federated.engine.strategy import Report, Strategy
from quintant.labs.federated.names import STRATEGIES_DOCUMENT


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


def _derived(written: StrategyConfig, plan: StrategyConfig) -> dict[str, Any]:
    """What took the place of nulls, among the keys that are read."""
    return {
        name: value
        for name, value in plan.model_dump(mode="json").items()
        if getattr(written, name) is None and value is not None and written.why_unread(name) is None
    }


class FederatedEngine:
    """`init`, `step`, `result` as `quintant.lab` has them; `dump` and `load` for runs that go on elsewhere."""

    def init(self, config: FederatedConfig, rng: Streams) -> Session:
        torch.set_num_threads(1)
        return Session(config, rng)

    def step(self, state: Session, answers: Sequence[Answer]) -> Step[Session]:
        for answer in answers:
            state.answers[answer.id.partition(":")[2]] = answer.payload
        report = Report()
        if state.current is None:
            keyword = state.plans[state.index].dataset_keyword
            if data.asks_for(keyword) and keyword not in state.answers:
                return Step(state, progress=_progress(state), asks=[Ask(f"{ASK}:{keyword}", ASK, {"keyword": keyword})])
        try:
            if state.current is None:
                state.current = self._started(state, report)
            else:
                report = state.current.advance()
        except Exception as error:  # whatever stops one strategy, the others go on; the run fails when none is left
            if len(state.plans) == 1:
                raise
            self._failed(state, report, error)
        for row in report.tables.get("rounds", ()):
            state.last = {name: row[name] for name in ("test_accuracy", "test_loss")}
        if state.current is not None and state.current.ended:
            self._ended(state, report)
        done = state.index == len(state.plans)
        if done and all(entry["document"]["failed"] for entry in state.done):
            raise EngineError(state.done[0]["document"]["failed"])
        batches = {name: tables.batch(name, rows) for name, rows in report.tables.items() if rows}
        return Step(state, done=done, progress=_progress(state), events=report.events, tables=batches)

    def result(self, state: Session) -> Result:
        return _result(state, state.done)

    def so_far(self, state: Session) -> tuple[Result, str] | None:
        """What a stopped Run has measured (see quintant.lab.Stoppable): whole rounds. Strategies that ended stand as they would
        have, the one under way is that of its rounds so far, and of those that had not begun the metrics say so. The confusion
        of the classes is there for strategies that ended."""
        ended, total = len(state.done), len(state.plans)
        entries = list(state.done)
        rounds = None
        if state.current is not None and state.current.history:
            history = state.current.history
            rounds = f"{len(history)} of {state.current.plan.num_of_rounds} rounds"
            entries.append({"document": {**state.current.document(), "rounds_done": len(history)}, "history": history})
        if not any(entry["history"] for entry in entries):
            return None
        strategies = f"{ended} of {total} strategies" if ended else None
        amount = " and ".join(
            filter(None, (strategies, f"{rounds} of the {'next' if ended else 'first'}" if rounds and total > 1 else rounds))
        )
        result = _result(state, entries)
        measured = dict(result.metrics)
        if rounds:
            under_way = metrics(entries[-1]["document"], entries[-1]["history"], first=not ended)
            measured |= {name: metric.so_far(amount) for name, metric in under_way.items()}
        names = metrics(entries[0]["document"], entries[0]["history"], first=True)
        measured |= {
            f"{name}_{number}": Metric(None, metric.unit, reason="this strategy had not begun when the run was stopped")
            for number in range(len(entries), total)
            for name, metric in names.items()
        }
        return Result(measured, result.tables, result.documents), amount

    # --- strategies ---

    def _started(self, state: Session, report: Report) -> Strategy:
        plan = state.plans[state.index]
        strategy = self._strategy(state)
        dataset = strategy.federation.dataset
        why = data.stands_in(plan.dataset_keyword, dataset)
        if why is not None:
            report.say("substituted", strategy=state.index, keyword=plan.dataset_keyword, actual=dataset.actual, why=why)
        for note in dataset.notes:
            report.say("note", strategy=state.index, round=0, text=note)
        report.say(
            "strategy_started", strategy=state.index, keyword=plan.aggregation_strategy_keyword,
            total_strategies=len(state.plans), rounds=plan.num_of_rounds, participants=plan.num_of_clients,
            dataset_actual=dataset.actual, backend="stacked" if strategy.stacked else "sequential",
            parameters=len(strategy.weights),
        )  # fmt: skip
        report.tables["split"] = strategy.split()
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

    def _ended(self, state: Session, report: Report) -> None:
        strategy = state.current
        assert strategy is not None
        report.say(
            "strategy_ended", strategy=state.index, rounds=strategy.round, test_accuracy=strategy.history[-1]["test_accuracy"]
        )
        report.tables["confusion"] = strategy.confusion()
        state.done.append({"document": strategy.document(), "history": strategy.history})
        state.current = None

    def _failed(self, state: Session, report: Report, error: Exception) -> None:
        reason = str(error) if isinstance(error, QuintantError) else f"{type(error).__name__}: {error}"
        plan = state.plans[state.index]
        strategy = state.current
        document = {
            "number": state.index, "keyword": plan.aggregation_strategy_keyword, "config": plan.model_dump(mode="json"),
            "dataset_actual": None, "sources": {}, "parameters": None, "bound": None,
            "removed": [], "termination": None, "rounds_done": 0,
            "selected": [], "backend": None, "classes": [],
        }  # fmt: skip
        if strategy is not None:
            document = strategy.document()
        document["failed"] = reason
        report.say("strategy_failed", strategy=state.index, reason=reason)
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


def _result(state: Session, entries: Sequence[Mapping[str, Json]]) -> Result:
    """`entries`: document and history of each strategy that there is, in order."""
    measured = {
        name: metric
        for entry in entries
        for name, metric in metrics(entry["document"], entry["history"], first=entry is entries[0]).items()
    }
    documents = [
        {name: value for name, value in entry["document"].items() if name != "config"} | {"derived": _derived(written, plan)}
        for entry, written, plan in zip(entries, state.config.written_plans, state.plans, strict=False)
    ]
    return Result(measured, {}, {STRATEGIES_DOCUMENT: documents})


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
