"""attack_snapshots_<n>/client_<c>/round_<r>/: what an attacker changed, told in JSON and shown in pictures.

Stored are small arrays per attacker, round and attack (the table "snapshots"); everything here is made of them when it is
asked for. Nothing is pickled.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from quintant.json_value import Json
from quintant.lab import Outcome
from quintant.labs.federated.names import ATTACKS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Arrays = Mapping[str, npt.NDArray[np.generic]]

ENDINGS: Mapping[str, str] = {
    "primary": "_visual.png",
    "confusion_matrix": "_confusion_matrix.png",
    "difference_heatmap": "_difference_heatmap.png",
    "html_diff": "_samples.html",
    "prediction_grid": "_weight_prediction_grid.png",
    "comparison": "_comparison.png",
    "weight_histogram": "_weight_histogram.png",
    "prediction_comparison": "_prediction_comparison.png",
    "weight_layer_delta": "_weight_layer_delta.png",
}
"""The contract's slot -> the ending of the file's name."""
PRIMARY_OF_WEIGHTS = ("prediction_comparison", "prediction_grid", "weight_histogram")
FLIPS = ("label_flipping", "targeted_label_flipping")
MOST_PATTERNS = 5
"""Of the pairs of labels, so many are shown on a card, the most frequent first; rates are in percent."""


@dataclass(frozen=True)
class Snapshot:
    """What one attack of one participant did in one round. `npz`: its arrays as `names.SNAPSHOTS` describes them."""

    strategy: int
    client: int
    round: int
    attack_type: str
    metadata: Mapping[str, Json]
    npz: bytes

    @property
    def stem(self) -> str:
        """Path of its files without their ending."""
        return f"{folder_of(self.strategy)}/client_{self.client}/round_{self.round}/{self.attack_type}"

    @property
    def on_weights(self) -> bool:
        kind = ATTACKS.get(self.attack_type)
        return kind.on == "weights" if kind else "statistics" in self.metadata

    @property
    def of_text(self) -> bool:
        return "texts_before" in self.metadata

    @cached_property
    def arrays(self) -> Arrays:
        import numpy as np

        with np.load(io.BytesIO(self.npz), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    @property
    def slots(self) -> tuple[str, ...]:
        """The pictures and pages that there are of it."""
        if self.on_weights:
            seen = ("prediction_grid", "prediction_comparison") if self._holds("images") else ()
            return ("weight_histogram", "weight_layer_delta", *seen)
        if self.of_text:
            return ("html_diff",)
        if self.metadata.get("kind") == "table":  # rows of numbers have no picture
            return ("confusion_matrix",) if self.attack_type in FLIPS else ()
        if self.attack_type in FLIPS:
            return ("primary", "confusion_matrix")
        return ("primary", "difference_heatmap")

    def _holds(self, array: str) -> bool:
        """Whether the archive has an array of this name; nothing is unpacked."""
        with zipfile.ZipFile(io.BytesIO(self.npz)) as archive:
            return f"{array}.npy" in archive.namelist()

    def path(self, slot: str) -> str:
        return self.stem + ENDINGS[slot]


def folder_of(strategy: int) -> str:
    return f"attack_snapshots_{strategy}"


def snapshots(outcome: Outcome) -> list[Snapshot]:
    """All of a Run, in the order of strategy, participant and round."""
    table = outcome.tables.get("snapshots")
    if table is None:
        return []
    kept = [
        Snapshot(
            row["strategy"], row["participant"], row["round"], row["attack_type"], orjson.loads(row["metadata"]), row["npz"]
        )
        for row in table.to_pylist()
    ]
    return sorted(kept, key=lambda snapshot: (snapshot.strategy, snapshot.client, snapshot.round))


def listing(outcome: Outcome) -> list[dict[str, Json]]:
    """What /attack-snapshots tells: per strategy the summary, and one entry per participant and round."""
    return [
        {
            "strategy_number": strategy,
            "summary": summary(outcome, strategy, own),
            "snapshots": [_entry(outcome, group) for group in _by_place(own)],
        }
        for strategy, own in _by_strategy(snapshots(outcome)).items()
    ]


def entries(outcome: Outcome) -> dict[str, Callable[[], bytes]]:
    from quintant.labs.federated.folder import visuals

    files: dict[str, Callable[[], bytes]] = {}
    for strategy, own in _by_strategy(snapshots(outcome)).items():
        place = folder_of(strategy)
        files[f"{place}/summary.json"] = lambda strategy=strategy, own=own: _json(summary(outcome, strategy, own))  # type: ignore[misc]
        files[f"{place}/index.html"] = lambda own=own: visuals.index(own)  # type: ignore[misc]
        for snapshot in own:
            name = "_weight_metadata.json" if snapshot.on_weights else "_metadata.json"
            files[snapshot.stem + name] = lambda snapshot=snapshot: _json(metadata(outcome, snapshot))  # type: ignore[misc]
            if (flips := flip_summary(snapshot)) is not None:
                files[f"{snapshot.stem}_summary.json"] = lambda flips=flips: _json(flips)  # type: ignore[misc]
            if snapshot.of_text:
                files[f"{snapshot.stem}_samples.txt"] = lambda snapshot=snapshot: visuals.text(snapshot)  # type: ignore[misc]
            for slot in snapshot.slots:
                files[snapshot.path(slot)] = lambda snapshot=snapshot, slot=slot: visuals.draw(snapshot, slot)  # type: ignore[misc]
    return files


def metadata(outcome: Outcome, snapshot: Snapshot) -> dict[str, Json]:
    return {
        "client_id": snapshot.client,
        "round_num": snapshot.round,
        **{name: value for name, value in snapshot.metadata.items() if name not in ("texts_before", "texts_after")},
        "timestamp": outcome.ended_at or outcome.started_at,
        "experiment_info": {
            "run_id": _id(outcome),
            "total_clients": outcome.config.plans[snapshot.strategy].num_of_clients,
            "total_rounds": outcome.config.plans[snapshot.strategy].num_of_rounds,
        },
    }


def flip_summary(snapshot: Snapshot) -> dict[str, Json] | None:
    """How many labels became which other ones, as the contract's cards show it; None where no labels are attacked."""
    if snapshot.attack_type not in FLIPS:
        return None
    pairs = snapshot.metadata.get("flips", [])
    total, flips = sum(count for *_, count in pairs), [pair for pair in pairs if pair[0] != pair[1]]
    flipped = sum(count for *_, count in flips)
    often = sorted(flips, key=lambda pair: (-pair[2], pair[0], pair[1]))[:MOST_PATTERNS]
    return {
        "flipped_samples": flipped,
        "total_samples": total,
        "flip_rate": round(100 * flipped / total, 2) if total else 0.0,
        "top_flip_patterns": [
            {"from": old, "to": new, "count": count, "percentage": round(100 * count / flipped, 1)} for old, new, count in often
        ],
        "classes_affected": sorted({old for old, _, _ in flips}),
        "classes_targeted": sorted({new for _, new, _ in flips}),
        "attack_config": snapshot.metadata.get("attack_config"),
    }


