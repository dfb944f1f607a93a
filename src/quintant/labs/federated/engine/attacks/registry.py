"""Which attack type names which attack, and how one is made of a schedule entry's keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from quintant.errors import ConfigError, EngineError, Problem
from quintant.labs.federated.engine.attacks.attack import DataAttack, Target, WeightAttack
from quintant.labs.federated.engine.attacks.colluding import ALittleIsEnough, MinMax, MinSum
from quintant.labs.federated.engine.attacks.fang import FangKrum, FangTrim
from quintant.labs.federated.engine.attacks.images import BackdoorTrigger, Brightness, GaussianNoise
from quintant.labs.federated.engine.attacks.labels import LabelFlipping, TargetedLabelFlipping
from quintant.labs.federated.engine.attacks.tokens import Tokenize, TokenReplacement
from quintant.labs.federated.engine.attacks.weights import (
    AlternatingMinPoisoning,
    BoostedScaling,
    ByzantinePerturbation,
    FreeRider,
    GradientScaling,
    InnerProductManipulation,
    ModelPoisoning,
    SignFlip,
)
from quintant.labs.federated.plugins import find


def _fang(against: str = "krum", target: Target = "weights") -> WeightAttack:
    return FangKrum(target=target) if against == "krum" else FangTrim(target=target)


DATA: Mapping[str, Callable[..., DataAttack]] = {
    "label_flipping": LabelFlipping,
    "targeted_label_flipping": TargetedLabelFlipping,
    "gaussian_noise": GaussianNoise,
    "brightness": Brightness,
    "backdoor_trigger": BackdoorTrigger,
}
WEIGHTS: Mapping[str, Callable[..., WeightAttack]] = {
    "model_poisoning": ModelPoisoning,
    "gradient_scaling": GradientScaling,
    "byzantine_perturbation": ByzantinePerturbation,
    "boosted_scaling": BoostedScaling,
    "inner_product_manipulation": InnerProductManipulation,
    "alternating_min_poisoning": AlternatingMinPoisoning,
    "sign_flip": SignFlip,
    "free_rider": FreeRider,
    "alie": ALittleIsEnough,
    "min_max": MinMax,
    "min_sum": MinSum,
    "fang": _fang,
}


def attack(
    attack_type: str, keys: Mapping[str, Any], target: Target = "weights", tokenize: Tokenize | None = None
) -> DataAttack | WeightAttack:
    """The attack of a schedule entry: ours, or one that came by entry point ("attack.TYPE", called with the keys).

    `keys` are the entry's own (`AttackEntry.parameters()`), `target` is its attack_target, `tokenize` the data set's.
    """
    if attack_type in DATA:
        return DATA[attack_type](**keys)
    if attack_type in WEIGHTS:
        return WEIGHTS[attack_type](**keys, target=target)
    if attack_type == "token_replacement":
        return _token_replacement(tokenize=tokenize, **keys)
    made: Callable[..., DataAttack | WeightAttack] = find("attack", attack_type)
    try:
        return made(**keys)
    except TypeError as error:
        raise EngineError(f"attack {attack_type} cannot be made of params {dict(keys)}: {error}") from error


def _token_replacement(
    tokenize: Tokenize | None,
    target_vocabulary: str | None = None,
    replacement_strategy: str = "negative",
    replacement_prob: float = 0.2,
    target_token_ids: tuple[int, ...] | None = None,
    replacement_token_ids: tuple[int, ...] | None = None,
) -> TokenReplacement:
    if target_token_ids and replacement_token_ids:
        return TokenReplacement(tuple((id,) for id in target_token_ids), tuple(replacement_token_ids), replacement_prob)
    if target_vocabulary is None or tokenize is None:
        raise ConfigError(
            Problem("attack_schedule", "token_replacement needs target_vocabulary, or both lists of token ids, and text data.")
        )
    return TokenReplacement.of_vocabulary(target_vocabulary, replacement_strategy, replacement_prob, tokenize)


def poisons_data(made: DataAttack | WeightAttack) -> bool:
    """Whether the attack works on the samples rather than on what is sent."""
    return hasattr(made, "poison")
