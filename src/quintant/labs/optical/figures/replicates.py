"""Replicates: outcomes folded into points. Runs that differ only in root seed are replicates of one point; points that
differ only in load are one series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quintant.config import canonical
from quintant.figure import cannot, replicates
from quintant.figure.number import SPACE, count, plain
from quintant.figure.replicates import Replicates, differing, fold
from quintant.lab import Outcome
from quintant.labs.optical.config import OpticalConfig

MOST_POINTS = 8
"""Of those named when one has to be chosen."""
KSP_FF = {"routing": "k_shortest_path", "allocation": "first_fit"}


def one_point(name: str, outcomes: Sequence[Outcome]) -> Replicates[OpticalConfig]:
    """The replicates of the single config of `outcomes`, or Conflict: some figures make no sense over several loads."""
    points = fold(outcomes, OpticalConfig)
    if len(points) > 1:
        keys = differing([point.config.model_dump(mode="json") for point in points])
        raise cannot(
            name,
            f"it shows replicates of one config and these runs differ in {', '.join(keys)}; "
            f"choose the runs of one point, or one of them: {_to_choose(points, keys)}",
        )
    return points[0]


def _to_choose(points: Sequence[Replicates[OpticalConfig]], keys: Sequence[str]) -> str:
    """The first run of each point by what sets the point apart: "load_erlang 250: run 7f3a9c41d2aa"."""
    choices = []
    for point in points[:MOST_POINTS]:
        settings = point.config.model_dump(mode="json")
        values = {key: plain(settings[key]) if isinstance(settings[key], float) else _short(settings[key]) for key in keys}
        apart = ", ".join(f"{key} {value}" for key, value in values.items())
        choices.append(f"{apart}: run {point.outcomes[0].run_id}")
    return "; ".join(choices) + (f"; and {len(points) - MOST_POINTS} more" if len(points) > MOST_POINTS else "")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else canonical(value).decode()
    return text if len(text) <= 24 else f"{text[:23]}…"


def config_of(outcome: Outcome) -> OpticalConfig:
    return replicates.config_of(outcome, OpticalConfig)


def facts(config: OpticalConfig) -> tuple[str, ...]:
    """What changes results and is therefore printed on every figure."""
    slots = " + ".join(
        f"{getattr(config, key)}{SPACE}{name}"
        for key, name in (("slots", "C"), ("l_slots", "L"), ("s_slots", "S"), ("o_slots", "O"), ("e_slots", "E"))
        if key == "slots" or getattr(config, key)
    )
    slots = slots.removesuffix(f"{SPACE}C") if "+" not in slots else slots
    parts = [
        topology_name(config),
        algorithm(config),
        f"k{SPACE}{config.k_paths}" if config.routing != "shortest_path" else f"k{SPACE}1",
        f"{slots}{SPACE}slots of {config.slot_width_ghz:g}{SPACE}GHz",
        "directed" if config.directed else "undirected",
    ]
    if config.cores > 1:
        parts.append(f"{config.cores}{SPACE}cores")
    return (*parts, measured(config))


def measured(config: OpticalConfig) -> str:
    if config.mode == "replay":
        rounds = config.replay_iterations
        return f"replay, {count(config.requests)}{SPACE}requests × {rounds}{SPACE}iteration{'s' if rounds > 1 else ''}"
    if config.target_half_width is not None:
        return f"measured to ±{SPACE}{100 * config.target_half_width:g}{SPACE}%"
    return f"{count(config.requests)}{SPACE}requests after {count(config.warmup_requests)}{SPACE}warm-up"


def topology_name(config: OpticalConfig) -> str:
    return config.topology if isinstance(config.topology, str) else config.topology.name


def algorithm(config: OpticalConfig) -> str:
    """The field's short name where there is one (KSP-FF, FF-KSP), else routing and allocation as the Config has them."""
    if config.routing == "k_shortest_path" and config.allocation == "first_fit":
        return "KSP-FF" if config.first == "path" else "FF-KSP"
    return f"{config.routing} + {config.allocation}"


def spoken_load(config: OpticalConfig) -> str:
    loads = config.replay_loads_erlang if config.mode == "replay" else None
    if loads and len(loads) > 1:
        return f"{plain(min(loads))}–{plain(max(loads))}{SPACE}E"
    return f"{plain(loads[0] if loads else config.load_erlang)}{SPACE}E"


def seeds(n: int) -> str:
    """What a mean is over: "10 seeds"; a single one is only a run."""
    return f"1{SPACE}run" if n == 1 else f"{n}{SPACE}seeds"
