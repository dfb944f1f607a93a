"""What the contract's door does about rules between keys: nothing is refused for them, something is put in the place.

The original takes every body whose values are possible; its runner then refuses some. Here such a body runs: each rule has a
substitution, told as a warning with the key, which `/api/validate` answers and the log begins with. Natively the same rules
are refusals (`rules.py`). `ways` is the list; docs/contracts/federated.md has it as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from quintant.errors import Problem
from quintant.json_value import Json
from quintant.labs.federated import names
from quintant.labs.federated.config import AttackEntry, StrategyConfig
from quintant.labs.federated.names import ATTACKS, CLASSES, KRUM_FAMILY, REQUIRED
from quintant.labs.federated.requirements import most_attackers, reads_f
from quintant.labs.federated.rules import kind, unmet_by
from quintant.labs.federated.selection import wanted

VOCABULARIES = {"financial_phrasebank": "financial", "lexglue": "legal"}
"""Words that are replaced where an attack on tokens names none: those of the data, medical ones for all others."""
STAND_IN_MODEL = "distilbert-base-uncased"


@dataclass(frozen=True)
class Concession:
    """`value` stands at `key` from now on; `why` is the sentence, `before` what stood there."""

    key: str
    value: Json
    why: str
    before: Json = None
    place: str = ""
    """Where in the value of `key` it was (".0.end_round")."""

    def problem(self) -> Problem:
        return Problem(f"{self.key}{self.place}", self.why, self.before)


Way = Callable[[StrategyConfig], Iterator[Concession]]


def conceded(plan: StrategyConfig) -> tuple[StrategyConfig, list[Concession]]:
    """`plan` (its keys possible one by one) with every rule between keys met, and what was put in the place of what."""
    made: list[Concession] = []
    for way in ways:
        for concession in way(plan):
            made.append(concession)
            plan = plan.model_copy(update={concession.key: concession.value})
    return plan, made


# --- language models ---


def _language_model(plan: StrategyConfig) -> Iterator[Concession]:
    if not plan.use_llm:
        return
    if plan.model_type != "transformer" or kind(plan.dataset_keyword) == "images":
        why = f"counts as false: model_type is {plan.model_type}, dataset_keyword {plan.dataset_keyword}."
        yield Concession("use_llm", False, why, True)
        return
    if plan.llm_model is None:
        yield Concession("llm_model", STAND_IN_MODEL, f"is not given and counts as {STAND_IN_MODEL}.")
    if plan.llm_finetuning is None:
        yield Concession("llm_finetuning", "full", "is not given and counts as full.")
    if plan.llm_task is None:
        task = _task(plan)
        yield Concession("llm_task", task, f"is not given and counts as {task}.")


def _task(plan: StrategyConfig) -> str:
    return "mlm" if plan.dataset_keyword in names.LANGUAGE_MODEL_KEYWORDS else "classification"


def _without_language_model(plan: StrategyConfig) -> Iterator[Concession]:
    """llm_* keys count with use_llm only: forms send them with every body."""
    if plan.use_llm or plan.model_type != "transformer":
        return
    for name in ("llm_task", "llm_finetuning"):
        value = getattr(plan, name)
        if value is not None:
            yield Concession(name, None, "is ignored: use_llm is false.", value)


def _model(plan: StrategyConfig) -> Iterator[Concession]:
    modality = kind(plan.dataset_keyword)
    if modality == "images" and plan.model_type == "transformer":
        yield Concession("model_type", "cnn", f"counts as cnn: {plan.dataset_keyword} holds images.", "transformer")
        plan = plan.model_copy(update={"model_type": "cnn"})
    if modality == "text" and plan.model_type != "transformer":
        yield Concession(
            "model_type", "transformer", f"counts as transformer: {plan.dataset_keyword} holds text.", plan.model_type
        )
        plan = plan.model_copy(update={"model_type": "transformer"})
    if plan.model_keyword is not None and plan.model_keyword not in names.MODELS[plan.model_type]:
        why = f"is no network of {plan.model_type} here and is ignored: the data set's own is taken."
        yield Concession("model_keyword", None, why, plan.model_keyword)
    if modality == "text" and plan.llm_task not in (None, "mlm") and _task(plan) == "mlm":
        yield Concession("llm_task", "mlm", f"counts as mlm: {plan.dataset_keyword} has no labels.", plan.llm_task)


def _lora(plan: StrategyConfig) -> Iterator[Concession]:
    known = tuple(module for module in plan.lora_target_modules if module in names.LORA_MODULES)
    if known != plan.lora_target_modules:
        kept = known or ("query", "value")
        why = f"has projections that are not known here; adapted are {', '.join(kept)}."
        yield Concession("lora_target_modules", kept, why, list(plan.lora_target_modules))


# --- federation, removal, rules ---


def _fewest(plan: StrategyConfig) -> Iterator[Concession]:
    n = plan.num_of_clients
    for name in ("min_fit_clients", "min_evaluate_clients", "min_available_clients", "clients_per_round"):
        number = getattr(plan, name)
        if number is not None and number > n:
            yield Concession(name, n, f"counts as {n}: there are no more participants.", number)
            plan = plan.model_copy(update={name: n})
    if plan.strict_mode is not False and plan.filled().strict_mode:
        fewer = [name for name in ("min_fit_clients", "min_evaluate_clients", "min_available_clients")
                 if getattr(plan.filled(), name) != n]  # fmt: skip
        if fewer:
            why = f"counts as false: {', '.join(fewer)} {'are' if len(fewer) > 1 else 'is'} less than num_of_clients = {n}."
            yield Concession("strict_mode", False, why, plan.strict_mode)


def _removal(plan: StrategyConfig) -> Iterator[Concession]:
    if not plan.remove_clients:
        return
    if plan.strict_mode:
        yield Concession("strict_mode", False, "counts as false: remove_clients is true.", True)
    if plan.begin_removing_from_round >= plan.num_of_rounds:
        why = (
            f"counts as false: removal would begin in round {plan.begin_removing_from_round} of {plan.num_of_rounds}, so that "
            "nobody would be removed."
        )
        yield Concession("remove_clients", False, why, True)


def _aggregation(plan: StrategyConfig) -> Iterator[Concession]:
    keyword, exact = plan.aggregation_strategy_keyword, plan.paper_exact
    n = plan.clients_per_round or plan.num_of_clients
    if keyword == "bulyan" and not exact and plan.num_krum_selections is None:
        yield Concession("num_krum_selections", 2, "is not given and counts as 2, as InteFL has it.")
        plan = plan.model_copy(update={"num_krum_selections": 2})
    f, m = plan.num_of_malicious_clients, plan.num_krum_selections
    most = most_attackers(keyword, exact, n)
    most = most if most is not None and reads_f(keyword, exact) else plan.num_of_clients
    if f is not None and f > most:
        why = f"counts as {most}: {keyword} allows no more among {n} participants."
        yield Concession("num_of_malicious_clients", most, why, f)
        plan = plan.model_copy(update={"num_of_malicious_clients": most})
    if m is not None and keyword in (*KRUM_FAMILY, "bulyan"):
        few = n - (plan.filled().num_of_malicious_clients or 0) if keyword == "multi-krum" and exact else n
        if m > few:
            yield Concession("num_krum_selections", few, f"counts as {few}: there are no more to select.", m)
            plan = plan.model_copy(update={"num_krum_selections": few})
    unmet = unmet_by(plan.filled())
    if unmet is not None and plan.unmet_condition == "refuse":
        yield Concession(
            "unmet_condition", "average", f"counts as average, as InteFL has it: {keyword} does not hold where {unmet}."
        )


# --- the attack schedule ---


def _schedule(plan: StrategyConfig) -> Iterator[Concession]:
    """Entries one after the other; one that can never act is left out, and the places in the sentences are those asked for."""
    kept: list[AttackEntry] = []
    for index, written in enumerate(plan.attack_schedule):
        entry: AttackEntry | None = written
        for mend in (_who, _when, _with_what):
            if entry is None:
                break
            for place, value, why in mend(entry, plan, kept):
                before = getattr(entry, place) if place else written.attack_type
                entry = entry.model_copy(update={place: value}) if place else None
                now = [*kept, *([] if entry is None else [entry]), *plan.attack_schedule[index + 1 :]]
                dotted = f".{index}.{place}" if place else f".{index}"
                yield Concession("attack_schedule", tuple(now), why, before, dotted)
                if entry is None:
                    break
        kept += [] if entry is None else [entry]


Mend = Iterator[tuple[str, Json, str]]
"""(key of the entry, what stands there now, why); the key "" leaves the entry out."""


def _who(entry: AttackEntry, plan: StrategyConfig, before: list[AttackEntry]) -> Mend:
    n = plan.num_of_clients
    if entry.selection_strategy == "specific":
        ids = entry.malicious_client_ids or ()
        inside = tuple(id for id in ids if 0 <= id < n)
        if not inside:
            yield "", None, f"is left out: none of its participants {list(ids)} is among 0..{n - 1}."
        elif inside != ids:
            gone = ", ".join(str(id) for id in ids if id not in inside)
            yield "malicious_client_ids", inside, f"has ids that are not among 0..{n - 1} and are ignored: {gone}."
    elif entry.selection_strategy == "random" and (entry.malicious_client_count is None or entry.malicious_client_count > n):
        count = n if entry.malicious_client_count is not None else max(1, min(plan.num_of_malicious_clients or 1, n))
        yield "malicious_client_count", count, f"counts as {count} of the {n} participants."
    elif entry.selection_strategy == "percentage" and wanted(entry, n) < 1:
        yield "", None, f"is left out: malicious_percentage {entry.malicious_percentage} selects nobody of {n}."


def _when(entry: AttackEntry, plan: StrategyConfig, before: list[AttackEntry]) -> Mend:
    rounds = plan.num_of_rounds
    if entry.start_round > rounds:
        yield "", None, f"is left out: it begins in round {entry.start_round} of {rounds}."
        return
    if entry.end_round is not None and entry.start_round > entry.end_round:
        yield "", None, f"is left out: it ends in round {entry.end_round}, before it begins in {entry.start_round}."
        return
    if entry.end_round is not None and entry.end_round > rounds:
        yield "end_round", rounds, f"counts as {rounds}, the last round."
    # Of two entries of one type the first of the schedule counts in a round: the later one has what is left behind it.
    for other in before:
        if other.attack_type == entry.attack_type and (other.active(entry.start_round) or entry.active(other.start_round)):
            first = other.until(rounds) + 1
            if other.active(entry.start_round):
                if first > entry.until(rounds):
                    yield "", None, f"is left out: {entry.attack_type} is already active in all of its rounds."
                    return
                yield "start_round", first, f"counts as {first}: {entry.attack_type} is already active before."
                entry = entry.model_copy(update={"start_round": first})
            else:
                last = other.start_round - 1
                yield "end_round", last, f"counts as {last}: {entry.attack_type} is already active from round {last + 1} on."
                entry = entry.model_copy(update={"end_round": last})


def _with_what(entry: AttackEntry, plan: StrategyConfig, before: list[AttackEntry]) -> Mend:
    attack, modality = ATTACKS.get(entry.attack_type), kind(plan.dataset_keyword)
    if attack is None:
        return
    if (attack.on, modality) in (("images", "text"), ("tokens", "images")):
        yield "", None, f"is left out: {entry.attack_type} changes {attack.on}; {plan.dataset_keyword} holds {modality}."
        return
    if attack.on == "labels" and plan.model_type == "transformer" and plan.filled().llm_task == "mlm":
        yield "", None, f"is left out: {entry.attack_type} needs labels; masked language modelling has none."
        return
    classes = CLASSES.get(plan.dataset_keyword)
    for name in ("source_class", "target_class"):
        label = getattr(entry, name)
        if label is None and attack.keys.get(name) is REQUIRED:
            label = 1 if name == "target_class" and entry.source_class == 0 else 0
            yield name, label, f"is not given and counts as {label}."
        if label is not None and classes is not None and label >= classes:
            label = classes - 1
            yield name, label, f"counts as {label}: {plan.dataset_keyword} has {classes} classes."
        entry = entry.model_copy(update={name: label})
    if entry.source_class is not None and entry.source_class == entry.target_class and "source_class" in attack.keys:
        other = (entry.source_class + 1) % (classes or entry.source_class + 2)
        yield "target_class", other, f"counts as {other}: it must differ from source_class."
    if attack.keys.get("brightness_delta") is REQUIRED and entry.brightness_delta is None:
        yield "brightness_delta", 0.5, "is not given and counts as 0.5."
    side = names.SIDES.get(plan.dataset_keyword, 28 if plan.dataset_keyword in names.IMAGE_KEYWORDS else None)
    if entry.trigger_size is not None and side is not None and entry.trigger_size > side:
        yield "trigger_size", side, f"counts as {side}, the side of the images."
    if entry.n_malicious is not None and entry.n_total is not None and entry.n_total < entry.n_malicious:
        yield "n_total", entry.n_malicious, f"counts as {entry.n_malicious}: n_malicious are no more than all."
    listed = entry.target_token_ids is not None and entry.replacement_token_ids is not None
    if entry.attack_type == "token_replacement" and entry.target_vocabulary is None and not listed:
        vocabulary = VOCABULARIES.get(plan.dataset_keyword, "medical")
        yield "target_vocabulary", vocabulary, f"is not given and counts as {vocabulary}."


ways: tuple[Way, ...] = (
    _model, _language_model, _without_language_model, _lora, _fewest, _removal, _aggregation, _schedule,
)  # fmt: skip
"""In this order: later ones see what earlier ones put in place."""


def changes(made: list[Concession]) -> Mapping[str, Json]:
    """The keys that concessions changed, with their last values, as JSON has them."""
    values: dict[str, Json] = {}
    for concession in made:
        values[concession.key] = concession.value
    if "attack_schedule" in values:
        values["attack_schedule"] = [entry.model_dump(mode="json", exclude_unset=True) for entry in values["attack_schedule"]]
    return values
