"""Attacks: what malicious participants do to their data or to what they send.

`attack` says what an attack gets and gives; `registry.attack(type, keys)` builds one of a schedule entry's keys.
"""

from quintant.labs.federated.engine.attacks.attack import Aim, DataAttack, Poisoned, Samples, Scene, WeightAttack
from quintant.labs.federated.engine.attacks.registry import attack as make
from quintant.labs.federated.engine.attacks.registry import poisons_data

__all__ = ["Aim", "DataAttack", "Poisoned", "Samples", "Scene", "WeightAttack", "make", "poisons_data"]
