"""Input from outside, as changes of the neurons' input registers: at the beginning of `step`, `neuron` takes `value`.

A register holds one current: of several stimuli on a neuron at a step, the last in the list is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.engine import draws
from quintant.labs.chip.engine.compiled import compiled

if TYPE_CHECKING:
    from quintant.labs.chip.config import Stimulus
    from quintant.labs.chip.engine.places import Places

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Changes:
    """In the order of steps [changes]: step int64, neuron int32 (index), value int64. Registers start at 0."""

    step: Array
    neuron: Array
    value: Array


def spans(stimuli: Sequence[Stimulus], places: Places, timesteps: int, seed: int) -> tuple[Array, Array, Array, Array]:
    """The stimuli as (neuron, start, stop, current), each an int64 array, in the order of the list. `seed`: of those that
    act with a probability; how many are drawn depends on it."""
    columns = [_spans(stimulus, places, timesteps, draws.mixed(seed, at)) for at, stimulus in enumerate(stimuli)]
    if not columns:
        columns = [(np.empty(0, np.int64),) * 4]
    neuron, start, stop, current = (np.concatenate([part[i] for part in columns]) for i in range(4))
    return neuron, start, stop, current


def _spans(stimulus: Stimulus, places: Places, timesteps: int, seed: int) -> tuple[Array, Array, Array, Array]:
    place = places[stimulus.population]
    stop = timesteps if stimulus.stop is None else min(stimulus.stop, timesteps)
    if stimulus.events is not None:
        step, neuron = np.array(stimulus.events, np.int64).reshape(-1, 2).T
        begin, end = step, step + 1
    else:
        chosen = np.arange(place.size) if stimulus.neurons is None else np.array(stimulus.neurons, np.int64)
        if stimulus.times is not None:
            times = np.array([time for time in stimulus.times if stimulus.start <= time < stop], np.int64)
            neuron, begin = np.repeat(chosen, len(times)), np.tile(times, len(chosen))
            end = begin + 1
        else:
            neuron, begin = chosen, np.full(len(chosen), stimulus.start, np.int64)
            end = np.full(len(chosen), max(stop, stimulus.start), np.int64)
    if stimulus.probability is not None:
        neuron, begin = _drawn(neuron, begin, end, stimulus.probability, seed)
        end = begin + 1
    return neuron + place.first, begin, end, np.full(len(neuron), stimulus.current, np.int64)


def _drawn(neuron: Array, begin: Array, end: Array, p: float, seed: int) -> tuple[Array, Array]:
    """The (neuron, step) that a stimulus of probability p meets, of all it could."""
    lengths = end - begin
    hit = draws.chosen(seed, p, int(lengths.sum()))
    offset = np.concatenate([[0], np.cumsum(lengths)])
    row = np.searchsorted(offset, hit, side="right") - 1
    return neuron[row], begin[row] + hit - offset[row]


def changes(stimuli: Sequence[Stimulus], places: Places, timesteps: int, seed: int) -> Changes:
    neuron, start, stop, current = spans(stimuli, places, timesteps, seed)
    keep = (start < stop) & (start < timesteps)
    neuron, start, stop, current = neuron[keep], start[keep], stop[keep], current[keep]
    order = np.argsort(neuron, kind="stable")
    step, who, value = _painted(neuron[order], start[order], stop[order], current[order])
    kept = step < timesteps
    step, who, value = step[kept], who[kept], value[kept]
    by_step = np.argsort(step, kind="stable")
    return Changes(step[by_step], who[by_step].astype(np.int32), value[by_step])


@compiled
def _painted(neuron: Any, start: Any, stop: Any, current: Any) -> Any:
    """Neuron by neuron, paint its spans one over the other on the steps where anything changes; what differs from the step
    before is a change. Spans are grouped by neuron, those of a neuron in the order of the list."""
    many = len(neuron)
    step = np.empty(2 * many, np.int64)
    who = np.empty(2 * many, np.int64)
    value = np.empty(2 * many, np.int64)
    filled = 0
    first = 0
    while first < many:
        last = first
        while last < many and neuron[last] == neuron[first]:
            last += 1
        if last - first == 1:
            bounds = np.array([start[first], stop[first]])
        else:
            bounds = np.unique(np.concatenate((start[first:last], stop[first:last])))
        paint = np.zeros(len(bounds), np.int64)
        for at in range(first, last):
            low, high = np.searchsorted(bounds, start[at]), np.searchsorted(bounds, stop[at])
            paint[low:high] = current[at]
        before = np.int64(0)
        for at in range(len(bounds)):
            if paint[at] != before:
                step[filled], who[filled], value[filled] = bounds[at], neuron[first], paint[at]
                before = paint[at]
                filled += 1
        first = last
    return step[:filled], who[:filled], value[:filled]
