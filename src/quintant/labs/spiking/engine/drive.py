"""The external input, a few rows at a time: what each neuron receives at each step, in the order of the contract.

build (base and noise, clipped at the floor; pulses) → mask by population → float32, then what is natively the user's own. The
floor is for what is drawn: noise does not carry the input below it. What somebody asks for, a hyperpolarising step or a sine
below zero, is never cut; only the contract's own arithmetic (`legacy_seed_inputs`) cuts that too. Legacy noise is one block of
all steps for E, then one for I, so the stream of I starts where that of E ends.

What is drawn (all but the user's own) is looked up in the Run's draw cache, and put there where it was not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.config import drawn_from
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.layout import Array, Layout
from quintant.labs.spiking.engine.mersenne import Mersenne

if TYPE_CHECKING:
    from quintant.lab import Draft, DrawCache

WHITE_DT_MS = 0.1
"""The step at which noise_std of white noise is told."""
RASTER_SOURCES = 64
DRAWN_FROM = drawn_from(SpikingConfig, "input")
"""Every key of the config that drawn input depends on. Nothing else can be read while it is drawn: a key that does not name
its purpose ends the Run, instead of finding the input of another config in the draw cache."""
LEAST_VALUES = 500_000
"""Input of fewer values is drawn again sooner than it is read."""


@dataclass
class Rows:
    """Input of consecutive steps: `values` float32 [steps, stop - start] for the neurons start … stop - 1, 0 for others."""

    values: Array
    start: int
    sources_fraction: Array | None = None
    raster: tuple[Array, Array] | None = None
    mean: Array | None = None
    seen: Array | None = None

    def means(self, n_e: int, n_i: int) -> Array:
        """Mean input of E and of I cells [steps, 2]: float32 values in NumPy's pairwise sum."""
        if self.mean is not None:
            return self.mean
        cut = max(n_e - self.start, 0)
        sums = self.values[:, :cut].sum(axis=1), self.values[:, cut:].sum(axis=1)
        return np.stack([sums[0] / max(n_e, 1), sums[1] / max(n_i, 1)], axis=1)


