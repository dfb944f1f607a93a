from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fusion_configs import graph
from quintant.labs.optical.engine.adjacency import neighbours
from quintant.labs.optical.engine.physical.channels import Signal
from quintant.labs.optical.engine.physical.crosstalk import excited_neighbours
from quintant.labs.optical.engine.plan import make_plan
from quintant.labs.optical.engine.slotmask import window
from quintant.labs.optical.engine.spectrum import Spectrum

PLAN = make_plan(graph("a-b 100", cores=7, slots=16))
NEAR = neighbours(7)


@given(st.lists(st.integers(0, 2**16 - 1), min_size=7, max_size=7), st.integers(0, 6), st.integers(0, 12), st.integers(1, 4))
def test_the_most_neighbours_lit_at_one_slot(taken, core, start, width):
    """The bit-sliced count against counting slot by slot."""
    spectrum = Spectrum(PLAN)
    for lane, mask in enumerate(taken):
        spectrum.take(spectrum.lanes[lane], (0,), mask)
    mask = window(start, width)
    signal = Signal(0, (0,), spectrum.lanes[core], start, width, mask, 0.0, 1.0, "QPSK", 1.0, 0, 1, 0)
    slot_by_slot = max(sum(taken[other] >> slot & 1 for other in NEAR[core]) for slot in range(start, start + width))
    assert excited_neighbours(spectrum, NEAR, signal, 0) == slot_by_slot
    assert np.array_equal(spectrum.occupied()[0].sum(axis=1), [mask.bit_count() for mask in taken])
