"""When the keys of a strategy and of an attack are read: by which rule, policy, data and attack."""

from __future__ import annotations

from quintant.config import All, AnyOf, Condition, Given, In, Is, Meaning, Not
from quintant.config.condition import alternatives
from quintant.labs.federated.names import ATTACKS, KRUM_FAMILY, LANGUAGE_MODEL_KEYWORDS, PID_FAMILY, STRATEGIES

RULE = "aggregation_strategy_keyword"
OWN_RULE = Meaning("the rule is your own", Not(In(RULE, *STRATEGIES)))
"""A rule that came by entry point may read all that rules are given."""
EXACT, AS_INTEFL = Is("paper_exact", True), Is("paper_exact", False)


def rules(*names: str) -> Condition:
    """Of what these rules read."""
    return Meaning(f"the rule is {alternatives(names)}, or your own", AnyOf(In(RULE, *names), OWN_RULE))


# --- aggregation ---

EXPECTS_ATTACKERS = Meaning(
    "the rule reckons with a number of attackers: krum; multi-krum, multi-krum-based and bulyan with paper_exact; rfa that "
    "removes; or your own",
    AnyOf(
        Is(RULE, "krum"),
        All(In(RULE, "multi-krum", "multi-krum-based", "bulyan"), EXACT),
        All(Is(RULE, "rfa"), AS_INTEFL, Is("remove_clients", True)),
        OWN_RULE,
    ),
)
DIFFERS_FROM_PAPER = Meaning(
    "InteFL and the paper differ (multi-krum, multi-krum-based, bulyan, rfa, arkrum, krum that removes), "
    "or the rule is your own",
    AnyOf(
        In(RULE, "multi-krum", "multi-krum-based", "bulyan", "rfa", "arkrum"),
        All(Is(RULE, "krum"), Is("remove_clients", True)),
        OWN_RULE,
    ),
)
SELECTS = Meaning(
    "the rule selects so many: multi-krum, multi-krum-based, bulyan without paper_exact, or your own",
    AnyOf(In(RULE, "multi-krum", "multi-krum-based"), All(Is(RULE, "bulyan"), AS_INTEFL), OWN_RULE),
)
CONDITIONED = Meaning(
    "the rule holds under a condition on n: krum, multi-krum, multi-krum-based, bulyan, or your own",
    AnyOf(In(RULE, *KRUM_FAMILY, "bulyan"), OWN_RULE),
)
TRIMMED, TRUST, PID = rules("trimmed_mean"), rules("trust"), rules(*PID_FAMILY)

# --- removal ---

REMOVAL = Is("remove_clients", True)
REMOVER = Meaning(
    "the rule removes: multi-krum-based, trust, a pid, krum and rfa without paper_exact, or your own",
    AnyOf(In(RULE, "multi-krum-based", "trust", *PID_FAMILY), All(In(RULE, "krum", "rfa"), AS_INTEFL), OWN_RULE),
)
REMOVES = All(REMOVAL, REMOVER)

# --- data and models ---

TEXT = Is("model_type", "transformer")
MASKING = Meaning(
    "llm_task is mlm, or null and the data have no labels",
    AnyOf(Is("llm_task", "mlm"), All(Is("llm_task", None), In("dataset_keyword", *LANGUAGE_MODEL_KEYWORDS))),
)
MASKED, LABELLED = All(TEXT, MASKING), All(TEXT, Not(MASKING))
LORA = All(TEXT, Is("llm_finetuning", "lora"))

# --- attacks ---

ATTACKED = Given("attack_schedule")
SNAPSHOTS = All(ATTACKED, Is("save_attack_snapshots", True))
OWN_ATTACK = Meaning("the attack is your own", Not(In("attack_type", *ATTACKS)))
ON_WEIGHTS = In("attack_type", *(name for name, kind in ATTACKS.items() if kind.on == "weights"))
DRAWN = In("selection_strategy", "random", "percentage")


def attacks(key: str) -> Condition:
    """Of the attacks that have a key of this name."""
    return In("attack_type", *(name for name, kind in ATTACKS.items() if key in kind.keys))


def chosen(strategy: str) -> Condition:
    return Is("selection_strategy", strategy)
