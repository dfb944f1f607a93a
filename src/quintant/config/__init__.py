"""Config: the validated, frozen input of one Run, and the one strict parser that makes it.

key.py             `key(...)`: what is known of a parameter, said once, where it is declared; model.py: Config and Part
condition.py       when a key is read: `when=Is("neuron_model", "adex")`
applicability.py   what follows from it: keys that were given and are not read are told
parse.py           JSON → Config, strictly; the canonical text and its hash
problems.py        every fault as a sentence; suggestion.py: the word that was probably meant
schema.py          JSON Schema with units, groups, sources, conditions (`x-when`), order and named branches
"""

from __future__ import annotations

from quintant.config.condition import Above, All, AnyOf, Condition, Given, Has, In, Is, Meaning, Never, Not, Some
from quintant.config.key import Key, drawn_from, key, keys_of
from quintant.config.model import Config, Part
from quintant.config.parse import canonical, config_hash, parse, unfinite
from quintant.config.schema import json_schema
from quintant.config.suggestion import Suggestions, suggest

__all__ = [
    "Above", "All", "AnyOf", "Condition", "Config", "Given", "Has", "In", "Is", "Key", "Meaning", "Never", "Not", "Part",
    "Some", "Suggestions", "canonical", "config_hash", "drawn_from", "json_schema", "key", "keys_of", "parse", "suggest",
    "unfinite",
]  # fmt: skip
