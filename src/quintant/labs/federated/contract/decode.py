"""Bodies of the contract, flat or structured, as the native config: what they leave out, spell otherwise or add.

The contract tolerates what it does not know: here it is ignored aloud, each with a warning. A value that is impossible by
itself is refused under the path of the body it came in; what only does not go together has a substitution (`concessions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from quintant.config import parse
from quintant.errors import ConfigError, Problem, first_told
from quintant.json_value import Json
from quintant.labs.federated.concessions import changes, conceded
from quintant.labs.federated.config import FederatedConfig, StrategyConfig
from quintant.labs.federated.contract.keys import OUTPUT, SHARED, STRATEGIES, TABLE
from quintant.labs.federated.contract.settings import Settings, brief

DEFAULTS: Mapping[str, Json] = {
    "aggregation_strategy_keyword": "pid", "dataset_keyword": "femnist_iid", "num_of_rounds": 4, "num_of_clients": 7,
}  # fmt: skip
"""What an absent key of the contract means where the native default differs: the initial values of InteFL's form."""
HUB = {
    "flwrlabs/femnist": "femnist_iid", "albertvillanova/medmnist-v2": None, "uoft-cs/cifar10": "cifar10",
    "uoft-cs/cifar100": "cifar100", "flwrlabs/cinic10": "cinic10", "lavita/MedQuAD": "medquad",
    "coastalcph/lex_glue": "lexglue",
    "gtfintechlab/financial_phrasebank_sentences_allagree": "financial_phrasebank",
    "ml4pubmed/pubmed-classification-20k": "pubmed_classification_20k", "cyrilzakka/pubmed-medline": "medal",
    "ylecun/mnist": "mnist", "zalando-datasets/fashion_mnist": "fashion_mnist",
}  # fmt: skip
"""Names of the hub and the keyword under which we know the same data."""


@dataclass(frozen=True)
class Launch:
    """A body as it was understood: the native config, its form, the keys that shape files, and what should be known."""

    config: FederatedConfig
    form: Literal["flat", "structured"]
    output: Mapping[str, Json]
    warnings: tuple[Problem, ...]


def read(body: Mapping[str, Json]) -> Launch:
    """Parse a body of the contract, or raise ConfigError with every fault under the path it has in the body."""
    reading = Settings(own=dict(OUTPUT))
    if isinstance(body.get(SHARED), Mapping) and body.get(STRATEGIES) is None:
        reading.warn(SHARED, "stands without simulation_strategies: read as the settings of one strategy.")
        body = {**body, STRATEGIES: [{}]}
    structured = isinstance(body.get(SHARED), Mapping) and isinstance(body.get(STRATEGIES), list)
    raw = _structured(body, reading) if structured else _flat(body, reading)
    made: list[Problem] = []
    try:
        config = parse(FederatedConfig, _conceded(raw, made))
    except ConfigError as error:
        faulty = {fault.path for fault in reading.faults}
        placed = [_placed(problem, structured) for problem in [*error.problems, *_own_faults(raw.get("strategies", ()))]]
        placed = list({(problem.path, problem.message): problem for problem in placed}.values())
        raise ConfigError([*reading.faults, *(problem for problem in placed if problem.path not in faulty)]) from None
    if reading.faults:
        raise ConfigError(reading.faults)
    at = f"{SHARED}." if structured else ""
    if reading.own["preserve_dataset"] and any(plan.attack_schedule for plan in config.plans):
        reading.own["preserve_dataset"] = False
        text = "counts as false with an attack_schedule: poisoned data would be kept as if they were the data set."
        reading.warn(f"{at}preserve_dataset", text, True)
    settings = [body, *(body.get(STRATEGIES) or ()), body.get(SHARED) or {}]
    if not any(isinstance(keys, Mapping) and keys.get("aggregation_strategy_keyword") is not None for keys in settings):
        text = "is not given and counts as pid, as InteFL's form has it; natively the default is fedavg."
        reading.warn(f"{at}aggregation_strategy_keyword", text)
    doubts = [_placed(problem, structured) for problem in (*made, *config.warnings(), *config.unread())]
    form: Literal["flat", "structured"] = "structured" if structured else "flat"
    return Launch(config, form, reading.own, first_told((*reading.warnings, *doubts)))


class _Keys(StrategyConfig):
    """The keys of a strategy by themselves, without the rules between them."""

    def check(self) -> Iterable[Problem]:
        return ()


def _own_faults(strategies: Iterable[Mapping[str, Json]]) -> Iterator[Problem]:
    """What is wrong with the keys that strategies have of their own, which nothing looks at while a shared key is wrong."""
    for index, own in enumerate(strategies):
        try:
            parse(_Keys, own)
        except ConfigError as error:
            yield from (replace(problem, path=f"strategies.{index}.{problem.path}") for problem in error.problems)


