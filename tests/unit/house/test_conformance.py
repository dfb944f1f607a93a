"""Every installed lab passes the conformance suite with a small config of its own."""

import pytest

from quintant import registry
from quintant.testing import conformance
from small_configs import SMALL


@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize(("lab", "config"), [(lab, config) for lab, configs in SMALL.items() for config in configs])
def test_conformance(lab, config, check):
    check(registry.find(lab), config)


def test_no_lab_is_left_out():
    assert set(registry.labs()) == set(SMALL)
    assert registry.broken() == {}
