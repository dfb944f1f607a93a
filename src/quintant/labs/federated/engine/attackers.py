"""The attack schedule at work: who is malicious in a round, what they train on, what they send, what they are after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from quintant.errors import EngineError
from quintant.lab import Streams
from quintant.labs.federated.engine import snapshots
from quintant.labs.federated.engine.attacks import DataAttack, Samples, Scene, WeightAttack
from quintant.labs.federated.engine.attacks.registry import attack, poisons_data
from quintant.labs.federated.engine.federation import Federation
from quintant.labs.federated.engine.models import Network
from quintant.labs.federated.engine.training import Shard
from quintant.labs.federated.names import ATTACKS
from quintant.labs.federated.selection import selected

if TYPE_CHECKING:
    from quintant.labs.federated.config import AttackEntry, StrategyConfig

Floats = npt.NDArray[np.floating]
Row = dict[str, Any]
SHARED, OWN, SENT = 0, 1, 2
"""Sub-streams of an entry: what all its attackers share, what each draws for its data, and for what it sends."""


class Attackers:
    def __init__(self, plan: StrategyConfig, federation: Federation, streams: Streams) -> None:
        self.plan, self.federation = plan, federation
        self._root = streams["attacks"]
        self.schedule: tuple[AttackEntry, ...] = plan.attack_schedule
        n = plan.num_of_clients
        self.selected = [selected(entry, index, n) for index, entry in enumerate(self.schedule)]
        self._attacks: list[DataAttack | WeightAttack] = [
            attack(entry.attack_type, entry.parameters(), entry.attack_target, federation.tokenize) for entry in self.schedule
        ]
        if federation.dataset.kind == "table":
            for kind in (entry.attack_type for entry in self.schedule if entry.attack_type in ATTACKS):
                if (on := ATTACKS[kind].on) in ("images", "tokens"):
                    raise EngineError(f"{kind} changes {on}; {federation.dataset.actual} holds a table")
        self._poisoned: dict[tuple[int, tuple[int, ...]], Shard] = {}
        self._seen: set[tuple[int, int]] = set()
        self.aims = self._aims()

    def active(self, round: int) -> list[int]:
        """Indices of the entries that act in this round, in the order of the schedule."""
        return [index for index, entry in enumerate(self.schedule) if entry.active(round)]

    def malicious(self, round: int) -> frozenset[int]:
        return frozenset(id for index in self.active(round) for id in self.selected[index])

    def _of_data(self, index: int) -> bool:
        return poisons_data(self._attacks[index])

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self._root, spawn_key=key)))

    # --- data ---

    def shard(self, participant: int, round: int) -> Shard:
        """What this participant trains on in this round."""
        entries = self._entries_on_data(participant, round)
        if not entries:
            return self.federation.own(participant)
        if (participant, entries) not in self._poisoned:
            samples = self._samples(self.federation.own(participant))
            for index in entries:
                samples = self._poison(samples, index, participant).samples
            device = self.federation.device
            self._poisoned[participant, entries] = Shard(
                torch.from_numpy(np.ascontiguousarray(samples.inputs)).to(device),
                torch.from_numpy(np.asarray(samples.labels, dtype=np.int64)).to(device),
            )
        return self._poisoned[participant, entries]

    def data_snapshots(self, participants: Sequence[int], round: int) -> list[Row]:
        """One row of the table per data attack and participant of this round."""
        rows = []
        for participant in participants:
            samples = self._samples(self.federation.own(participant))
            for index in self._entries_on_data(participant, round):
                entry = self.schedule[index]
                poisoned = self._poison(samples, index, participant)
                metadata, data = snapshots.of_data(
                    samples, poisoned.samples, poisoned.touched, self.federation.dataset, self.plan.snapshot_max_samples,
                    self._told(entry),
                )  # fmt: skip
                rows.append(_row(round, participant, entry, metadata, data))
                samples = poisoned.samples
        return rows

    def _entries_on_data(self, participant: int, round: int) -> tuple[int, ...]:
        return tuple(i for i in self.active(round) if self._of_data(i) and participant in self.selected[i])

    def _poison(self, samples: Samples, index: int, participant: int) -> Any:
        attack: Any = self._attacks[index]
        return attack.poison(samples, self._generator(index, SHARED), self._generator(index, OWN, participant))

    def _samples(self, shard: Shard) -> Samples:
        return Samples(shard.inputs.cpu().numpy(), shard.labels.cpu().numpy(), len(self.federation.dataset.classes))

    # --- what is sent ---

    def falsify(
        self, sent: npt.NDArray[np.float32], participants: npt.NDArray[np.int64], start: npt.NDArray[np.float32], round: int,
        network: Network,
    ) -> list[Row]:  # fmt: skip
        """Change the rows of `sent` (k, d) that attackers of this round send, in place; rows of the snapshot table."""
        rows: list[Row] = []
        evil = self.malicious(round)
        honest = sent[[int(id) not in evil for id in participants]].copy()
        for index in self.active(round):
            places = np.flatnonzero(np.isin(participants, self.selected[index]))
            if self._of_data(index) or not len(places):
                continue
            attack: Any = self._attacks[index]
            scene = Scene(
                global_weights=start, honest=honest, layers=network.slices(), n_total=len(participants),
                n_malicious=len(places), round=round,
            )  # fmt: skip
            own = [self._generator(index, SENT, int(participants[place]), round) for place in places]
            changed = attack.falsify(sent[places], scene, own)
            if self.plan.save_attack_snapshots:
                for place, after in zip(places, changed, strict=True):
                    id = int(participants[place])
                    rows.append(self._weight_snapshot(network, sent[place], after, id, round, self.schedule[index]))
            sent[places] = changed
        return rows

    def _weight_snapshot(
        self, network: Network, before: Floats, after: Floats, participant: int, round: int, entry: AttackEntry
    ) -> Row:
        from quintant.labs.federated.engine.evaluation import predictions

        test, dataset, most = self.federation.test, self.federation.dataset, self.plan.snapshot_max_samples
        shown: dict[str, npt.NDArray[Any]] = {}
        if dataset.kind == "images":
            inputs = test.inputs[:most]
            shown = {
                "images": (inputs.cpu().numpy() + 1) / 2,
                "labels": test.labels[:most].cpu().numpy(),
                "predictions_before": predictions(network, self._tensor(before), inputs),
                "predictions_after": predictions(network, self._tensor(after), inputs),
            }
        layers = [(parameter.name, part) for parameter, part in zip(network.trained, network.slices(), strict=True)]
        metadata, data = snapshots.of_weights(before, after, layers, shown, dataset.classes, self._told(entry))
        return _row(round, participant, entry, metadata, data)

    def _tensor(self, weights: Floats) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float32)).to(self.federation.device)

    def _told(self, entry: AttackEntry) -> Mapping[str, Any]:
        config = {name: value for name, value in entry.parameters().items() if value is not None}
        kind = ATTACKS.get(entry.attack_type)
        if kind is None or kind.on == "weights":  # what works on data has no target among weights and updates
            config["attack_target"] = entry.attack_target
        return {"attack_type": entry.attack_type, "attack_config": config}

    # --- success ---

    def _aims(self) -> list[Shard]:
        """Of every data attack that wants something of the global model: inputs and the class wanted for each."""
        test = self.federation.test
        aims = []
        for index, made in enumerate(self._attacks):
            if not self._of_data(index) or not self.federation.dataset.classes:
                continue
            data_attack: Any = made
            aim = data_attack.aim(self._samples(test), self._generator(index, SHARED))
            if aim is not None:
                device = self.federation.device
                inputs = torch.from_numpy(np.ascontiguousarray(aim.inputs)).to(device)
                aims.append(Shard(inputs, torch.from_numpy(np.asarray(aim.wanted, dtype=np.int64)).to(device)))
        return aims


def _row(round: int, participant: int, entry: AttackEntry, metadata: str, data: bytes) -> Row:
    return {
        "round": round,
        "participant": participant,
        "attack_type": entry.attack_type,
        "metadata": metadata,
        "npz": data,
    }
