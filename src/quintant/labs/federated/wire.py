"""Bodies of the contract, flat or structured, as the native config: what they leave out, spell otherwise or add.

The contract tolerates what it does not know: here it is ignored aloud, each with a warning. What it knows is checked by the
same rules as a native config, and every fault has the path of the body it came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from quintant.config import parse
from quintant.errors import ConfigError, Problem
from quintant.labs.federated.config import AttackEntry, FederatedConfig, StrategyConfig
from quintant.labs.federated.names import ATTACKS
from quintant.labs.federated.rules import ENTRY_COMMON

DEFAULTS: Mapping[str, Any] = {
    "aggregation_strategy_keyword": "pid",
    "dataset_keyword": "femnist_iid",
    "num_of_rounds": 4,
    "num_of_clients": 7,
}
"""What an absent key of the contract means where the native default differs: the initial values of InteFL's form."""
OUTPUT: Mapping[str, Any] = {
    "display_name": None, "show_plots": False, "save_plots": True, "save_csv": True, "preserve_dataset": False,
    "attack_snapshot_format": "visual",
}  # fmt: skip
"""Keys that shape files only, with what an absent one means here."""
IDLE = {
    "cpus_per_client": "participants are no processes of their own here",
    "gpus_per_client": "participants are no processes of their own here",
    "strategy_number": "strategies are numbered by their order",
    "attack_type": "an old key; the schedule says who attacks",
    "attack_ratio": "an old key; the schedule says who attacks",
    "gaussian_noise_mean": "an old key; the schedule says who attacks",
    "gaussian_noise_std": "an old key; the schedule says who attacks",
    "add_to_queue": "runs are never changed once they are submitted",
}
"""Known keys without an effect here, and why."""
HUB = {
    "flwrlabs/femnist": "femnist_iid", "albertvillanova/medmnist-v2": None, "uoft-cs/cifar10": "cifar10",
    "uoft-cs/cifar100": "cifar100", "flwrlabs/cinic10": "cinic10", "lavita/MedQuAD": "medquad",
    "coastalcph/lex_glue": "lexglue",
    "gtfintechlab/financial_phrasebank_sentences_allagree": "financial_phrasebank",
    "ml4pubmed/pubmed-classification-20k": "pubmed_classification_20k", "cyrilzakka/pubmed-medline": "medal",
    "ylecun/mnist": "mnist", "zalando-datasets/fashion_mnist": "fashion_mnist",
}  # fmt: skip
"""Names of the hub and the keyword under which we know the same data."""
EXACT = 2**53
"""Below it a float that is whole is that integer."""
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}
BOOLEANS = {name for name, info in StrategyConfig.model_fields.items() if info.annotation in (bool, bool | None)} | {
    "show_plots", "save_plots", "save_csv", "preserve_dataset", "use_lora",
}  # fmt: skip
INTEGERS = {name for name, info in StrategyConfig.model_fields.items() if info.annotation in (int, int | None)}


@dataclass(frozen=True)
class Reading:
    """A body as it was understood: the native config, its form, the keys that shape files, and what should be known."""

    config: FederatedConfig
    form: Literal["flat", "structured"]
    output: Mapping[str, Any]
    warnings: tuple[Problem, ...]


@dataclass
class _Notes:
    """What is found while a body is translated."""

    faults: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    output: dict[str, Any] = field(default_factory=lambda: dict(OUTPUT))


def read(body: Mapping[str, Any]) -> Reading:
    """Parse a body of the contract, or raise ConfigError with every fault under the path it has in the body."""
    notes = _Notes()
    structured = isinstance(body.get("shared_settings"), Mapping) and isinstance(body.get("simulation_strategies"), list)
    raw = _structured(body, notes) if structured else _flat(body, notes)
    faults = list(notes.faults)
    config: FederatedConfig | None = None
    try:
        config = parse(FederatedConfig, raw)
    except ConfigError as error:
        faulty = {fault.path for fault in faults}
        placed = [_placed(problem, structured) for problem in [*error.problems, *_own_faults(raw.get("strategies", ()))]]
        placed = list({(problem.path, problem.message): problem for problem in placed}.values())
        faults += [problem for problem in placed if problem.path not in faulty]
    if config is not None:
        faults += _kept_data(config, notes.output, structured)
    if faults or config is None:
        raise ConfigError(faults)
    told = [_placed(problem, structured) for problem in config.warnings()]
    return Reading(config, "structured" if structured else "flat", notes.output, (*notes.warnings, *told))


