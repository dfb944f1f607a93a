"""Two swept keys: the rhythm's frequency as a heat map, cells without a peak hatched, cells not run left empty."""

from __future__ import annotations

from typing import Any

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE
from quintant.figure.sweep_map import cells
from quintant.figure.swept import Swept
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import facts

PEAK = "gamma_peak_hz"


def chart(found: Swept[SpikingConfig], theme: Theme) -> Any:
    across, up = found.axes
    drawn = cells(found, PEAK, "peak (Hz)", theme, label="{:.0f}".format)
    if drawn.values:
        low, high = min(drawn.values), max(drawn.values)
        sentence = f"Peak from {low:.1f} to {high:.1f}{SPACE}Hz over {across.path} and {up.path}"
        sentence += f"; none in {drawn.silent} of {len(found.points)} cells" if drawn.silent else ""
    else:
        sentence = f"No peak above background in any of {len(found.points)} cells"
    mixed = f"{drawn.mixed} cells have a peak in some replicates only; their mean is shown"
    return captioned(
        drawn.chart,
        Caption(
            sentence=sentence,
            what="mean peak frequency (Hz), hatched: no peak above background, empty: not run",
            band=drawn.n,
            units={"x": across.unit or "1", "y": "Hz"},
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            minimum=min(drawn.values, default=None),
            maximum=max(drawn.values, default=None),
            badges=(*found.badges, *((mixed,) if drawn.mixed else ())),
            facts=facts(found.config)[:2],
        ),
    )