class Drive:
    """Draws strictly in the order of time; `rows(first, count)` must be called with `first` where the last call ended."""

    def __init__(
        self, whole: SpikingConfig, layout: Layout, steps: int, seed: int, draw_cache: DrawCache | None = None
    ) -> None:
        config: Any = SimpleNamespace(**{name: getattr(whole, name) for name in DRAWN_FROM})
        self.config, self.layout, self.steps = config, layout, steps
        population = "e" if config.input_type == "external_spike_train" else config.input_population
        self.start = layout.n_e if population == "i" else 0
        self.stop = layout.n_e if population == "e" else layout.n
        self.legacy = config.legacy_seed_inputs is not None
        self.noise_e = config.noise_std if config.noise_std_e is None else config.noise_std_e
        self.noise_i = config.noise_std if config.noise_std_i is None else config.noise_std_i
        if config.input_type == "sine" and self.legacy:
            self.noise_e = self.noise_i = max(self.noise_e, self.noise_i)
        if config.noise == "white":
            self.noise_e, self.noise_i = (std * math.sqrt(WHITE_DT_MS / config.dt_ms) for std in (self.noise_e, self.noise_i))
        self.own = _own_current(whole, layout)
        self.offset = layout.values("drive") if any(group.drive for group in layout.groups) else None
        self.sources = config.input_type == "external_spike_train"
        self.trace = np.zeros(layout.n_e if self.sources else 0)
        self.ou: Array | None = None
        self.pulsed = _pulsed(config, layout)
        self._look_up(draw_cache, seed)
        if self.kept is None:
            self._streams(seed)

    def _streams(self, seed: int) -> None:
        config = self.config
        self.mersenne: list[tuple[Mersenne, int, int]] = []
        """Streams of the noise: each with the ids first … last - 1 that it fills, row by row."""
        if not self.legacy:
            self.generator = np.random.Generator(np.random.PCG64(seed))
            return
        layout, legacy_seed = self.layout, config.legacy_seed_inputs
        assert legacy_seed is not None
        if self.sources:
            self.uniform = np.random.RandomState(legacy_seed)
        elif config.input_type == "sine":
            self.mersenne = [(Mersenne(legacy_seed), 0, layout.n)]
        else:
            if self.start < layout.n_e:
                self.mersenne.append((Mersenne(legacy_seed), 0, layout.n_e))
            if self.stop > layout.n_e:
                later = Mersenne(legacy_seed)
                if self.noise_i > 0:
                    later.skip(self.steps * layout.n_e)
                self.mersenne.append((later, layout.n_e, layout.n))

    def rows(self, first: int, count: int) -> Rows:
        rows = self._drawn(first, count)
        if self.own is None and self.offset is None:
            return rows
        whole = np.zeros((count, self.layout.n), np.float32)
        whole[:, self.start : self.stop] = rows.values
        if self.offset is not None:
            whole += self.offset.astype(np.float32)
        if self.own is not None:
            self.own.add(whole, first, self.config.dt_ms)
        return Rows(whole, 0, rows.sources_fraction, rows.raster)

    def _drawn(self, first: int, count: int) -> Rows:
        """The rows before the user's own is added: from the draw cache, or drawn, and then put there."""
        if self.kept is not None:
            return self._read(self.kept, first, count)
        rows = self._spike_train(first, count) if self.sources else self._current(first, count)
        if self.draft is not None:
            self._put(self.draft, rows, first, count)
        return rows

    def _look_up(self, draw_cache: DrawCache | None, seed: int) -> None:
        width = self.stop - self.start
        self.kept: Mapping[str, Array] | None = None
        self.draft: Draft | None = None
        if draw_cache is None or self.steps * width < LEAST_VALUES or not (self.sources or max(self.noise_e, self.noise_i) > 0):
            return
        key = {
            "input": vars(self.config),
            "n_e": self.layout.n_e,
            "n_i": self.layout.n_i,
            "seed": None if self.legacy else seed,
        }
        self.kept = draw_cache.find(key)
        if self.kept is None:
            a_step = 4 * width + 8 + (8 + min(RASTER_SOURCES, width)) * self.sources
            self.draft = draw_cache.draft(key, self.steps * a_step)

    def _read(self, kept: Mapping[str, Array], first: int, count: int) -> Rows:
        here = slice(first, first + count)
        rows = Rows(kept["values"][here], self.start, mean=kept["means"][here])
        if self.sources:
            rows.sources_fraction = kept["fraction"][here]
            rows.raster = self._raster(first, kept["seen"][here])
        return rows

    def _put(self, draft: Draft, rows: Rows, first: int, count: int) -> None:
        draft.append("values", rows.values)
        rows.mean = rows.means(self.layout.n_e, self.layout.n_i)
        draft.append("means", rows.mean)
        if rows.sources_fraction is not None and rows.seen is not None:
            draft.append("fraction", rows.sources_fraction)
            draft.append("seen", rows.seen)
        if first + count == self.steps:
            draft.seal()

    def _raster(self, first: int, seen: Array) -> tuple[Array, Array]:
        """Times in ms and sources of input spikes; `seen` [steps, sources] says who fired."""
        step, source = np.nonzero(seen)
        return (first + step) * self.config.dt_ms, source.astype(np.int32)

    def _current(self, first: int, count: int) -> Rows:
        config, n_e = self.config, self.layout.n_e
        k = np.arange(first, first + count)
        base_e, base_i = _base(config, k, self.steps)
        values = np.empty((count, self.stop - self.start), np.float32)
        floor = -math.inf if config.input_floor is None else config.input_floor
        if self.legacy:
            for stream, begin, end in self.mersenne:
                std, base = (self.noise_i, base_i) if begin else (self.noise_e, base_e)
                block = max(1, 65_536 // max(1, end - begin))
                for at in range(0, count, block):
                    rows = min(block, count - at)
                    drawn = stream.normals(np.empty((rows, end - begin))) if std > 0 else np.zeros((rows, end - begin))
                    for low, high, level in self._parts(begin, end, base_e, base_i, base):
                        columns = slice(low - self.start, high - self.start)
                        add_base(drawn[:, low - begin : high - begin], level[at : at + rows], std, floor,
                                 values[at : at + rows, columns])  # fmt: skip
        else:
            drawn32 = self._native(count)
            for low, high, level, std in ((0, n_e, base_e, self.noise_e), (n_e, self.layout.n, base_i, self.noise_i)):
                low, high = max(low, self.start), min(high, self.stop)
                if low < high:
                    columns = slice(low - self.start, high - self.start)
                    # below the floor the input is the user's own: there, noise is not cut either, or its mean would rise
                    add_base32(drawn32[:, columns], level, std, np.where(level < floor, -math.inf, floor), values[:, columns])
        if self.pulsed is not None:
            on = self.pulsed.counts(k, self.steps)
            amplitude = self.pulsed.amplitude[self.start : self.stop].astype(np.float32)
            for row in np.flatnonzero(on):
                values[row] += np.float32(on[row]) * amplitude
            if self.legacy and config.input_floor is not None:
                np.maximum(values, np.float32(config.input_floor), out=values)
        return Rows(values, self.start)

    def _parts(self, begin: int, end: int, base_e: Array, base_i: Array, base: Array) -> list[tuple[int, int, Array]]:
        """The wanted columns of a stream's block, with their level: a block over all neurons has two levels."""
        n_e = self.layout.n_e
        parts = [(0, n_e, base_e), (n_e, end, base_i)] if begin == 0 and end > n_e else [(begin, end, base)]
        cut = [(max(low, self.start), min(high, self.stop), level) for low, high, level in parts]
        return [(low, high, level) for low, high, level in cut if low < high]

    def _native(self, count: int) -> Array:
        """Noise of unit variance, float32 [count, wanted columns]."""
        width = self.stop - self.start
        if max(self.noise_e, self.noise_i) == 0:
            return np.zeros((count, width), np.float32)
        if self.config.noise != "ou":
            return self.generator.standard_normal((count, width), np.float32)
        if self.ou is None:
            self.ou = self.generator.standard_normal(width)
        drawn = self.generator.standard_normal((count, width), np.float32)
        filter_ou(drawn, self.ou, math.exp(-self.config.dt_ms / self.config.noise_tau_ms))
        return drawn

    def _spike_train(self, first: int, count: int) -> Rows:
        config, n_e = self.config, self.layout.n_e
        t_ms = np.arange(first, first + count) * config.dt_ms
        wave = np.sin(2.0 * math.pi * config.envelope_freq_hz * t_ms / 1000.0 + config.phase_rad)
        rate_hz = np.maximum(0.0, config.lambda0_hz * (1.0 + config.mod_depth * wave))
        p = np.clip(rate_hz * config.dt_ms / 1000.0, 0.0, 1.0)
        drawn = self.uniform.random_sample((count, n_e)) if self.legacy else self.generator.random((count, n_e))
        fired = drawn < p[:, None]
        values = np.empty((count, n_e), np.float32)
        floor = config.input_floor if self.legacy and config.input_floor is not None else -math.inf
        filter_spikes(fired, self.trace, math.exp(-config.dt_ms / max(1e-9, config.tau_in_ms)), config.w_in, floor, values)
        seen = fired[:, :RASTER_SOURCES]
        fraction = fired.mean(axis=1) if n_e else np.zeros(count)
        return Rows(values, 0, fraction, self._raster(first, seen), seen=seen)


@compiled
def add_base(drawn: Array, base: Array, std: float, floor: float, out: Array) -> None:
    for k in range(drawn.shape[0]):
        for j in range(drawn.shape[1]):
            out[k, j] = max(base[k] + (0.0 + std * drawn[k, j]), floor)


@compiled
def add_base32(drawn: Array, base: Array, std: float, floor: Array, out: Array) -> None:
    for k in range(drawn.shape[0]):
        level, scale, low = np.float32(base[k]), np.float32(std), np.float32(floor[k])
        for j in range(drawn.shape[1]):
            out[k, j] = max(level + scale * drawn[k, j], low)


@compiled
def filter_ou(drawn: Array, state: Array, keep: float) -> None:
    """x ← keep x + sqrt(1 - keep²) ξ: the exact step of a stationary Ornstein-Uhlenbeck process of unit variance."""
    push = math.sqrt(1.0 - keep * keep)
    for k in range(drawn.shape[0]):
        for j in range(drawn.shape[1]):
            state[j] = keep * state[j] + push * drawn[k, j]
            drawn[k, j] = state[j]


@compiled
def filter_spikes(fired: Array, trace: Array, keep: float, weight: float, floor: float, out: Array) -> None:
    for k in range(fired.shape[0]):
        for j in range(fired.shape[1]):
            trace[j] = trace[j] * keep + fired[k, j]
            out[k, j] = max(weight * trace[j], floor)


def _base(config: SpikingConfig, k: Array, steps: int) -> tuple[Array, Array]:
    """The input without noise and pulses at the steps k, for E and I cells."""
    if config.input_type == "ramp":
        part = k / steps
        return (
            config.drive_e_start + (config.drive_e_end - config.drive_e_start) * part,
            config.drive_i_start + (config.drive_i_end - config.drive_i_start) * part,
        )
    if config.input_type == "sine":
        angle = 2.0 * math.pi * config.sine_freq_hz * (k * config.dt_ms) / 1000.0 + config.sine_phase_rad
        wave_e, wave_i = np.sin(angle), np.sin(angle + config.sine_phase_offset_i_rad)
        return (
            config.drive_e_base + config.sine_y_offset + config.sine_amp * wave_e,
            config.drive_i_base + config.sine_y_offset + config.sine_amp * wave_i,
        )
    return np.full(len(k), config.drive_e_base), np.full(len(k), config.drive_i_base)


@dataclass(frozen=True)
class Pulsed:
    """Pulses on the rows of `windows` [start, stop); `amplitude` [n] is 0 for who is not reached."""

    windows: tuple[tuple[int, int], ...]
    amplitude: Array

    def counts(self, k: Array, steps: int) -> Array:
        """How many pulses are on at each of the steps k: overlaps add."""
        on = np.zeros(len(k))
        for start, stop in self.windows:
            low, high = start - int(k[0]), stop - int(k[0])
            on[max(low, 0) : max(high, 0)] += 1
        return on


def _pulsed(config: SpikingConfig, layout: Layout) -> Pulsed | None:
    if config.input_type not in ("pulse", "pulses"):
        return None
    steps = math.ceil(config.t_ms / config.dt_ms)
    onsets = [config.pulse_t_ms]
    if config.input_type == "pulses":
        while onsets[-1] + config.pulse_interval_ms < steps * config.dt_ms:
            onsets.append(onsets[-1] + config.pulse_interval_ms)
    windows = []
    for onset in onsets:
        start = min(max(int(onset / config.dt_ms), 0), steps - 1)
        stop = int((onset + config.pulse_width_ms) / config.dt_ms)
        windows.append((start, max(start + 1, min(stop, steps))))
    amplitude = np.zeros(layout.n)
    amplitude[_reached(config, "e", 0, layout.n_e)] = config.pulse_amp_e
    amplitude[_reached(config, "i", layout.n_e, layout.n_i)] = config.pulse_amp_i
    return Pulsed(tuple(windows), amplitude)


def _reached(config: SpikingConfig, population: str, first: int, size: int) -> Array:
    """Ids of a population that the pulses reach."""
    ids = first + np.arange(size)
    if not config.targeted_subset_enabled:
        return ids
    if config.target_population not in ("all", population):
        return ids[:0]
    count = math.floor(size * config.target_fraction)
    if config.target_strategy == "first" or count == 0:
        return ids[:count]
    draw = np.random.default_rng(config.target_seed + (population == "i"))
    return np.sort(draw.choice(ids, size=count, replace=False))


@dataclass(frozen=True)
class Own:
    times_ms: Array
    values: Array
    neurons: Array

    def add(self, rows: Array, first: int, dt_ms: float) -> None:
        at = np.searchsorted(self.times_ms, (first + np.arange(len(rows))) * dt_ms + 1e-9 * dt_ms, side="right") - 1
        now = np.where(at[:, None] >= 0, self.values[:, np.maximum(at, 0)].T, 0.0).astype(np.float32)
        rows[:, self.neurons] += now


def _own_current(config: SpikingConfig, layout: Layout) -> Own | None:
    own = config.own_current
    if own is None:
        return None
    match own.neurons:
        case "all":
            ids = np.arange(layout.n)
        case "e":
            ids = np.arange(layout.n_e)
        case "i":
            ids = np.arange(layout.n_e, layout.n)
        case _:
            ids = np.array(own.neurons, np.int64)
    return Own(np.array(own.times_ms, float), np.array(own.values, float), ids)
