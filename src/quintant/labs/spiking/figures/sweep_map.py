"""Two swept keys: the rhythm's frequency as a heat map, cells without a peak hatched, cells not run left empty."""

from __future__ import annotations

from quintant.figure import Theme, captioned
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing
from quintant.figure.sweep_map import cells
from quintant.figure.swept import Swept, caption
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import facts

PEAK = "rhythm_peak_hz"


def chart(sweep: Swept[SpikingConfig], theme: Theme) -> Drawing:
    across, up = sweep.axes
    map = cells(sweep, PEAK, "peak (Hz)", theme, label="{:.0f}".format)
    sentence = f"No peak above chance in any of {len(sweep.points)} cells"
    if map.values:
        sentence = f"Peak from {min(map.values):.1f} to {max(map.values):.1f}{SPACE}Hz over {across.path} and {up.path}"
        sentence += f"; none in {map.silent} of {len(sweep.points)} cells" if map.silent else ""
    what = "mean peak frequency (Hz), hatched: no peak above chance, empty: not run"
    mixed = f"{map.mixed} cells have a peak in some replicates only; their mean is shown" if map.mixed else ""
    more = {"band": map.n, "badges": (*sweep.badges, mixed)}
    return captioned(map.chart, caption(sweep, sentence, what, map.values, "Hz", facts(sweep.config)[:2], **more))
