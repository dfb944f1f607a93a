"""A graph as groups of neurons in discrete time, joined by sparse matrices: what is linear between them is multiplied out.

Forward Euler with step dt, S being the spikes that arrive, 1 each:

    IF        v' = v + dt·R·(W S + b)                                            decay 0
    LIF       v' = v + dt/τ · (v_leak - v + R·(W S + b))                         decay dt/τ
    CubaLIF   i' = i + dt/τ_syn · (w_in·(W S + b) - i),  v' = v + dt/τ_mem · (v_leak - v + R·i')

A neuron fires where v' > v_threshold and goes to v_reset; other `conventions` change each of these. Input spikes enter through
neurons that repeat them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from quintant.errors import ConfigError, Problem
from quintant.labs.chip.nir.conventions import Conventions
from quintant.labs.chip.nir.linear import KINDS, Array, Matrix, Shape, operator

NEURONS = ("IF", "LIF", "CubaLIF", "LI")
SILENT = ("LI",)
"""Read by their potential: they never fire."""
SUPPORTED = ("Input", "Output", *NEURONS, *KINDS, "Delay", "NIRGraph")
LONGEST_DELAY = 63

Terms = dict[tuple[str, int], Matrix]
"""(source group, delay in steps) -> matrix [outputs, neurons of the source]."""


@dataclass(frozen=True)
class Group:
    """Neurons of one node, all arrays [size]: v' = v - v_decay·v + x + bias; with `i_decay`, x = i, i' = i - i_decay·i + input
    + drive. What reaches a neuron is already multiplied by its gain."""

    name: str
    size: int
    v_decay: Array
    i_decay: Array | None
    threshold: Array
    reset: Array
    bias: Array
    drive: Array
    first_step: int = 0
    spiking: bool = True


@dataclass(frozen=True)
class Lowered:
    """`inputs`: name -> size; `terms`: group -> what reaches it; `outputs`: names of the groups that are read out."""

    inputs: dict[str, int]
    groups: dict[str, Group]
    terms: dict[str, Terms]
    outputs: tuple[str, ...]
    conventions: Conventions = field(default_factory=Conventions)


@dataclass
class _Signal:
    """What a node puts out: `terms` over the groups before it, a constant `bias` [size], and its shape."""

    shape: Shape
    bias: Array
    terms: Terms = field(default_factory=dict)


def lowered(graph: Any, dt_s: float | None, conventions: Conventions | None = None) -> Lowered:
    """ConfigError names every node that is not supported, and every parameter that cannot be stepped with `dt_s`."""
    nodes, edges = _flat(graph)
    _refuse_unsupported(nodes)
    timed = [name for name, node in nodes.items() if type(node).__name__ in ("LIF", "CubaLIF", "LI", "Delay")]
    if timed and (dt_s is None or not (math.isfinite(dt_s) and dt_s > 0)):
        text = f"is required: {timed[0]} has time constants in seconds, and a graph does not tell its step."
        raise ConfigError(
            Problem("dt_s", text, dt_s, hint="Give the step with which the network was trained, for example 1e-3.")
        )
    reader = _Reader(nodes, edges, dt_s or 1.0)
    lowering = Lowered({}, {}, {}, tuple(reader.outputs()), conventions or Conventions())
    depths = reader.depths()
    for name, node in nodes.items():
        kind = type(node).__name__
        if kind == "Input":
            lowering.inputs[name] = math.prod(reader.shape_of_input(name, node))
        elif kind in NEURONS:
            group, gain = _group(name, node, math.prod(reader.shape_of(name)), dt_s, lowering.conventions)
            arriving = reader.arriving(name, group.size)
            constant = arriving.bias * gain
            into = {"bias": group.bias + constant} if group.i_decay is None else {"drive": constant}
            lowering.groups[name] = Group(
                **{**vars(group), **into, "first_step": depths.get(name, 0) if lowering.conventions.aligned else 0}
            )
            scale = sparse.diags_array(gain).tocsr()
            lowering.terms[name] = {}
            for (source, delay), matrix in arriving.terms.items():
                loop = depths.get(source, 0) >= depths.get(name, 0)
                steps = delay - 1 if loop and delay and lowering.conventions.delays == "whole" else delay
                lowering.terms[name][source, steps] = (scale @ matrix).tocsr()
    if not lowering.groups:
        raise ConfigError(Problem("nodes", "hold no neurons: a graph needs an IF, LIF, CubaLIF or LI node."))
    return lowering


def _flat(graph: Any, prefix: str = "") -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Nested graphs opened: an edge to a nested graph leads to its Input, one from it comes from its Output."""
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    enter: dict[str, str] = {}
    leave: dict[str, str] = {}
    for name, node in graph.nodes.items():
        full = f"{prefix}{name}"
        if type(node).__name__ != "NIRGraph":
            nodes[full] = node
            continue
        inner_nodes, inner_edges = _flat(node, f"{full}.")
        for kind, way in (("Input", enter), ("Output", leave)):
            matches = [at for at, inner_node in inner_nodes.items() if type(inner_node).__name__ == kind]
            if len(matches) != 1:
                text = f"is a nested graph with {len(matches)} nodes {kind}; one is understood."
                raise ConfigError(Problem(f"nodes.{full}", text))
            way[full] = matches[0]
            inner_nodes[matches[0]] = _Through()
        nodes |= inner_nodes
        edges += inner_edges
    for begin, end in graph.edges:
        first, last = f"{prefix}{_text(begin)}", f"{prefix}{_text(end)}"
        edges.append((leave.get(first, first), enter.get(last, last)))
    for begin, end in edges:
        for end_of_edge in (begin, end):
            if end_of_edge not in nodes:
                raise ConfigError(Problem("edges", f"name a node that is not there: {end_of_edge}.", end_of_edge))
    return nodes, edges


