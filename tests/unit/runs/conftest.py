"""What tests of the platform share."""

from __future__ import annotations

import pytest

from quintant.runs import open_runs


@pytest.fixture
def idle(settings):
    with open_runs(settings, execute=False) as opened:
        yield opened
