"""Quantities: what a number with a unit is in another unit of the same kind."""

from __future__ import annotations

# SI prefixes of those units that our keys and metrics have; the symbols are the SI's (BIPM brochure, 9th edition, table 7).
_PREFIXES = {
    "": 1.0,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "μ": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
}
_BASES = ("s", "Hz", "V", "A", "S", "F", "J", "W", "b/s", "B", "m")
_OTHERS = {
    "min": ("s", 60.0),
    "h": ("s", 3_600.0),
    "d": ("s", 86_400.0),
    "day": ("s", 86_400.0),
    "days": ("s", 86_400.0),
    "w": ("s", 604_800.0),
    "%": ("1", 0.01),
    "‰": ("1", 0.001),
    "ppm": ("1", 1e-6),
    "E": ("Erlang", 1.0),
}
DIMENSIONLESS = frozenset({"", "1", "fraction", "probability", "ratio"})

UNITS: dict[str, tuple[str, float]] = {
    **{f"{prefix}{base}": (base, factor) for base in _BASES for prefix, factor in _PREFIXES.items()},
    **_OTHERS,
}
"""Symbol → what it is a multiple of, and the factor."""
del UNITS["m"]  # metres are written out nowhere here, and "5 m" is too often meant as minutes
SECONDS = "s"


def converted(value: float, unit: str, wanted: str) -> float | None:
    """`value` of the unit `unit` in the unit `wanted`; None when they measure different things."""
    if unit == "" or unit.lower() == wanted.lower():
        return value
    dimension, factor = _dimension(unit)
    other, divisor = _dimension(wanted)
    if dimension != other:
        return None
    return value * factor if divisor == 1.0 else value * (factor / divisor) if factor >= divisor else value / (divisor / factor)


def _dimension(unit: str) -> tuple[str, float]:
    if unit in UNITS:
        return UNITS[unit]
    return ("1", 1.0) if unit in DIMENSIONLESS else (unit.lower() if unit.lower() != "erlang" else "Erlang", 1.0)
