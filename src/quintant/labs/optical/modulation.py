"""Modulation tables: how far a format reaches and how many slots a bit rate takes in it.

Two shapes. By rate: each bit rate has its own list of (format, reach, slots), as FUSION has them. By efficiency: a format
has one reach and one spectral efficiency, and slots = ceil(rate / (bits per symbol x slot width)), as DeepRMSA has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig
    from quintant.labs.optical.parts import EfficiencyFormat, Format

Rates = Mapping[int, tuple[tuple[str, float, int], ...]]
"""Gb/s -> ((format, reach in km, slots of 12.5 GHz), …)."""


def _by_rate(names: tuple[str, ...], rows: Mapping[int, tuple[tuple[float, int], ...]]) -> Rates:
    return {
        rate: tuple((name, reach, slots) for name, (reach, slots) in zip(names, row, strict=True)) for rate, row in rows.items()
    }


THREE = ("QPSK", "16-QAM", "64-QAM")
SIX = ("BPSK", "QPSK", "8-QAM", "16-QAM", "32-QAM", "64-QAM")

DEFAULT = _by_rate(
    THREE,
    {
        25: ((22160, 1), (9500, 1), (3664, 1)),
        50: ((11080, 2), (4750, 1), (1832, 1)),
        100: ((5540, 4), (2375, 2), (916, 2)),
        200: ((2770, 8), (1187, 4), (458, 3)),
        400: ((1385, 16), (594, 8), (229, 6)),
    },
)
"""FUSION's DEFAULT table."""

XTAR = _by_rate(
    THREE,
    {
        50: ((10380, 2), (4648, 1), (1752, 1)),
        100: ((5190, 3), (2324, 2), (876, 1)),
        200: ((2595, 5), (1162, 3), (438, 2)),
        400: ((1298, 10), (581, 5), (219, 4)),
    },
)
"""FUSION's XTAR_ASSUMPTIONS: crosstalk-aware, shorter reach."""

XTAR_B = {**_by_rate(THREE, {25: ((20759, 1), (9295, 1), (3503, 1))}), **XTAR}
"""The published variant b of XTAR, with a 25 Gb/s tier."""

_SNR_ROW = ((40660, 1), (40670, 1), (40800, 1), (41000, 1), (41210, 1), (41460, 1))
SNR = _by_rate(SIX, dict.fromkeys(range(100, 601, 100), _SNR_ROW))
"""FUSION's SNR_ASSUMPTIONS: reach only orders the formats, the SNR decides."""

_GROOMING_REACH = (41460, 41210, 41000, 40800, 40670, 40660)
_GROOMING_SLOTS = {
    100: (8, 4, 3, 3, 3, 3),
    200: (15, 8, 5, 4, 3, 3),
    300: (22, 11, 8, 6, 5, 4),
    400: (29, 15, 10, 8, 6, 5),
    500: (36, 18, 12, 9, 8, 6),
    600: (43, 22, 15, 11, 9, 8),
    700: (50, 25, 17, 13, 10, 9),
    800: (58, 29, 20, 15, 12, 10),
}
GROOMING = _by_rate(SIX, {rate: tuple(zip(_GROOMING_REACH, slots, strict=True)) for rate, slots in _GROOMING_SLOTS.items()})
"""FUSION's grooming table; its order key falls from BPSK 41460 to 64-QAM 40660."""

BY_RATE: Mapping[str, Rates] = {"default": DEFAULT, "xtar": XTAR, "xtar_b": XTAR_B, "snr": SNR, "grooming": GROOMING}

DEEPRMSA: tuple[tuple[str, float, float], ...] = (
    ("16-QAM", 625, 4),
    ("8-QAM", 1250, 3),
    ("QPSK", 2500, 2),
    ("BPSK", float("inf"), 1),
)
"""(format, reach in km, bits per symbol); BPSK reaches everywhere. DeepRMSA, doi 10.1109/JLT.2019.2923615."""


def table(config: OpticalConfig) -> Rates | None:
    """The table by rate, rates ascending, or None when `config` names formats by efficiency."""
    modulations = config.modulations
    if isinstance(modulations, str):
        return BY_RATE.get(modulations)
    if isinstance(modulations, tuple):
        return None
    by_rate = sorted(modulations.items(), key=lambda entry: int(entry[0]))
    return {int(rate): tuple((item.name, item.reach_km, item.slots) for item in formats) for rate, formats in by_rate}


def efficiencies(config: OpticalConfig) -> tuple[tuple[str, float, float], ...] | None:
    """The formats by efficiency as (name, reach in km, bits per symbol), or None when `config` has a table by rate."""
    modulations = config.modulations
    if modulations == "deeprmsa":
        return DEEPRMSA
    if isinstance(modulations, tuple):
        return tuple((item.name, item.reach_km, item.bits_per_symbol) for item in modulations)
    return None


def known_rates(modulations: str | Mapping[str, tuple[Format, ...]] | tuple[EfficiencyFormat, ...]) -> tuple[int, ...] | None:
    """Rates in Gb/s that a modulation table knows, ascending; None when it knows all."""
    if isinstance(modulations, str):
        return tuple(BY_RATE[modulations]) if modulations in BY_RATE else None
    return None if isinstance(modulations, tuple) else tuple(sorted(int(rate) for rate in modulations))