class _Keys(StrategyConfig):
    """The keys of a strategy by themselves, without the rules between them."""

    def check(self) -> Iterable[Problem]:
        return ()


def _own_faults(strategies: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """What is wrong with the keys that strategies have of their own, which nothing looks at while a shared key is wrong."""
    for index, own in enumerate(strategies):
        try:
            parse(_Keys, own)
        except ConfigError as error:
            for problem in error.problems:
                path = f"strategies.{index}.{problem.path}"
                yield Problem(path, problem.message, problem.value, problem.allowed, problem.hint)


def _flat(body: Mapping[str, Any], notes: _Notes) -> dict[str, Any]:
    for name, kind in (("shared_settings", "an object"), ("simulation_strategies", "a list")):
        if name in body and body[name] is not None:
            other = "simulation_strategies" if name == "shared_settings" else "shared_settings"
            text = f"must be {kind}, with {other} beside it, or be absent (the flat form)."
            notes.faults.append(Problem(name, text, _brief(body[name])))
    plain = {name: value for name, value in body.items() if name not in ("shared_settings", "simulation_strategies")}
    return {**DEFAULTS, **_settings(plain, "", notes)}


def _structured(body: Mapping[str, Any], notes: _Notes) -> dict[str, Any]:
    for name in sorted(set(body) - {"shared_settings", "simulation_strategies"}):
        notes.warnings.append(Problem(name, "stands outside shared_settings and is ignored.", _brief(body[name])))
    shared = _settings(body["shared_settings"], "shared_settings.", notes)
    strategies = []
    if not body["simulation_strategies"]:
        notes.faults.append(Problem("simulation_strategies", "must have at least one strategy; got none.", []))
    for index, own in enumerate(body["simulation_strategies"]):
        path = f"simulation_strategies.{index}"
        if isinstance(own, Mapping):
            strategies.append(_settings(own, f"{path}.", notes))
        else:
            notes.faults.append(Problem(path, "must be an object.", _brief(own)))
    return {**DEFAULTS, **shared, "strategies": strategies}


def _placed(problem: Problem, structured: bool) -> Problem:
    """The problem with its path as it stands in the body."""
    path = problem.path
    if path == "strategies" or path.startswith("strategies."):
        path = "simulation_strategies" + path.removeprefix("strategies")
    elif structured:
        path = f"shared_settings.{path}"
    return Problem(path, problem.message, problem.value, problem.allowed, problem.hint)


def _kept_data(config: FederatedConfig, output: Mapping[str, Any], structured: bool) -> list[Problem]:
    if output["preserve_dataset"] and any(plan.attack_schedule for plan in config.plans):
        text = "must be false with an attack_schedule: poisoned data would be kept as if they were the data set."
        return [Problem("shared_settings.preserve_dataset" if structured else "preserve_dataset", text, True, [False])]
    return []


# --- one object of settings ---


def _settings(raw: Mapping[str, Any], path: str, notes: _Notes) -> dict[str, Any]:
    """The native keys of one object of the contract. null means absent."""
    given = {name: value for name, value in raw.items() if value is not None}
    native: dict[str, Any] = {}
    for name, value in given.items():
        value = _plain(name, value, path, notes)
        if name in OUTPUT:
            _output(name, value, path, notes)
        elif name in IDLE:
            _idle(name, value, path, notes)
        elif name == "attack_schedule" and isinstance(value, list):
            native[name] = [_entry(entry, f"{path}{name}.{index}", notes) for index, entry in enumerate(value)]
        elif name == "partitioning_params" and isinstance(value, Mapping):
            native[name] = {key: inner for key, inner in value.items() if inner is not None and key != "partition_by"}
            if "partition_by" in value:
                notes.warnings.append(Problem(f"{path}{name}.partition_by", "is ignored: data are split by their label."))
        elif name in StrategyConfig.model_fields:
            native[name] = value
        elif name not in _TRANSLATED:
            notes.warnings.append(Problem(f"{path}{name}", "is not known and is ignored.", _brief(value)))
    _translate(given, native, path, notes)
    return native


_TRANSLATED = {"evaluate_metrics_aggregation_fn", "dataset_source", "hf_dataset_name", "transformer_model", "use_lora"}


def _translate(given: Mapping[str, Any], native: dict[str, Any], path: str, notes: _Notes) -> None:
    if native.get("training_device") == "cuda":
        native["training_device"] = "gpu"
        notes.warnings.append(Problem(f"{path}training_device", "cuda is written gpu.", "cuda"))
    if given.get("evaluate_metrics_aggregation_fn", "weighted_average") != "weighted_average":
        name = given["evaluate_metrics_aggregation_fn"]
        problem = Problem(
            f"{path}evaluate_metrics_aggregation_fn", f"must be weighted_average; got {name!r}.", name, ["weighted_average"]
        )
        notes.faults.append(problem)
    if given.get("dataset_source", "local") not in ("local", "huggingface"):
        source = given["dataset_source"]
        problem = Problem(
            f"{path}dataset_source", f"must be one of local, huggingface; got {source!r}.", source, ["local", "huggingface"]
        )
        notes.faults.append(problem)
    if "hf_dataset_name" in given:
        _from_hub(given, native, path, notes)
    if "transformer_model" in given and "llm_model" not in native:
        native["llm_model"] = given["transformer_model"]
    if _truth(given.get("use_lora")) and "llm_finetuning" not in native:
        native["llm_finetuning"] = "lora"


def _from_hub(given: Mapping[str, Any], native: dict[str, Any], path: str, notes: _Notes) -> None:
    name = given["hf_dataset_name"]
    if given.get("dataset_source") != "huggingface":
        notes.warnings.append(Problem(f"{path}hf_dataset_name", "is ignored: dataset_source is not huggingface.", name))
        return
    keyword = HUB.get(name) if isinstance(name, str) else None
    if keyword is None:
        text = f"the hub is not reached from here, and no data set of ours is {name!r}."
        hint = "Put a file into the folder of data sets and name it as dataset_keyword npz:NAME or text:NAME."
        notes.faults.append(Problem(f"{path}hf_dataset_name", text, _brief(name), sorted(k for k, v in HUB.items() if v), hint))
        return
    if native.get("dataset_keyword", keyword) != keyword:
        notes.warnings.append(
            Problem(f"{path}dataset_keyword", f"gives way to hf_dataset_name {name}.", native["dataset_keyword"])
        )
    native["dataset_keyword"] = keyword


def _plain(name: str, value: Any, path: str, notes: _Notes) -> Any:
    """Texts that stand for true and false, and 5.0 for 5, as the contract takes them."""
    if name in BOOLEANS and isinstance(value, str):
        if value.lower() in TRUE | FALSE:
            text = f"is the text {value!r}; texts for true and false are deprecated."
            notes.warnings.append(Problem(f"{path}{name}", text, value))
            return value.lower() in TRUE
        notes.faults.append(Problem(f"{path}{name}", f"Cannot coerce {value!r} to a boolean.", value, [True, False]))
    if name in INTEGERS and isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return int(value)
    return value


def _truth(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in TRUE)


def _output(name: str, value: Any, path: str, notes: _Notes) -> None:
    if name == "display_name":
        good = isinstance(value, str) and len(value) <= 100
        rule = "must be a text of at most 100 characters."
    elif name == "attack_snapshot_format":
        good = value in ("pickle", "visual", "pickle_and_visual")
        rule = "must be one of pickle, visual, pickle_and_visual."
        if good and value != "visual":
            text = f"{value} is written as NumPy archives and JSON: unpickling a file may run what it holds."
            notes.warnings.append(Problem(f"{path}{name}", text, value))
    else:
        good, rule = isinstance(value, bool), "must be true or false."
        if good and name == "show_plots" and value:
            notes.warnings.append(Problem(f"{path}{name}", "has no effect: no window is opened by a server.", value))
        if good and name == "preserve_dataset" and value:
            notes.warnings.append(
                Problem(f"{path}{name}", "has no effect: data sets are read where they are, none is copied.", value)
            )
    if good:
        notes.output[name] = value
    elif not any(fault.path == f"{path}{name}" for fault in notes.faults):
        notes.faults.append(Problem(f"{path}{name}", rule, _brief(value)))


def _idle(name: str, value: Any, path: str, notes: _Notes) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "cpus_per_client" and not (number and value >= 0):
        notes.faults.append(Problem(f"{path}{name}", f"must be at least 0; got {value!r}.", _brief(value), {"minimum": 0}))
    elif name in ("gpus_per_client", "attack_ratio") and not (number and 0 <= value <= 1):
        notes.faults.append(
            Problem(f"{path}{name}", f"must be in 0..1; got {value!r}.", _brief(value), {"minimum": 0, "maximum": 1})
        )
    elif name in ("gaussian_noise_std", "strategy_number") and not (number and value >= 0):
        notes.faults.append(Problem(f"{path}{name}", f"must be at least 0; got {value!r}.", _brief(value), {"minimum": 0}))
    else:
        notes.warnings.append(Problem(f"{path}{name}", f"has no effect: {IDLE[name]}.", _brief(value)))


# --- an entry of the schedule ---


def _entry(raw: Any, path: str, notes: _Notes) -> Any:
    """A native entry of one of the contract's. Keys of other attack types, which forms send along, are ignored aloud."""
    if not isinstance(raw, Mapping):
        return raw
    nested = isinstance(raw.get("params"), Mapping) and raw.get("attack_type") in ATTACKS
    if nested or ("type" in raw and "attack_type" not in raw):
        text = "is the old nested form; write attack_type and its keys flat in the entry."
        notes.faults.append(Problem(path, text, _brief(raw)))
        return {}
    entry = {name: value for name, value in raw.items() if value is not None}
    if "_selected_clients" in entry:
        notes.warnings.append(Problem(f"{path}._selected_clients", "is drawn by the server, and is ignored.", None))
        del entry["_selected_clients"]
    if "replacement_probability" in entry:
        entry.setdefault("replacement_prob", entry["replacement_probability"])
        del entry["replacement_probability"]
    if entry.get("selection_strategy") == "count":
        entry["selection_strategy"] = "random"
    if "count" in entry:
        entry.setdefault("malicious_client_count", entry.pop("count"))
    kind = ATTACKS.get(entry.get("attack_type", ""))
    if kind is None:
        return entry
    chosen = {"specific": "malicious_client_ids", "random": "malicious_client_count", "percentage": "malicious_percentage"}
    idle = set(chosen.values()) - {chosen.get(str(entry.get("selection_strategy")), "")}
    allowed = (ENTRY_COMMON - idle - {"params"}) | set(kind.keys) | ({"attack_target"} if kind.on == "weights" else set())
    for name in sorted(set(entry) - allowed):
        why = f"is not a key of {entry['attack_type']}" if name in AttackEntry.model_fields else "is not known"
        if name in idle:
            why = f"does not belong to selection_strategy {entry.get('selection_strategy')}"
        notes.warnings.append(Problem(f"{path}.{name}", f"{why} and is ignored.", _brief(entry[name])))
        del entry[name]
    for name, value in entry.items():
        if (
            isinstance(value, float)
            and value.is_integer()
            and abs(value) < EXACT
            and AttackEntry.model_fields[name].annotation in (int, int | None)
        ):
            entry[name] = int(value)
    return entry


def _brief(value: Any) -> Any:
    """A value as an error may carry it: never a whole document."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
