"""Conventions: what a NIR file does not say of its network, and each tool takes for granted.

Two networks that spike differently can have the same file: it holds no way of reset, no number of spikes a step, no discrete
decay, and tools disagree on what a weight is worth. `TOOLS` says what snnTorch 1.0, norse 1.1, sinabs 3.1, rockpool 3.1 and
spikingjelly 2.0 do, each read from runs of the tool beside the file that it wrote; `nir` is the text of NIR itself
(Pedersen et al. 2024, doi 10.1038/s41467-024-52259-9), by forward Euler; `quintant` is what `quintant chip nir-export` means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from quintant.config import suggest
from quintant.errors import ConfigError, Problem

MANY = 65536


@dataclass(frozen=True)
class Conventions:
    """What a tool takes for granted.

    fires            whether a potential at the threshold fires
    reset, reset_at  to v_reset, or the threshold less; in the step of the spike, in the next one after its decay, or as
                     snnTorch does it with reset_delay=False (both)
    clears           a CubaLIF that is reset to zero one step later takes nothing up in that step (snnTorch's Synaptic)
    spikes_per_step  at most
    decay            1 - dt/τ (euler) or exp(-dt/τ)
    gain, readout    of LIF and CubaLIF, and of LI: the file's r by the decay (file), or a weight moves the potential by itself
                     (unit), or by itself and decays at once (decayed)
    jump             a weight moves the synaptic current by w_in·dt/τ_syn (file), by itself whatever w_in says (whole), or by
                     itself and decays at once (decayed)
    integrate        a weight moves the potential of an IF by R·dt (file), or by itself (unit)
    current          the potential takes the synaptic current with this step's input (now), or as it was before (next)
    aligned          a deeper layer begins a step later for each layer before it, as if there were none between them
    floor            potentials stay above minus their threshold
    delays           a Delay in a loop is all of its lateness (whole), or comes on top of the step that a loop takes (added)
    """

    fires: Literal["at", "above"] = "above"
    reset: Literal["zero", "subtract"] = "zero"
    reset_at: Literal["now", "next", "both"] = "now"
    clears: bool = False
    spikes_per_step: int = 1
    decay: Literal["euler", "exponential"] = "euler"
    gain: Literal["file", "unit"] = "file"
    readout: Literal["file", "unit", "decayed"] = "file"
    jump: Literal["file", "whole", "decayed"] = "file"
    integrate: Literal["file", "unit"] = "file"
    current: Literal["now", "next"] = "now"
    aligned: bool = True
    floor: bool = False
    delays: Literal["whole", "added"] = "whole"

    def reset_of(self, current: bool) -> Literal["zero", "subtract", "clear"]:
        """How neurons are reset; `current`: those with a synaptic current."""
        late = self.reset == "zero" and self.reset_at == "next"
        return "clear" if late and current and self.clears else self.reset


TOOLS: Mapping[str, Conventions] = {
    "nir": Conventions(),
    "snntorch": Conventions(reset="subtract", reset_at="next", clears=True),
    "norse": Conventions(jump="whole", integrate="unit"),
    "sinabs": Conventions(
        fires="at", reset="subtract", spikes_per_step=MANY, decay="exponential", readout="unit", integrate="unit"
    ),
    "rockpool": Conventions(
        fires="at",
        reset="subtract",
        spikes_per_step=MANY,
        decay="exponential",
        gain="unit",
        readout="decayed",
        jump="decayed",
        integrate="unit",
    ),
    "spikingjelly": Conventions(fires="at"),
    "quintant": Conventions(current="next", aligned=False, delays="added"),
}


def conventions_of(tool: str, **changes: Any) -> Conventions:
    """The conventions of a tool, some of them otherwise (None: as the tool has them)."""
    if tool not in TOOLS:
        text = f"must be one of {', '.join(TOOLS)}; got {tool!r}."
        raise ConfigError(Problem("from", text, tool, list(TOOLS), suggest(tool, TOOLS)))
    return Conventions(**{**asdict(TOOLS[tool]), **{name: value for name, value in changes.items() if value is not None}})
