"""The numbers that are built into the chip (catalyst-n1 simulator, confirmed by the published vectors)."""

from __future__ import annotations

TRACE_PEAK = 100
"""Both learning traces of a neuron after its spike."""
TRACE_WEIGHT_SHIFT = 3
"""A weight, or an eligibility, moves by trace >> 3."""
ELIGIBILITY_MOST = 1000
ELIGIBILITY_DECAY_SHIFT = 3
REWARD_SHIFT = 7
"""A weight moves by (eligibility × reward) >> 7."""
GRADED_MOST = 255
GRADED_SHIFT = 7
"""A graded spike delivers (weight × payload) >> 7: payload 128 stands for 1."""
DECAY_UNIT = 4096
LFSR_START = 0xACE1
LFSR_TAPS = 0xB400
LFSR_PERIOD = 65535
