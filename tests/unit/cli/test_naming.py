"""Which key a word of the command line means, for --set, --sweep and explain alike."""

from __future__ import annotations

import pytest

from quintant import registry
from quintant.cli import parameter, values
from quintant.cli.naming import naming
from quintant.config import json_schema, keys_of
from quintant.errors import ConfigError, NotFound

LABS = list(registry.labs().values())

SCHEMA = {
    "properties": {
        "tau_gaba_ms": {"unit": "ms"}, "lambda0_hz": {"unit": "Hz"}, "v_th_mv": {"unit": "mV"}, "seeds": {},
        "n_e": {"unit": "neurons"}, "rate_hz": {"unit": "Hz"}, "rate_ms": {"unit": "ms"}, "power_w_in": {"unit": "W"},
        "noise": {}, "noise_ms": {"unit": "ms"}, "learning_rate": {"x-synonyms": ["lr", "eta"]}, "Kp": {},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "one": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
        "shares": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "$defs": {"Part": {"type": "object", "properties": {"delay_ms": {"unit": "ms", "x-synonyms": ["latency"]}}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "path", "note"),
    [
        ("config.tau_gaba", "tau_gaba_ms", "tau_gaba is tau_gaba_ms, in ms"),
        ("lambda0", "lambda0_hz", "lambda0 is lambda0_hz, in Hz"),
        ("lr", "learning_rate", "lr is learning_rate"),
        ("Learning-Rate", "learning_rate", "Learning-Rate is learning_rate"),
        ("kp", "Kp", "kp is Kp"),
        ("parts.0.delay", "parts.0.delay_ms", "parts.0.delay is delay_ms, in ms"),
        ("one.latency", "one.delay_ms", "one.latency is delay_ms, in ms"),
        ("noise", "noise", None),
        ("shares.noise", "shares.noise", None),
        *((same, same, None) for same in ("tau", "power", "tau_gaba_ms", "tau_gaba.x", "seeds", "n", "parts.9.delay_ms")),
    ],
)
def test_a_word_means_one_key_or_stays_as_it_was_written(word, path, note):
    meant = naming(word, SCHEMA)
    assert (meant.path.replace("tau_gaba_ms.x", "tau_gaba.x"), meant.note if "." not in word or path != word else None) == (
        path,
        note,
    )


def test_a_key_that_two_units_fit_is_refused():
    with pytest.raises(ConfigError, match="rate: has no unit; the keys that have one are rate_hz, rate_ms"):
        naming("rate", SCHEMA)


def test_pairs_keep_their_values_and_tell_what_was_meant():
    assert values.named(["tau_gaba=9", "seeds=3", "lr", "=5"], SCHEMA) == (
        ["tau_gaba_ms=9", "seeds=3", "lr", "=5"],
        ["tau_gaba is tau_gaba_ms, in ms"],
    )
    pairs, _ = values.named(["tau_gaba=9", "tau_gaba_ms=8"], SCHEMA)
    with pytest.raises(ConfigError, match="is given twice"):
        values.overrides(pairs)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_explain_understands_what_set_understands(lab):
    """Every key by its name, as a body has it, in other spelling, without its unit, by each synonym, and as an assignment."""
    schema = json_schema(lab.config)
    for name, key in keys_of(lab.config).items():
        told = list(parameter.key(lab.name, schema, name))
        assert told[0].startswith(f"{name}  {key.says}"[:40])
        for word in (f"config.{name}", f"{name}=1", name.upper(), name.replace("_", "-"), *key.synonyms):
            assert list(parameter.key(lab.name, schema, word))[-len(told) :] == told
            assert values.named([f"{word.partition('=')[0]}=1"], schema)[0] == [f"{name}=1"]


@pytest.mark.parametrize(
    ("lab", "word", "path"),
    [
        ("federated", "attack_schedule.0.end_round", "attack_schedule.0.end_round"),
        ("federated", "attacks.end_round", "attack_schedule.end_round"),
        ("federated", "strategies.2.trim_ratio", "strategies.2.trim_ratio"),
        ("optical", "demand.high_gbps", "demand.high_gbps"),
        ("chip", "populations.0.threshold", "populations.0.threshold"),
        ("spiking", "populations.size", "populations.size"),
    ],
)
def test_explain_reaches_into_objects_and_lists(lab, word, path):
    schema = json_schema(registry.labs()[lab].config)
    assert [line for line in parameter.key(lab, schema, word) if line.startswith(f"{path}  ")]
    with pytest.raises(NotFound, match="no_such_key"):
        list(parameter.key(lab, schema, f"{word.rpartition('.')[0]}.no_such_key"))
