"""What no single key can know: which combinations are impossible, which are doubtful, each with its reason.

Native configs come here through `StrategyConfig.check`, bodies of the contract through `contract.decode`: one validator.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from quintant.config import keys_of, suggest
from quintant.errors import Problem
from quintant.labs.federated import names, plugins
from quintant.labs.federated.names import ATTACKS, CLASSES, PID_FAMILY, REQUIRED
from quintant.labs.federated.requirements import most_attackers, reads_f, unmet
from quintant.labs.federated.selection import most_at_once, wanted

if TYPE_CHECKING:
    from quintant.labs.federated.config import AttackEntry, StrategyConfig

CHOICE = {
    "specific": "malicious_client_ids",
    "random": "malicious_client_count",
    "percentage": "malicious_percentage",
}
LARGEST_MATRIX_BYTES = 4 << 30
"""What the weights of all participants of a round may take."""


def broken(plan: StrategyConfig) -> Iterator[Problem]:
    """Every rule that `plan` breaks, by the keys that are read."""
    unknown = list(_names(plan))
    yield from unknown
    if unknown:
        return
    plan = counted(plan)
    yield from _federation(plan)
    yield from _aggregation(plan)
    yield from _removal(plan)
    yield from _data(plan)
    yield from _language_model(plan)
    yield from _schedule(plan)


HELD_TOGETHER = frozenset({"min_fit_clients", "min_evaluate_clients", "min_available_clients", "use_llm", "llm_model"})
"""Statements that are held against num_of_clients, strict_mode and model_type whether anything else reads them."""


def counted(plan: StrategyConfig) -> StrategyConfig:
    """`plan` with its default in the place of every key that nothing reads: a key counts only with its switch."""
    schedule = tuple(entry.model_copy(update=_unread(entry, plan)) for entry in plan.attack_schedule)
    return plan.model_copy(update={**_unread(plan, plan), "attack_schedule": schedule})


def _unread(part: StrategyConfig | AttackEntry, plan: StrategyConfig) -> dict[str, Any]:
    """The keys of `part` that nothing reads, with their defaults."""
    idle = (name for name, known in keys_of(type(part)).items() if known.when is not None and not known.when.holds(part, plan))
    return {
        name: type(part).model_fields[name].get_default(call_default_factory=True) for name in idle if name not in HELD_TOGETHER
    }


def doubtful(plan: StrategyConfig) -> Iterator[Problem]:
    """What is accepted but should be known."""
    plan = counted(plan)
    n, keyword = plan.num_of_clients, plan.aggregation_strategy_keyword
    filled = plan.filled()
    f = most_at_once(plan.attack_schedule, n) if plan.num_of_malicious_clients is None else plan.num_of_malicious_clients
    yield from _undefended(plan, f)
    if keyword in PID_FAMILY and plan.remove_clients and plan.num_std_dev >= math.sqrt(n - 1):
        yield Problem(
            "num_std_dev", f"can never fire: among {n} values the largest z-score is {math.sqrt(n - 1):.3f}.", plan.num_std_dev,
            hint=f"Take less than {math.sqrt(n - 1):.2f}.",
        )  # fmt: skip
    if keyword in ("multi-krum", "multi-krum-based") and not plan.paper_exact and (filled.num_krum_selections or 2) <= 2:
        yield Problem(
            "num_krum_selections", "scores on num_krum_selections - 2 neighbours: here on the single nearest one.",
            filled.num_krum_selections, hint="Take 3 or more, or paper_exact.",
        )  # fmt: skip
    if plan.remove_clients and plan.termination_policy == "strict" and filled.min_fit_clients == n:
        yield Problem(
            "termination_policy", "strict stops at the first removal while min_fit_clients equals num_of_clients.", "strict",
            hint="Lower min_fit_clients to go on for longer.",
        )  # fmt: skip
    if keyword == "trust" and plan.remove_clients and not plan.attack_schedule:
        yield Problem(
            "aggregation_strategy_keyword", "trust removes the lowest at begin_removing_from_round, attackers or not.", keyword
        )
    if keyword == "trust" and plan.beta_value > 1:
        yield Problem("beta_value", "weighs the newest trust; more than 1 overshoots.", plan.beta_value)
    if keyword in ("rfa", "median", "trimmed_mean") and 2 * f >= n:
        yield Problem(
            "num_of_malicious_clients", f"{keyword} holds against fewer than half: {f} of {n} can move it anywhere.", f
        )
    if keyword == "trimmed_mean" and int(plan.trim_ratio * n) < f:
        yield Problem(
            "trim_ratio", f"cuts {int(plan.trim_ratio * n)} at each end, and there are {f} attackers.", plan.trim_ratio,
            hint=f"Take at least {math.ceil(100 * f / n) / 100:g}." if 2 * f < n else None,
        )  # fmt: skip
    if plan.training_subset_fraction == 1:
        yield Problem(
            "training_subset_fraction", "leaves no validation part: loss and accuracy of participants are not collected.", 1.0
        )
    if plan.training_device == "gpu":
        yield Problem("training_device", "is the GPU: results are the same bits on the same device only.", "gpu")
    if plan.dataset_keyword in names.SUBSTITUTES:
        yield Problem(
            "dataset_keyword", f"{plan.dataset_keyword} is not in any package: {names.SUBSTITUTES[plan.dataset_keyword]} "
            "stands for it, unless its file is provided.", plan.dataset_keyword,
        )  # fmt: skip
    for index, entry in enumerate(plan.attack_schedule):
        if entry.attack_type == "boosted_scaling" and entry.attack_target == "weights":
            yield Problem(
                f"attack_schedule.{index}.attack_target", "scales whole weights; model replacement scales the update.",
                "weights", hint="Take attack_target update.",
            )  # fmt: skip


def _undefended(plan: StrategyConfig, attackers: int) -> Iterator[Problem]:
    """Where the rule does not do what its name says: it averages, or reckons with fewer than attack."""
    filled, keyword = plan.filled(), plan.aggregation_strategy_keyword
    why = unmet_by(filled)
    if why is not None:
        yield Problem(
            "unmet_condition", f"{why}: {keyword} cannot be applied, and every round is averaged without a defence.",
            plan.unmet_condition,
        )  # fmt: skip
    elif (
        reads_f(keyword, plan.paper_exact)
        and plan.num_of_malicious_clients is None
        and (filled.num_of_malicious_clients or 0) < attackers
    ):
        yield Problem(
            "num_of_malicious_clients", f"{attackers} attack in one round, more than {keyword} allows among "
            f"{filled.clients_per_round}: it reckons with {filled.num_of_malicious_clients}.", attackers,
        )  # fmt: skip


def unmet_by(filled: StrategyConfig) -> str | None:
    """Which condition of its rule a filled plan does not meet."""
    return unmet(
        filled.aggregation_strategy_keyword, filled.paper_exact, filled.clients_per_round or filled.num_of_clients,
        filled.num_of_malicious_clients or 0, filled.num_krum_selections or 2,
    )  # fmt: skip


# --- names ---


def _names(plan: StrategyConfig) -> Iterator[Problem]:
    yield from _known(
        "aggregation_strategy_keyword", plan.aggregation_strategy_keyword, (*names.STRATEGIES, *plugins.points("rule"))
    )
    if not plan.dataset_keyword.startswith((names.OWN_IMAGES, names.OWN_TEXT)):
        yield from _known("dataset_keyword", plan.dataset_keyword, (*names.DATASETS, *plugins.points("dataset")))
    elif not plan.dataset_keyword.partition(":")[2].replace("-", "").replace("_", "").isalnum():
        yield Problem(
            "dataset_keyword", f"names a file by letters, digits, - and _ after the colon; got {plan.dataset_keyword!r}.",
            plan.dataset_keyword,
        )  # fmt: skip
    for index, entry in enumerate(plan.attack_schedule):
        yield from _known(f"attack_schedule.{index}.attack_type", entry.attack_type, (*ATTACKS, *plugins.points("attack")))


def _known(path: str, name: str, known: tuple[str, ...]) -> Iterator[Problem]:
    if name not in known:
        yield Problem(path, f"must be one of {', '.join(known)}; got {name!r}.", name, list(known), suggest(name, known))


# --- federation, aggregation, removal ---


def _federation(plan: StrategyConfig) -> Iterator[Problem]:
    n, filled = plan.num_of_clients, plan.filled()
    for path in ("min_fit_clients", "min_evaluate_clients", "min_available_clients"):
        least = getattr(filled, path)
        if least > n:
            yield Problem(path, f"must be at most num_of_clients = {n}; got {least}.", least, {"maximum": n})
        elif filled.strict_mode and least != n:
            yield Problem(
                path, f"must equal num_of_clients = {n} in strict_mode; got {least}.", least, [n],
                "Set strict_mode to false to allow fewer.",
            )  # fmt: skip
    if plan.clients_per_round is not None and plan.clients_per_round > n:
        yield Problem(
            "clients_per_round", f"must be at most num_of_clients = {n}; got {plan.clients_per_round}.", plan.clients_per_round,
            {"maximum": n},
        )  # fmt: skip
    if plan.num_of_malicious_clients is not None and plan.num_of_malicious_clients > n:
        yield Problem(
            "num_of_malicious_clients", f"must be at most num_of_clients = {n}; got {plan.num_of_malicious_clients}.",
            plan.num_of_malicious_clients, {"maximum": n},
        )  # fmt: skip


def _aggregation(plan: StrategyConfig) -> Iterator[Problem]:
    keyword, filled = plan.aggregation_strategy_keyword, plan.filled()
    n, f, m = filled.clients_per_round or plan.num_of_clients, filled.num_of_malicious_clients or 0, plan.num_krum_selections
    most = most_attackers(keyword, plan.paper_exact, n)
    why = unmet_by(filled) if plan.unmet_condition == "refuse" else None
    if why is not None and most is None:
        yield Problem(
            "num_krum_selections", f"bulyan cannot be applied: {why}.", m,
            hint="Choose n - m = 2, paper_exact, or unmet_condition average.",
        )  # fmt: skip
    elif why is not None:
        yield _too_many(keyword, n, f, most or 0)
    if m is not None and m > n:
        yield Problem("num_krum_selections", f"must be at most the {n} participants; got {m}.", m, {"maximum": n})
    if keyword == "multi-krum" and plan.paper_exact and m is not None and m > n - f:
        yield Problem("num_krum_selections", f"must be at most n - f = {n - f}; got {m}.", m, {"maximum": n - f})


def _too_many(keyword: str, n: int, f: int, most: int) -> Problem:
    rule, least = ("n >= 4f + 3", 4 * f + 3) if keyword == "bulyan" else ("n > 2f + 2", 2 * f + 3)
    allows = f"allow {most} attacker{'' if most == 1 else 's'}" if n >= 3 else "are too few"
    message, hint = f"{keyword} needs {rule}: {n} participants {allows}, got {f}.", f"Take at least {least} participants."
    if n < 3:
        return Problem("num_of_clients", message, n, {"minimum": 3}, hint)
    return Problem("num_of_malicious_clients", message, f, {"maximum": most}, hint)


def _removal(plan: StrategyConfig) -> Iterator[Problem]:
    if not plan.remove_clients:
        return
    filled = plan.filled()
    if plan.begin_removing_from_round >= plan.num_of_rounds:
        yield Problem(
            "begin_removing_from_round", f"must be less than num_of_rounds = {plan.num_of_rounds}: removal would never act; "
            f"got {plan.begin_removing_from_round}.", plan.begin_removing_from_round,
            {"exclusiveMaximum": plan.num_of_rounds},
        )  # fmt: skip
    if filled.strict_mode:
        yield Problem(
            "strict_mode",
            "must be false when remove_clients is true: it wants every participant in every round.",
            True,
            [False],
        )


# --- data and model ---


def kind(keyword: str) -> str | None:
    """ "images" or "text"; None for a data set of an entry point, which says so itself when it is loaded."""
    if keyword in names.IMAGE_KEYWORDS or keyword.startswith(names.OWN_IMAGES):
        return "images"
    if keyword in names.TEXT_KEYWORDS or keyword.startswith(names.OWN_TEXT):
        return "text"
    return None


def _data(plan: StrategyConfig) -> Iterator[Problem]:
    modality = kind(plan.dataset_keyword)
    if modality == "images" and plan.model_type == "transformer":
        yield Problem(
            "model_type", f"transformer reads text; {plan.dataset_keyword} holds images.", "transformer",
            ["cnn", "mlp", "logistic"],
        )  # fmt: skip
    if modality == "text" and plan.model_type != "transformer":
        yield Problem(
            "model_type",
            f"{plan.model_type} reads images; {plan.dataset_keyword} holds text.",
            plan.model_type,
            ["transformer"],
        )
    if modality == "images" and plan.use_llm:
        yield Problem("use_llm", f"needs text; {plan.dataset_keyword} holds images.", True, [False])
    networks = names.MODELS[plan.model_type]
    if plan.model_keyword is not None and plan.model_keyword not in networks:
        yield Problem(
            "model_keyword", f"must be {'one of ' + ', '.join(networks) if networks else 'null'} for model_type "
            f"{plan.model_type}; got {plan.model_keyword!r}.", plan.model_keyword, list(networks),
            suggest(plan.model_keyword, networks),
        )  # fmt: skip
    yield from _partitioner(plan)


def _partitioner(plan: StrategyConfig) -> Iterator[Problem]:
    name, n, params = plan.partitioning_strategy, plan.num_of_clients, plan.partitioning_params
    known = {**names.PARTITIONER_KEYS[name], "seed": None}
    for word in params:
        if word not in known:
            yield Problem(
                f"partitioning_params.{word}", f"is not a key of {name}.", params[word], sorted(known), suggest(word, known)
            )
    for word, default in known.items():
        if default is REQUIRED and word not in params:
            yield Problem(f"partitioning_params.{word}", f"is required by {name}.")
    for word, value in params.items():
        if word in known and value is not None:
            yield from _partitioner_key(f"partitioning_params.{word}", word, value, n)


WHOLE_AT_LEAST = {
    "num_classes_per_partition": 1, "num_shards_per_partition": 1, "group_size": 1, "min_partition_size": 0, "seed": 0,
}  # fmt: skip


def _partitioner_key(path: str, word: str, value: Any, n: int) -> Iterator[Problem]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    least = WHOLE_AT_LEAST.get(word)
    if word == "alpha" and not (number and value > 0):
        yield Problem(path, f"must be greater than 0; got {value!r}.", value, {"exclusiveMinimum": 0})
    elif word == "strictness" and not (number and 0 <= value <= 1):
        yield Problem(path, f"must be in 0..1; got {value!r}.", value, {"minimum": 0, "maximum": 1})
    elif least is not None and not (number and float(value).is_integer() and value >= least):
        yield Problem(path, f"must be an integer of at least {least}; got {value!r}.", value, {"minimum": least})
    elif word == "over" and value not in ("participants", "classes"):
        yield Problem(path, f"must be participants or classes; got {value!r}.", value, ["participants", "classes"])
    elif word == "self_balancing" and not isinstance(value, bool):
        yield Problem(path, f"must be true or false; got {value!r}.", value)
    elif word == "partition_sizes":
        yield from _sizes(path, value, n)
    elif word == "distribution":
        yield from _shares(path, value, n)


def _sizes(path: str, value: Any, n: int) -> Iterator[Problem]:
    if not (isinstance(value, (list, tuple)) and all(type(size) is int and size >= 1 for size in value)):
        yield Problem(path, "must be a list of integers of at least 1.", value)
    elif len(value) != n:
        yield Problem(path, f"must have one size for each of the {n} participants; got {len(value)}.", value)


def _shares(path: str, value: Any, n: int) -> Iterator[Problem]:
    rows = value if isinstance(value, (list, tuple)) else ()
    good = all(
        isinstance(row, (list, tuple)) and row and all(isinstance(x, (int, float)) and x >= 0 for x in row) and sum(row) > 0
        for row in rows
    )
    if not good or len(rows) != n or len({len(row) for row in rows}) != 1:
        yield Problem(path, f"must be {n} rows, one per participant, of non-negative shares of each class.", value)


def _language_model(plan: StrategyConfig) -> Iterator[Problem]:
    if plan.use_llm:
        if plan.model_type != "transformer":
            yield Problem(
                "model_type", f"must be transformer when use_llm is true; got {plan.model_type!r}.", plan.model_type,
                ["transformer"],
            )  # fmt: skip
        for path in ("llm_model", "llm_finetuning", "llm_task"):
            if getattr(plan, path) is None:
                yield Problem(path, "is required when use_llm is true.")
    only_mlm = plan.dataset_keyword in names.LANGUAGE_MODEL_KEYWORDS
    if only_mlm and plan.model_type == "transformer" and plan.llm_task not in ("mlm", None):
        yield Problem(
            "llm_task", f"must be mlm: {plan.dataset_keyword} has no labels; got {plan.llm_task!r}.", plan.llm_task, ["mlm"]
        )
    bad = [module for module in plan.lora_target_modules if module not in names.LORA_MODULES]
    if plan.llm_finetuning == "lora" and bad:
        yield Problem(
            "lora_target_modules", f"must be among {', '.join(names.LORA_MODULES)}; got {bad[0]!r}.", bad,
            sorted(names.LORA_MODULES), suggest(bad[0], names.LORA_MODULES),
        )  # fmt: skip


# --- the attack schedule ---


def _schedule(plan: StrategyConfig) -> Iterator[Problem]:
    for index, entry in enumerate(plan.attack_schedule):
        path = f"attack_schedule.{index}"
        yield from _rounds(path, entry, plan.num_of_rounds)
        yield from _choice(path, entry, plan.num_of_clients)
        yield from _own_keys(path, entry)
        yield from _fits(path, entry, plan)
        for earlier, other in enumerate(plan.attack_schedule[:index]):
            if other.attack_type == entry.attack_type and _overlap(other, entry):
                yield Problem(
                    f"{path}.start_round", f"{entry.attack_type} is already active in rounds {other.start_round} to "
                    f"{other.until(plan.num_of_rounds)} (entry {earlier}); one entry per type and round.", entry.start_round,
                )  # fmt: skip


def _overlap(earlier: AttackEntry, later: AttackEntry) -> bool:
    return earlier.active(later.start_round) or later.active(earlier.start_round)


def _rounds(path: str, entry: AttackEntry, rounds: int) -> Iterator[Problem]:
    if entry.end_round is None:
        if entry.start_round > rounds:
            yield Problem(
                f"{path}.start_round", f"must be at most num_of_rounds = {rounds}; got {entry.start_round}.",
                entry.start_round, {"maximum": rounds},
            )  # fmt: skip
        return
    if entry.start_round > entry.end_round:
        yield Problem(
            f"{path}.start_round", f"must be at most end_round = {entry.end_round}; got {entry.start_round}.", entry.start_round
        )
    if entry.end_round > rounds:
        yield Problem(
            f"{path}.end_round", f"must be at most num_of_rounds = {rounds}; got {entry.end_round}.", entry.end_round,
            {"maximum": rounds},
        )  # fmt: skip


def _choice(path: str, entry: AttackEntry, n: int) -> Iterator[Problem]:
    needed = CHOICE[entry.selection_strategy]
    if getattr(entry, needed) is None:
        yield Problem(f"{path}.{needed}", f"is required by selection_strategy {entry.selection_strategy}.")
        return
    outside = [id for id in entry.malicious_client_ids or () if not 0 <= id < n]
    if outside:
        yield Problem(
            f"{path}.malicious_client_ids", f"must be within 0..{n - 1}; got {outside[0]}.", outside,
            {"minimum": 0, "maximum": n - 1},
        )  # fmt: skip
    elif not 1 <= wanted(entry, n) <= n:
        yield Problem(
            f"{path}.{needed}", f"must select 1 to {n} participants; selects {wanted(entry, n)}.", getattr(entry, needed)
        )


def _own_keys(path: str, entry: AttackEntry) -> Iterator[Problem]:
    kind = ATTACKS.get(entry.attack_type)
    if kind is None:
        return
    for name, default in kind.keys.items():
        if default is REQUIRED and getattr(entry, name) is None:
            yield Problem(f"{path}.{name}", f"is required by {entry.attack_type}.")
    if entry.attack_type == "token_replacement":
        listed = entry.target_token_ids is not None and entry.replacement_token_ids is not None
        if entry.target_vocabulary is None and not listed:
            yield Problem(
                f"{path}.target_vocabulary", "is required by token_replacement.", None, ["medical", "financial", "legal"],
                "Or give target_token_ids and replacement_token_ids.",
            )  # fmt: skip
    if entry.n_malicious is not None and entry.n_total is not None and entry.n_total < entry.n_malicious:
        yield Problem(
            f"{path}.n_total", f"must be at least n_malicious = {entry.n_malicious}; got {entry.n_total}.", entry.n_total
        )


def _fits(path: str, entry: AttackEntry, plan: StrategyConfig) -> Iterator[Problem]:
    """Whether the attack works on the data of the plan."""
    attack, modality = ATTACKS.get(entry.attack_type), kind(plan.dataset_keyword)
    if attack is None:
        return
    if attack.on == "images" and modality == "text":
        yield Problem(
            f"{path}.attack_type", f"{entry.attack_type} changes images; {plan.dataset_keyword} holds text.", entry.attack_type
        )
    if attack.on == "tokens" and modality == "images":
        yield Problem(
            f"{path}.attack_type", f"{entry.attack_type} changes text; {plan.dataset_keyword} holds images.", entry.attack_type
        )
    if attack.on == "labels" and plan.filled().llm_task == "mlm":
        yield Problem(
            f"{path}.attack_type", f"{entry.attack_type} needs labels; masked language modelling has none.", entry.attack_type
        )
    classes = CLASSES.get(plan.dataset_keyword)
    for name in ("source_class", "target_class"):
        value = getattr(entry, name)
        if value is not None and classes is not None and value >= classes:
            yield Problem(
                f"{path}.{name}", f"must be less than the {classes} classes of {plan.dataset_keyword}; got {value}.", value,
                {"exclusiveMaximum": classes},
            )  # fmt: skip
    if entry.source_class is not None and entry.source_class == entry.target_class:
        yield Problem(f"{path}.target_class", "must differ from source_class.", entry.target_class)
    side = names.SIDES.get(plan.dataset_keyword, 28 if plan.dataset_keyword in names.IMAGE_KEYWORDS else None)
    if entry.trigger_size is not None and side is not None and entry.trigger_size > side:
        yield Problem(
            f"{path}.trigger_size", f"must be at most the image's side of {side} pixels; got {entry.trigger_size}.",
            entry.trigger_size, {"maximum": side},
        )  # fmt: skip