def summary(outcome: Outcome, strategy: int, own: Sequence[Snapshot]) -> dict[str, Json]:
    plan = outcome.config.plans[strategy]
    timeline: dict[str, dict[str, list[str]]] = {}
    for snapshot in own:
        timeline.setdefault(str(snapshot.client), {}).setdefault(str(snapshot.round), []).append(snapshot.attack_type)
    return {
        "experiment": {
            "run_id": _id(outcome),
            "timestamp": outcome.ended_at or outcome.started_at,
            "total_clients": plan.num_of_clients,
            "total_rounds": plan.num_of_rounds,
            "config_file": f"strategy_config_{strategy}.json",
        },
        "attack_summary": {
            "total_snapshots": len(own),
            "clients_attacked": sorted({snapshot.client for snapshot in own}),
            "rounds_with_attacks": sorted({snapshot.round for snapshot in own}),
            "attack_types": sorted({snapshot.attack_type for snapshot in own}),
        },
        "attack_timeline": timeline,
    }


def _entry(outcome: Outcome, group: Sequence[Snapshot]) -> dict[str, Json]:
    """Attacks of one participant in one round; what several show in the same slot is `additional` from the second on."""
    shown: dict[str, Json] = dict.fromkeys(ENDINGS, "") | {"additional": {}}
    for snapshot in group:
        for slot in snapshot.slots:
            if shown[slot]:
                shown["additional"][snapshot.attack_type + ENDINGS[slot].rpartition(".")[0]] = snapshot.path(slot)
            else:
                shown[slot] = snapshot.path(slot)
    on_weights, of_text = any(snapshot.on_weights for snapshot in group), any(snapshot.of_text for snapshot in group)
    if not shown["primary"] and on_weights:
        shown["primary"] = next((shown[slot] for slot in PRIMARY_OF_WEIGHTS if shown[slot]), "")
    flips = next((flipped for snapshot in group if (flipped := flip_summary(snapshot))), None)
    first = metadata(outcome, group[0])
    return {
        "client_id": group[0].client,
        "round_num": group[0].round,
        "attack_type": "_".join(snapshot.attack_type for snapshot in group),
        "image_path": shown["primary"],
        "visualizations": shown,
        "metadata": first if len(group) == 1 else {**first, "stacked": [metadata(outcome, snapshot) for snapshot in group]},
        **({"flip_summary": flips} if flips else {}),
        **({"is_text_attack": True} if of_text else {}),
        **({"is_weight_attack": True} if on_weights else {}),
    }


def _by_strategy(kept: Sequence[Snapshot]) -> dict[int, list[Snapshot]]:
    grouped: dict[int, list[Snapshot]] = {}
    for snapshot in kept:
        grouped.setdefault(snapshot.strategy, []).append(snapshot)
    return grouped


def _by_place(kept: Sequence[Snapshot]) -> list[list[Snapshot]]:
    grouped: dict[tuple[int, int], list[Snapshot]] = {}
    for snapshot in kept:
        grouped.setdefault((snapshot.client, snapshot.round), []).append(snapshot)
    return list(grouped.values())


def _id(outcome: Outcome) -> str:
    return str((outcome.request or {}).get("simulation_id", outcome.run_id))


def _json(body: Json) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