def _flat(body: Mapping[str, Json], reading: Settings) -> dict[str, Json]:
    for name, kind, other in ((SHARED, "an object", STRATEGIES), (STRATEGIES, "a list", SHARED)):
        if body.get(name) is not None:
            text = f"must be {kind}, with {other} beside it, or be absent (the flat form)."
            reading.refuse(Problem(name, text, brief(body[name])))
    plain = {name: value for name, value in body.items() if name not in (SHARED, STRATEGIES)}
    return {**DEFAULTS, **_settings(plain, "", reading)}


def _structured(body: Mapping[str, Json], reading: Settings) -> dict[str, Json]:
    for name in sorted(set(body) - {SHARED, STRATEGIES}):
        reading.warn(name, "stands outside shared_settings and is ignored.", brief(body[name]))
    shared = _settings(body[SHARED], f"{SHARED}.", reading)
    strategies = []
    if not body[STRATEGIES]:
        reading.refuse(Problem(STRATEGIES, "must have at least one strategy; got none.", []))
    for index, own in enumerate(body[STRATEGIES]):
        path = f"{STRATEGIES}.{index}"
        if isinstance(own, Mapping):
            strategies.append(_settings(own, f"{path}.", reading, shared))
        else:
            reading.refuse(Problem(path, "must be an object.", brief(own)))
    return {**DEFAULTS, **shared, "strategies": strategies}


def _settings(body: Mapping[str, Json], at: str, reading: Settings, above: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """The native keys of one object of settings; `above`: those of the settings that it overrides. null means absent."""
    body = {name: value for name, value in body.items() if value is not None}
    part = replace(reading.part(), body=body, above=above or {})
    TABLE.read(body, part, at=at)
    _from_hub(part, at)
    if part.own.get("use_lora") is True:
        part.raw.setdefault("llm_finetuning", "lora")
    reading.own |= {name: value for name, value in part.own.items() if name in OUTPUT}
    return part.raw


def _from_hub(part: Settings, at: str) -> None:
    """The data set that a name of the hub means here."""
    name = part.own.get("hf_dataset_name")
    if name is None:
        return
    if part.own.get("dataset_source") != "huggingface":
        part.warn(f"{at}hf_dataset_name", "is ignored: dataset_source is not huggingface.", name)
        return
    keyword = HUB.get(name) if isinstance(name, str) else None
    if keyword is None:
        text = f"the hub is not reached from here, and no data set of ours is {name!r}."
        hint = "Put a file into the folder of data sets and name it as dataset_keyword npz:NAME or text:NAME."
        known = sorted(name for name, keyword in HUB.items() if keyword)
        part.refuse(Problem(f"{at}hf_dataset_name", text, brief(name), known, hint))
        return
    if part.raw.get("dataset_keyword", keyword) != keyword:
        part.warn(f"{at}dataset_keyword", f"gives way to hf_dataset_name {name}.", part.raw["dataset_keyword"])
    part.raw["dataset_keyword"] = keyword


def _placed(problem: Problem, structured: bool) -> Problem:
    """The problem with its path as it stands in the body."""
    if problem.path == "strategies" or problem.path.startswith("strategies."):
        return replace(problem, path=STRATEGIES + problem.path.removeprefix("strategies"))
    return replace(problem, path=f"{SHARED}.{problem.path}") if structured else problem


def _conceded(raw: dict[str, Json], problems: list[Problem]) -> dict[str, Json]:
    """`raw` with what the door concedes to each strategy, told in `problems`; unchanged where a key is impossible, which
    parsing tells."""
    shared = {name: value for name, value in raw.items() if name != "strategies"}
    owns: list[Mapping[str, Json]] = list(raw.get("strategies") or [{}])
    changed: list[Mapping[str, Json]] = []
    unique: dict[tuple[str, str], Problem] = {}
    for index, own in enumerate(owns):
        try:
            _, made = conceded(parse(_Keys, {**shared, **own}))
        except ConfigError:
            return raw
        changed.append(changes(made))
        for concession in made:
            problem = concession.problem()
            path = f"strategies.{index}.{problem.path}" if concession.key in own else problem.path
            unique.setdefault((path, problem.message), replace(problem, path=path))
    problems += unique.values()
    everywhere = {
        name: value
        for name, value in changed[0].items()
        if all(other.get(name) == value for other in changed) and not any(name in own for own in owns)
    }
    if "strategies" not in raw:
        return {**raw, **changed[0]}
    strategies = [
        {**own, **{name: value for name, value in change.items() if name not in everywhere}}
        for own, change in zip(owns, changed, strict=True)
    ]
    return {**raw, **everywhere, "strategies": strategies}
