"""Attacks: what malicious participants do to their data or to what they send.

`attack` says what an attack gets and gives; `registry.attack(type, keys)` builds one of a schedule entry's keys.
"""

from quintant.labs.federated.engine.attacks.attack import DataAttack, Poisoned, Samples, Scene, WeightAttack

__all__ = ["DataAttack", "Poisoned", "Samples", "Scene", "WeightAttack"]
