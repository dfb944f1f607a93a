"""From a request body to a SpikingConfig, by the table of keys; what the table cannot say is a rule or two here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.errors import Problem
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract.keys import RUN, TABLE, WEIGHTS
from quintant.wire.reader import Reading


@dataclass(frozen=True)
class Request:
    """A body understood. `own_keys`: native keys that it names; `ignored`: paths of what has no effect, in the order of the
    body, each with a warning. `doubts`: what is accepted but should be known, in the words of the wire."""

    config: SpikingConfig
    performance_mode: bool
    max_spikes: int | None
    own_keys: tuple[str, ...]
    ignored: tuple[str, ...]
    warnings: tuple[Problem, ...]
    doubts: tuple[Problem, ...]


def decode(body: Mapping[str, Any]) -> Request:
    """A body of /run."""
    return _decoded(body, RUN)


def decode_weights(body: Mapping[str, Any]) -> Request:
    """A body of /weights, which knows `config` and `weights` only."""
    return _decoded(body, WEIGHTS)


def _decoded(body: Mapping[str, Any], sections: tuple[str, ...]) -> Request:
    reading = Reading()
    if body.get("graph") is not None:
        text = "is not supported: this service answers the documented contract, whose requests are config, inputs and weights."
        reading.refuse(Problem("graph", text, hint="Write the graph's values into those three."))
    TABLE.read({name: value for name, value in body.items() if name != "graph"}, reading, sections)
    if reading.raw.get("neuron_model", "lif") == "lif":
        reading.raw["precision"] = "single"  # the arithmetic of the original's lif
    config = TABLE.config_of(reading)
    return Request(config, **reading.own, own_keys=tuple(reading.given), ignored=tuple(reading.ignored),
                   warnings=tuple(reading.warnings), doubts=tuple(_doubts(config, reading.given)))  # fmt: skip


def _doubts(config: SpikingConfig, own_keys: Collection[str]) -> Iterator[Problem]:
    """Warnings, and keys that nothing reads where they differ from their defaults: the original's page sends every key."""
    for doubt in config.warnings():
        yield TABLE.on_the_wire(doubt)
    named = set(own_keys)
    for doubt in config.unread(own_keys):
        first, *deeper = doubt.path.split(".")
        if first in named and (deeper or getattr(config, first) != SpikingConfig.model_fields[first].get_default()):
            yield TABLE.on_the_wire(doubt)


def warnings_header(doubts: Sequence[Problem], longest: int = 2000) -> str:
    """`inputs.sine_amp: takes the input to -0.3, …; …`: plain ASCII, cut with a count when there are too many."""
    sentences = [
        "".join(c if c.isascii() and c.isprintable() else "?" for c in f"{doubt.path}: {doubt.message}") for doubt in doubts
    ]
    kept, text = list(sentences), "; ".join(sentences)
    while len(text) > longest:
        kept.pop()
        text = "; ".join([*kept, f"and {len(sentences) - len(kept)} more"])
    return text


def ignored_header(paths: tuple[str, ...], longest: int = 2000) -> str:
    """`config.foo, inputs.bar`: plain ASCII, cut with a count when there are too many."""
    kept = list(_printable(paths[:longest]))
    text = ", ".join(kept)
    while len(text) > longest:
        kept.pop()
        text = ", ".join([*kept, f"and {len(paths) - len(kept)} more"])
    return text


def _printable(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        yield "".join(c if c.isascii() and c.isprintable() and c != "," else "?" for c in path)[:200]
