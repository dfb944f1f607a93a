"""Who is in the network: populations with their places, and every neuron's number.

A neuron has two numbers. Its index counts through the populations as they are declared; results are told by it. Its global id
is the chip's: populations stand in descending order of connection ends (a connection counts once for its source and once for
its target), as declared among equals. Ids decide in which order STDP visits neurons, and the noise that each one sees.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from quintant.labs.chip.packed import unpack

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig, Population

Array = np.ndarray[Any, Any]


class Parameters(NamedTuple):
    """What may differ between the neurons of a population, of one neuron."""

    threshold: int
    resting: int
    voltage_decay: int
    current_decay: int
    bias: int
    v_min: int


@dataclass(frozen=True)
class Place:
    """A population: indices first … first + size - 1, global ids first_id … first_id + size - 1."""

    population: Population
    first: int
    first_id: int

    @property
    def label(self) -> str:
        return self.population.label

    @property
    def size(self) -> int:
        return self.population.size

    def each(self, name: str) -> Array:
        """One of `Parameters`, neuron by neuron [size], int64: the neuron's own, else the population's."""
        own = None if self.population.values is None else getattr(self.population.values, name)
        return np.full(self.size, getattr(self.population, name), np.int64) if own is None else unpack(own)

    def parameters(self) -> list[Parameters]:
        return [Parameters(*row) for row in zip(*(self.each(name).tolist() for name in Parameters._fields), strict=True)]


@dataclass(frozen=True)
class Places:
    """All populations, as declared."""

    places: tuple[Place, ...]

    @cached_property
    def neurons(self) -> int:
        return sum(place.size for place in self.places)

    @cached_property
    def _by_label(self) -> dict[str, Place]:
        return {place.label: place for place in self.places}

    def __getitem__(self, label: str) -> Place:
        return self._by_label[label]

    @cached_property
    def id_order(self) -> Array:
        """Positions of the populations in the order of their ids [populations], int64."""
        return np.argsort(np.array([place.first_id for place in self.places], np.int64))

    @property
    def by_id(self) -> list[Place]:
        return [self.places[at] for at in self.id_order]

    @cached_property
    def ids(self) -> Array:
        """Global id of each neuron, by index [neurons], int32."""
        return np.concatenate([np.arange(place.first_id, place.first_id + place.size, dtype=np.int32) for place in self.places])

    @cached_property
    def population_of(self) -> Array:
        """Position of its population of each neuron, by index [neurons], int32."""
        sizes = [place.size for place in self.places]
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    @cached_property
    def local(self) -> Array:
        """Index within its population of each neuron, by index [neurons], int32."""
        return np.concatenate([np.arange(place.size, dtype=np.int32) for place in self.places])


def places(config: ChipConfig) -> Places:
    ends: Counter[str] = Counter()
    for connection in config.connections:
        ends[connection.source] += 1
        ends[connection.target] += 1
    order = sorted(range(len(config.populations)), key=lambda at: -ends[config.populations[at].label])
    first_id: dict[int, int] = {}
    taken = 0
    for at in order:
        first_id[at] = taken
        taken += config.populations[at].size
    laid_out, first = [], 0
    for at, population in enumerate(config.populations):
        laid_out.append(Place(population, first, first_id[at]))
        first += population.size
    return Places(tuple(laid_out))
