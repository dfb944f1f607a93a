"""Every key of the contract: the key of a strategy that it sets, the files that it shapes, or why it has no effect here.

The table reads one object of settings: a flat body, `shared_settings`, or one of `simulation_strategies`. Names, types and
bounds are those of `StrategyConfig`, which refuses what is impossible by itself; here stands what the wire takes besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quintant.errors import Problem
from quintant.json_value import Json
from quintant.labs.federated.config import StrategyConfig
from quintant.labs.federated.contract.schedule import entry
from quintant.labs.federated.contract.settings import Settings, brief, whole
from quintant.wire.reader import Reading, Table, Wire

SHARED = "shared_settings"
STRATEGIES = "simulation_strategies"
OUTPUT: Mapping[str, Json] = {
    "display_name": None, "show_plots": False, "save_plots": True, "save_csv": True, "preserve_dataset": False,
    "attack_snapshot_format": "visual",
}  # fmt: skip
"""Keys that shape files only, with what an absent one means here."""
SNAPSHOT_FORMATS = ("pickle", "visual", "pickle_and_visual")
LONGEST_NAME = 100
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


def boolean(reading: Reading, value: Json, path: str) -> Json:
    """Texts that stand for true and false, as the contract takes them; any other value is for the config to judge."""
    if not isinstance(value, str):
        return value
    if value.lower() in TRUE | FALSE:
        reading.warn(path, f"is the text {value!r}; texts for true and false are deprecated.", value)
        return value.lower() in TRUE
    reading.refuse(Problem(path, f"Cannot coerce {value!r} to a boolean.", value, [True, False]))
    return value


def at_most(limit: float, shared: bool) -> Callable[[Reading, Json, str], Json]:
    """A number that counts as `limit` where it is larger; not `shared`: in shared_settings the config refuses it, as the
    original's door looks at such bounds there only."""

    def read(reading: Reading, value: Json, path: str) -> Json:
        value = whole(reading, value, path)
        too_large = isinstance(value, (int, float)) and not isinstance(value, bool) and value > limit
        if not too_large or (not shared and path.startswith(f"{SHARED}.")):
            return value
        reading.warn(path, f"counts as {limit}, the largest that is possible.", value)
        return limit

    return read


def between(least: float, most: float | None = None) -> Callable[[Reading, Json, str], Json]:
    """A number that nothing reads, and that is refused outside its bounds all the same."""
    rule = f"at least {least:g}" if most is None else f"in {least:g}..{most:g}"
    allowed = {"minimum": least} if most is None else {"minimum": least, "maximum": most}

    def read(reading: Reading, value: Json, path: str) -> Json:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and value >= least and (most is None or value <= most):
            return value
        reading.refuse(Problem(path, f"must be {rule}; got {value!r}.", brief(value), allowed))
        return None

    return read


def older(names: Mapping[str, str], said: str) -> Callable[[Reading, Json, str], Json]:
    """A word that is called otherwise here."""

    def read(reading: Reading, value: Json, path: str) -> Json:
        if not isinstance(value, str) or value not in names:
            return value
        reading.warn(path, said.format(value, names[value]), value)
        return names[value]

    return read


def switch(idle: str | None = None) -> Callable[[Reading, Json, str], Json]:
    """True or false, about files; `idle`: why true has no effect."""

    def read(reading: Reading, value: Json, path: str) -> Json:
        taken = boolean(reading, value, path)
        if isinstance(taken, bool):
            if taken and idle:
                reading.warn(path, f"has no effect: {idle}.", taken)
            return taken
        if not isinstance(value, str):
            reading.refuse(Problem(path, "must be true or false.", brief(value)))
        return None

    return read


def _display_name(reading: Reading, value: Json, path: str) -> Json:
    if isinstance(value, str) and len(value) <= LONGEST_NAME:
        return value
    return reading.refuse(Problem(path, f"must be a text of at most {LONGEST_NAME} characters.", brief(value)))


def _snapshot_format(reading: Reading, value: Json, path: str) -> Json:
    word = reading.coerced("word", value, path, SNAPSHOT_FORMATS)
    if word not in (None, "visual"):
        reading.warn(path, f"{word} is written as NumPy archives and JSON: unpickling a file may run what it holds.", word)
    return word


def _partitioning_params(reading: Reading, value: Json, path: str) -> Json:
    if not isinstance(value, Mapping):
        return value
    if "partition_by" in value:
        reading.warn(f"{path}.partition_by", "is ignored: data are split by their label.")
    return {name: inner for name, inner in value.items() if inner is not None and name != "partition_by"}


def _attack_schedule(reading: Settings, value: Json, path: str) -> Json:
    return [entry(reading, raw, f"{path}.{index}") for index, raw in enumerate(value)] if isinstance(value, list) else value


def _strategy(name: str, annotation: Json) -> Wire:
    read = boolean if annotation in (bool, bool | None) else whole if annotation in (int, int | None) else None
    aliases = ("transformer_model",) if name == "llm_model" else ()
    return Wire(name, name, kind="any", read=SPECIAL.get(name, read), aliases=aliases)


SPECIAL: Mapping[str, Callable[[Json, Json, str], Json]] = {
    "aggregation_strategy_keyword": older({"pid_based_removal": "pid"}, "is an old name and counts as {1}."),
    "training_device": older({"cuda": "gpu"}, "{0} is written {1}."),
    "partitioning_params": _partitioning_params,
    "attack_schedule": _attack_schedule,
    "trim_ratio": at_most(0.4999, shared=False),
    "snapshot_max_samples": at_most(50, shared=False),
    "num_of_clusters": at_most(1, shared=True),
}
"""Keys of a strategy of which the wire takes more than the config does."""
NO_PROCESSES = "participants are no processes of their own here"
OLD = "an old key; the schedule says who attacks"
TABLE = Table(
    StrategyConfig,
    (
        *(_strategy(name, info.annotation) for name, info in StrategyConfig.model_fields.items()),
        Wire("display_name", read=_display_name),
        Wire("show_plots", read=switch("no window is opened by a server")),
        Wire("save_plots", read=switch()),
        Wire("save_csv", read=switch()),
        Wire("preserve_dataset", read=switch("data sets are read where they are, none is copied")),
        Wire("attack_snapshot_format", read=_snapshot_format),
        Wire("evaluate_metrics_aggregation_fn", kind="word", words=("weighted_average",)),
        Wire("dataset_source", kind="word", words=("local", "huggingface")),
        Wire("hf_dataset_name"),
        Wire("use_lora", read=boolean),
        Wire("cpus_per_client", idle=NO_PROCESSES, read=between(0)),
        Wire("gpus_per_client", idle=NO_PROCESSES, read=between(0, 1)),
        Wire("strategy_number", idle="strategies are numbered by their order", read=between(0)),
        Wire("attack_type", idle=OLD),
        Wire("attack_ratio", idle=OLD, read=between(0, 1)),
        Wire("gaussian_noise_mean", idle=OLD),
        Wire("gaussian_noise_std", idle=OLD, read=between(0)),
        Wire("add_to_queue", idle="runs are never changed once they are submitted"),
    ),
)