class _Through:
    """Where a nested graph was entered or left: what comes goes on."""


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _refuse_unsupported(nodes: dict[str, Any]) -> None:
    faults = []
    for name, node in nodes.items():
        kind = type(node).__name__
        if kind not in SUPPORTED and not isinstance(node, _Through):
            silent = "It does not spike: read the neurons before it."
            hint = {"CubaLI": silent, "I": "It does not spike: take an IF."}.get(kind)
            faults.append(Problem(f"nodes.{name}", f"is a {kind}, which no integer neuron or synapse can stand for.", kind,
                                  list(SUPPORTED), hint))  # fmt: skip
    if faults:
        raise ConfigError(faults)


class _Reader:
    """Works out, once per node, what it puts out."""

    def __init__(self, nodes: dict[str, Any], edges: Iterable[tuple[str, str]], dt_s: float) -> None:
        self.nodes, self.dt_s = nodes, dt_s
        self.before: dict[str, list[str]] = {name: [] for name in nodes}
        for begin, end in edges:
            self.before[end].append(begin)
        self.known: dict[str, _Signal] = {}
        self.shapes: dict[str, Shape] = {}
        self.open: list[str] = []

    def outputs(self) -> list[str]:
        names = []
        for name, node in self.nodes.items():
            if type(node).__name__ != "Output":
                continue
            for source in self.before[name]:
                while isinstance(self.nodes[source], _Through) and len(self.before[source]) == 1:
                    source = self.before[source][0]
                kind = type(self.nodes[source]).__name__
                if kind not in NEURONS:
                    text = f"is a {kind} that leads to the output: only spikes leave a chip."
                    raise ConfigError(Problem(f"nodes.{source}", text, kind, hint="End the graph with a node of neurons."))
                names.append(source)
        return list(dict.fromkeys(names))

    def shape_of_input(self, name: str, node: Any) -> Shape:
        shape = None if node.input_type is None else node.input_type.get("input")
        if shape is None:
            raise ConfigError(Problem(f"nodes.{name}", "does not tell the shape of its input."))
        return tuple(int(extent) for extent in np.asarray(shape).ravel())

    def depths(self) -> dict[str, int]:
        """How many nodes of neurons lie on the shortest way from an input to each: a chip takes a step for each of them, where
        the tools take none, so that a deeper one begins as many steps later."""
        after: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, sources in self.before.items():
            for source in sources:
                after[source].append(name)
        depths = {name: 0 for name, node in self.nodes.items() if type(node).__name__ == "Input"}
        front = list(depths)
        while front:  # breadth first: edges into neurons count one, others none
            name = front.pop(0)
            for other in after[name]:
                depth = depths[name] + (type(self.nodes[other]).__name__ in NEURONS)
                if depth < depths.get(other, depth + 1):
                    depths[other] = depth
                    front.append(other)
        return depths

    def shape_of(self, name: str) -> Shape:
        """The shape of what a node puts out. Neurons whose parameters are all of one element (snnTorch and norse with scalar
        arguments, sinabs' LIF) are as many as what arrives has values; a loop takes its shape from where it is entered."""
        shape = self._shape(name, ())
        return (1,) if shape is None else shape

    def _shape(self, name: str, open: tuple[str, ...]) -> Shape | None:
        if name in self.shapes:
            return self.shapes[name]
        if name in open:
            return None
        node = self.nodes[name]
        kind = type(node).__name__
        shape = self.shape_of_input(name, node) if kind == "Input" else own_shape(name, node) if kind in NEURONS else None
        if shape is None:
            arrive = (self._shape(source, (*open, name)) for source in self.before[name])
            shape = next((known for known in arrive if known is not None), None)
            if shape is not None and kind in KINDS:
                shape = operator(name, node, shape)[2]
        if shape is not None:
            self.shapes[name] = shape
        return shape

    def arriving(self, name: str, size: int | None = None) -> _Signal:
        """The sum of what the nodes before `name` put out; nothing where there are none."""
        signals = [self.put_out(source) for source in self.before[name]]
        if not signals:
            return _Signal((size or 0,), np.zeros(size or 0))
        many = math.prod(signals[0].shape)
        for source, signal in zip(self.before[name], signals, strict=True):
            if math.prod(signal.shape) != (size if size is not None else many):
                raise ConfigError(Problem(f"nodes.{name}", f"takes {size if size is not None else many} values; "
                                          f"{source} puts out {math.prod(signal.shape)}."))  # fmt: skip
        terms: Terms = {}
        for signal in signals:
            for key, matrix in signal.terms.items():
                terms[key] = terms[key] + matrix if key in terms else matrix
        return _Signal(signals[0].shape, np.sum([signal.bias for signal in signals], axis=0), terms)

    def put_out(self, name: str) -> _Signal:
        if name not in self.known:
            if name in self.open:
                raise ConfigError(Problem(f"nodes.{name}", "is on a loop without neurons.", self.open))
            self.open.append(name)
            self.known[name] = self._put_out(name, self.nodes[name])
            self.open.pop()
        return self.known[name]

    def _put_out(self, name: str, node: Any) -> _Signal:
        kind = type(node).__name__
        if kind in SILENT:
            raise ConfigError(Problem(f"nodes.{name}", f"is a {kind} that leads to other nodes: it sends no spikes.", kind))
        if kind == "Input" or kind in NEURONS:
            shape = self.shape_of(name)
            size = math.prod(shape)
            return _Signal(shape, np.zeros(size), {(name, 0): sparse.eye_array(size).tocsr()})
        arrived = self.arriving(name)
        if isinstance(node, _Through):
            return arrived
        if kind == "Delay":
            return self._delayed(name, node, arrived)
        matrix, bias, shape = operator(name, node, arrived.shape)
        terms = {key: (matrix @ term).tocsr() for key, term in arrived.terms.items()}
        return _Signal(shape, matrix @ arrived.bias + bias, terms)

    def _delayed(self, name: str, node: Any, arrived: _Signal) -> _Signal:
        size = math.prod(arrived.shape)
        steps = np.broadcast_to(np.rint(np.asarray(node.delay, float).ravel() / self.dt_s).astype(int), size)
        if steps.min(initial=0) < 0 or steps.max(initial=0) > LONGEST_DELAY:
            raise ConfigError(Problem(f"nodes.{name}.delay", f"must be 0 to {LONGEST_DELAY} steps of dt_s = {self.dt_s:g}; "
                                      f"got {steps.max()}.", int(steps.max())))  # fmt: skip
        terms: Terms = {}
        for (source, before), matrix in arrived.terms.items():
            for step in np.unique(steps):
                if before + int(step) > LONGEST_DELAY:
                    raise ConfigError(Problem(f"nodes.{name}.delay", f"adds up to {before + int(step)} steps; at most "
                                              f"{LONGEST_DELAY} can be delayed.", before + int(step)))  # fmt: skip
                kept = sparse.diags_array((steps == step).astype(float)).tocsr() @ matrix
                key = (source, before + int(step))
                terms[key] = terms[key] + kept if key in terms else kept
        return _Signal(arrived.shape, arrived.bias, terms)


