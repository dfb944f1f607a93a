"""One strategy of a run, round by round: train, attack, aggregate, remove, evaluate."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from quintant.lab import Event, Streams
from quintant.labs.federated import clock
from quintant.labs.federated.engine import evaluation
from quintant.labs.federated.engine.aggregation import Aggregate, ClientUpdates, RuleSettings, apply_rule
from quintant.labs.federated.engine.aggregation.distances import distances_to, distances_to_centroid
from quintant.labs.federated.engine.attackers import Attackers
from quintant.labs.federated.engine.blocklist import Blocklist
from quintant.labs.federated.engine.confusion import RemovalConfusion, removal_confusion
from quintant.labs.federated.engine.federation import Federation
from quintant.labs.federated.engine.models import Network
from quintant.labs.federated.engine.termination import continuation
from quintant.labs.federated.engine.training import LocalPlan, LocalTraining, groups, stacks
from quintant.labs.federated.requirements import bound

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig

Row = dict[str, Any]
Vector = npt.NDArray[np.float32]


@dataclass
class Report:
    """What one piece of work has to say: facts and rows of tables."""

    events: list[Event] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def say(self, kind: str, **payload: Any) -> None:
        self.events.append(Event(kind, payload))


@dataclass
class Termination:
    terminated_early: bool = False
    termination_round: int | None = None
    termination_reason: str | None = None


class Strategy:
    def __init__(self, number: int, plan: StrategyConfig, federation: Federation, network: Network, streams: Streams) -> None:
        """`plan` is filled."""
        self.number, self.plan, self.federation, self.network, self.streams = number, plan, federation, network, streams
        self.attackers = Attackers(plan, federation, streams)
        generator = torch.Generator().manual_seed(streams["weights"] % 2**63)
        self.weights: Vector = network.initial(generator).numpy()
        if getattr(network, "frozen", None):
            network.frozen = {name: tensor.to(federation.device) for name, tensor in network.frozen.items()}  # type: ignore[attr-defined]
        self.local = LocalPlan(
            plan.num_of_client_epochs, plan.batch_size, plan.optimizer or "adam", plan.learning_rate or 1e-3,
            plan.proximal_mu or 0.0,
        )  # fmt: skip
        self.stacked = stacks(network, plan.batch_size) if plan.backend == "auto" else plan.backend == "stacked"
        self.settings = rule_settings(plan)
        self.round = 0
        self.ended = False
        self.blocklist = Blocklist()
        self.memory: Mapping[str, npt.NDArray[np.float64]] = {}
        self.termination = Termination()
        self.history: list[Row] = []
        self.participants: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.sent: Vector = np.zeros((0, 0), dtype=np.float32)
        self._groups: list[list[int]] = []
        self._place = 0
        self._training: LocalTraining | None = None

    @property
    def fraction(self) -> float:
        """How far this strategy is, 0..1. It never falls: between two rounds, when nobody trains, the last one counts whole."""
        if self.ended:
            return 1.0
        if not self._groups:
            return min(1.0, self.round / self.plan.num_of_rounds)
        part = self._training.done / self._training.total if self._training is not None else 0.0
        within = 0.95 * (self._place + part) / len(self._groups)
        return min(1.0, (self.round - 1 + within) / self.plan.num_of_rounds)

    def advance(self) -> Report:
        """The next piece of work, about STEP_S long: some local training, or the end of a round."""
        report = Report()
        if not self._groups:
            self._begin(report)
            return report
        budget = None
        while self._place < len(self._groups):
            training = self._training or self._train(self._groups[self._place])
            self._training = training
            budget = training.steps_per_piece if budget is None else budget
            budget -= training.advance(budget)
            if training.done == training.total:
                self.sent[self._groups[self._place]] = training.result()
                self._training, self._place = None, self._place + 1
            if budget <= 0:
                return report
        self._finish(report)
        return report

    # --- a round ---

    def _begin(self, report: Report) -> None:
        self.round += 1
        self.participants = self._drawn()
        sizes = [len(self.federation.train[id]) for id in self.participants]
        self._groups = groups(self.network, sizes, self.local, self.stacked)
        self._place, self._training = 0, None
        self.sent = np.empty((len(self.participants), len(self.weights)), dtype=np.float32)
        for index in self.attackers.active(self.round):
            entry = self.attackers.schedule[index]
            if entry.start_round == self.round:
                ids = list(self.attackers.selected[index])
                report.say(
                    "attack_started", strategy=self.number, round=self.round, attack_type=entry.attack_type, participants=ids
                )

    def _drawn(self) -> npt.NDArray[np.int64]:
        """Who trains in this round: all, or a sample of the living that depends on (seed, round) only."""
        n, count = self.plan.num_of_clients, self.plan.clients_per_round or self.plan.num_of_clients
        everybody = np.arange(n)
        if count == n and not self.plan.skip_removed_training:
            return everybody
        living = everybody[self.blocklist.living(everybody)]
        if count >= len(living):
            return living
        rng = self._generator("participants", self.round)
        return np.sort(rng.choice(living, count, replace=False))

    def _train(self, places: Sequence[int]) -> LocalTraining:
        ids = [int(self.participants[place]) for place in places]
        seeds = [self._seed("training", id, self.round) for id in ids]
        shards = [self.attackers.shard(id, self.round) for id in ids]
        start = torch.from_numpy(self.weights).to(self.federation.device)
        evil = self.attackers.malicious(self.round)
        return LocalTraining(self.network, start, shards, seeds, self.local, [id not in evil for id in ids])

    def _finish(self, report: Report) -> None:
        """Everybody has trained: attack, aggregate, remove, evaluate, tell."""
        evil = self.attackers.malicious(self.round)
        malicious = np.isin(self.participants, sorted(evil))
        snapshots: list[Row] = []
        if self.plan.save_attack_snapshots:
            snapshots += self.attackers.data_snapshots([int(id) for id in self.participants[malicious]], self.round)
        snapshots += self.attackers.falsify(self.sent, self.participants, self.weights, self.round, self.network)
        samples = np.array([len(self.federation.train[id]) for id in self.participants], dtype=np.int64)
        updates = self.blocklist.updates(self.round, self.participants, self.sent, samples, self.weights)
        began = clock.cpu_ns()
        aggregate = apply_rule(self.plan.aggregation_strategy_keyword, updates, self.settings, self.memory)
        took_ns = clock.cpu_ns() - began
        before = self.blocklist
        if self.plan.remove_clients:
            self.blocklist = self.blocklist.after(updates, aggregate)
        self.memory = aggregate.memory
        start, self.weights = self.weights, aggregate.weights.astype(np.float32)
        self._evaluate(report, updates, aggregate, start, malicious, took_ns)
        if snapshots:
            report.tables["snapshots"] = [{"strategy": self.number, **row} for row in snapshots]
        for note in aggregate.notes:
            report.say("note", strategy=self.number, round=self.round, text=note)
        for removal in self.blocklist.removed[len(before.removed) :]:
            report.say("removed", strategy=self.number, is_malicious=removal.participant in evil, **asdict(removal))
        self._groups = []
        self._maybe_end(report)

    def _evaluate(
        self,
        report: Report,
        updates: ClientUpdates,
        aggregate: Aggregate,
        start: Vector,
        malicious: npt.NDArray[np.bool_],
        took_ns: int,
    ) -> None:
        federation, network = self.federation, self.network
        weights = torch.from_numpy(self.weights).to(federation.device)
        own = evaluation.per_participant(
            network, weights, federation.validation, federation.validation_owner, federation.participants
        )
        loss, right = evaluation.scores(network, weights, federation.test)
        successes = [
            float(np.mean(evaluation.predictions(network, weights, aim.inputs) == aim.labels.cpu().numpy()))
            for aim in self.attackers.aims
        ]
        living = self.blocklist.living(self.participants)
        ids = self.participants
        confusion = removal_confusion(malicious, aggregate.used)
        finite = np.all(np.isfinite(updates.weights), axis=1)
        counted = living & (own.samples[ids] > 0)
        aggregated = own.accuracy[ids][aggregate.used & (own.samples[ids] > 0)]
        row = {
            "strategy": self.number, "round": self.round, "test_accuracy": float(right.mean()),
            "test_loss": _number(loss.mean()), "asr": float(np.mean(successes)) if successes else None,
            "aggregated_loss": _weighted(own.loss[ids][counted], own.samples[ids][counted]),
            "average_accuracy": float(aggregated.mean()) if len(aggregated) else None,
            "average_accuracy_std": float(aggregated.std()) if len(aggregated) else None,
            "removal_threshold": aggregate.threshold, "score_calculation_time_ns": took_ns, **_told_confusion(confusion),
            "aggregated": int(np.count_nonzero(aggregate.used)), "removed": len(self.blocklist.removed),
            "outcome": aggregate.outcome, "set_aside": int(np.count_nonzero(updates.living & ~finite)),
        }  # fmt: skip
        self.history.append({name: value for name, value in row.items() if name != "score_calculation_time_ns"})
        report.tables["rounds"] = [row]
        good = finite & updates.living
        absolute = distances_to_centroid(updates.weights, good if good.any() else finite)
        moved = distances_to(start.astype(np.float64), updates.weights)
        to_aggregate = distances_to(aggregate.weights, updates.weights)
        report.tables["participants"] = [
            {
                "strategy": self.number, "round": self.round, "participant": int(id), "is_malicious": bool(malicious[k]),
                "participated": bool(aggregate.used[k]), "removed": not living[k], "criterion": _number(aggregate.scores[k]),
                "absolute_distance": _number(absolute[k]), "loss": _number(own.loss[id]), "accuracy": _number(own.accuracy[id]),
                "update_norm": _number(moved[k]), "distance_to_aggregate": _number(to_aggregate[k]),
            }
            for k, id in enumerate(ids)
        ]  # fmt: skip
        report.say(
            "round", strategy=self.number, round=self.round, rounds=self.plan.num_of_rounds,
            **{name: row[name] for name in ("test_accuracy", "test_loss", "aggregated_loss", "average_accuracy", "asr",
                                            "aggregated", "removed", "outcome", "set_aside")},
        )  # fmt: skip

    def _maybe_end(self, report: Report) -> None:
        plan = self.plan
        going_on = continuation(
            plan.termination_policy, plan.num_of_clients, len(self.blocklist.removed), plan.min_fit_clients or 1,
            plan.min_clients_ratio,
        )  # fmt: skip
        if self.round == plan.num_of_rounds:
            self.ended = True
        elif going_on.stop:
            self.termination = Termination(True, self.round, going_on.stop)
            self.ended = True
            policy = plan.termination_policy
            report.say("terminated", strategy=self.number, round=self.round, reason=going_on.stop, policy=policy)
        elif going_on.warning and any(event.kind == "removed" for event in report.events):
            report.say("note", strategy=self.number, round=self.round, text=going_on.warning)

    # --- results ---

    def document(self) -> dict[str, Any]:
        """What is told of this strategy besides its tables; see `names.STRATEGIES_DOCUMENT`."""
        plan, dataset = self.plan, self.federation.dataset
        left = sorted(set(range(plan.num_of_clients)) - self.blocklist.ids)
        return {
            "number": self.number,
            "keyword": plan.aggregation_strategy_keyword,
            "config": plan.model_dump(mode="json"),
            "dataset_actual": dataset.actual,
            "sources": dict(dataset.sources),
            "parameters": len(self.weights),
            "bound": self._bound(),
            "removed": self.blocklist.dump(),
            "termination": {
                **asdict(self.termination),
                "termination_policy": plan.termination_policy if plan.why_unread("termination_policy") is None else None,
                "removed_clients": sorted(self.blocklist.ids),
                "available_clients": left,
            },
            "rounds_done": self.round if self.ended else self.round - 1,
            "failed": None,
            "selected": [list(ids) for ids in self.attackers.selected],
            "backend": "stacked" if self.stacked else "sequential",
            "classes": list(dataset.classes),
        }

    def _bound(self) -> str:
        plan = self.plan
        n = plan.clients_per_round or plan.num_of_clients
        return bound(
            plan.aggregation_strategy_keyword, plan.paper_exact, n, self.settings.num_of_malicious_clients,
            self.settings.num_krum_selections, int(plan.trim_ratio * n),
        )  # fmt: skip

    def confusion(self) -> list[Row]:
        """Every pair of classes on the central test set; nothing for data without classes."""
        classes = len(self.federation.dataset.classes)
        if not classes:
            return []
        weights = torch.from_numpy(self.weights).to(self.federation.device)
        chosen = evaluation.predictions(self.network, weights, self.federation.test.inputs)
        true = self.federation.test.labels.cpu().numpy()
        counts = np.bincount(true * classes + chosen, minlength=classes * classes)
        return [
            {"strategy": self.number, "true": pair // classes, "predicted": pair % classes, "count": int(count)}
            for pair, count in enumerate(counts)
        ]

    def split(self) -> list[Row]:
        return [{"strategy": self.number, **row} for row in self.federation.split()]

    # --- randomness ---

    def _seed(self, purpose: str, *key: int) -> int:
        """A 64-bit seed of (run, purpose, key): the same whatever happened before."""
        return int(np.random.SeedSequence(self.streams[purpose], spawn_key=key).generate_state(1, np.uint64)[0])

    def _generator(self, purpose: str, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self._seed(purpose, *key)))

    # --- checkpoints ---

    def dump(self) -> bytes:
        arrays: dict[str, npt.NDArray[Any]] = {
            "weights": self.weights, "participants": self.participants, "sent": self.sent,
            **{f"memory.{name}": value for name, value in self.memory.items()},
        }  # fmt: skip
        if self._training is not None:
            arrays |= {f"training.{name}": value for name, value in self._training.dump().items()}
        head = {
            "round": self.round, "ended": self.ended, "roster": self.blocklist.dump(), "termination": asdict(self.termination),
            "history": self.history, "groups": self._groups, "place": self._place,
        }  # fmt: skip
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    def restore(self, data: bytes) -> None:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        head = json.loads(arrays["head"].tobytes())
        self.weights, self.participants, self.sent = arrays["weights"], arrays["participants"], arrays["sent"]
        self.memory = _below(arrays, "memory.")
        self.round, self.ended, self.history = head["round"], head["ended"], head["history"]
        self.blocklist = Blocklist.load(head["roster"])
        self.termination = Termination(**head["termination"])
        self._groups, self._place = head["groups"], head["place"]
        training = _below(arrays, "training.")
        if training:
            self._training = self._train(self._groups[self._place])
            self._training.restore(training)


def rule_settings(plan: StrategyConfig) -> RuleSettings:
    """What the aggregation rules read of a filled plan."""
    return RuleSettings(
        num_of_clients=plan.num_of_clients,
        num_of_malicious_clients=plan.num_of_malicious_clients or 0,
        num_krum_selections=plan.num_krum_selections or 2,
        trim_ratio=plan.trim_ratio,
        num_std_dev=plan.num_std_dev,
        kp=plan.Kp,
        ki=plan.Ki,
        kd=plan.Kd,
        trust_threshold=plan.trust_threshold,
        beta_value=plan.beta_value,
        remove_clients=plan.remove_clients,
        begin_removing_from_round=plan.begin_removing_from_round,
        paper_exact=plan.paper_exact,
        average_unmet=plan.unmet_condition == "average",
        extra=plan.rule_params,
    )


def _told_confusion(confusion: RemovalConfusion) -> Row:
    return {
        "tp": confusion.tp, "tn": confusion.tn, "fp": confusion.fp, "fn": confusion.fn,
        "removal_accuracy": confusion.accuracy, "removal_precision": confusion.precision, "removal_recall": confusion.recall,
        "removal_f1": confusion.f1,
    }  # fmt: skip


def _weighted(values: npt.NDArray[np.float64], samples: npt.NDArray[np.int64]) -> float | None:
    return _number((values * samples).sum() / samples.sum()) if len(values) else None


def _number(value: float) -> float | None:
    """Infinite and missing numbers are null in a table."""
    return float(value) if np.isfinite(value) else None


def _below(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