PARAMETERS = ("tau", "tau_syn", "tau_mem", "r", "w_in", "v_leak", "v_threshold", "v_reset")


def own_shape(name: str, node: Any) -> Shape | None:
    """The shape that a node's parameters have, None where each is of one element and so stands for any number of neurons."""
    shapes = {path: np.shape(value) for path in PARAMETERS if (value := getattr(node, path, None)) is not None}
    several = {path: shape for path, shape in shapes.items() if math.prod(shape) != 1}
    sizes = {math.prod(shape) for shape in several.values()}
    if len(sizes) > 1:
        listed = ", ".join(f"{path} {math.prod(shape)}" for path, shape in several.items())
        raise ConfigError(Problem(f"nodes.{name}", f"has parameters of different sizes: {listed}."))
    return next(iter(several.values())) if several else None


def _group(name: str, node: Any, size: int, dt: float | None, conventions: Conventions) -> tuple[Group, Array]:
    """The group of a node of `size` neurons, and by what each neuron multiplies what reaches it."""
    kind = type(node).__name__

    def each(value: Any) -> Array:
        return np.broadcast_to(np.asarray(value, float).ravel(), size)

    none, dt_s = np.zeros(size), 1.0 if dt is None else dt
    if kind == "LI":
        share = _share(name, "tau", each(node.tau), dt_s, conventions)
        gain = {"file": share * each(node.r), "unit": np.ones(size), "decayed": 1 - share}[conventions.readout]
        return Group(name, size, share, None, np.ones(size), none, share * each(node.v_leak), none, spiking=False), gain
    threshold = each(node.v_threshold)
    reset = each(0.0 if node.v_reset is None else node.v_reset)
    for path, values in (("v_threshold", threshold), ("v_reset", reset)):
        if not np.isfinite(values).all():
            raise ConfigError(Problem(f"nodes.{name}.{path}", "must be finite."))
    if kind == "IF":
        return Group(name, size, none, None, threshold, reset, none, none), (
            each(node.r) * dt_s if conventions.integrate == "file" else np.ones(size)
        )
    if kind == "LIF":
        share = _share(name, "tau", each(node.tau), dt_s, conventions)
        gain = share * each(node.r) if conventions.gain == "file" else np.ones(size)
        return Group(name, size, share, None, threshold, reset, share * each(node.v_leak), none), gain
    syn = _share(name, "tau_syn", each(node.tau_syn), dt_s, conventions)
    mem = _share(name, "tau_mem", each(node.tau_mem), dt_s, conventions)
    group = Group(name, size, mem, syn, threshold, reset, mem * each(node.v_leak), none)
    jump = {"file": syn * each(node.w_in), "whole": np.ones(size), "decayed": 1 - syn}[conventions.jump]
    return group, jump * (mem * each(node.r) if conventions.gain == "file" else 1.0)


def _share(name: str, path: str, tau_s: Array, dt_s: float, conventions: Conventions) -> Array:
    """What decays in a step: dt/τ, which forward Euler needs in 0 … 1, or 1 - exp(-dt/τ)."""
    if not np.all(tau_s > 0) or (conventions.decay == "euler" and np.any(dt_s / tau_s > 1)):
        worst = float(tau_s.min())
        hint = f"The largest dt_s that fits it is {worst:g}. (norse writes times a thousand times too short.)"
        raise ConfigError(Problem(f"nodes.{name}.{path}", f"must be at least dt_s = {dt_s:g}; got {worst:g}.", worst,
                                  hint=hint if worst > 0 else None))  # fmt: skip
    return np.asarray(dt_s / tau_s if conventions.decay == "euler" else -np.expm1(-dt_s / tau_s))
