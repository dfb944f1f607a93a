"""Student's quantile, against scipy and, where scipy's argument has lost digits, against mpmath at 40 digits."""

from __future__ import annotations

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from quintant.statistics import student_t
from quintant.student import p_value

DEGREES = (0.5, 1, 1.5, 2, 3, 4, 5, 7, 9, 15, 16, 19, 29, 31, 49.5, 99, 299, 999, 9_999, 100_000)
CONFIDENCES = (0.05, 0.1, 0.3, 0.4999, 0.5, 0.6827, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_quantile_is_that_of_scipy(confidence, degrees):
    """To 1e-12, and to what scipy's argument leaves: it is rounded at a half and more, an error of 2^-54 in the tail."""
    ours, theirs = student_t(confidence, degrees), float(stdtrit(degrees, 0.5 + confidence / 2))
    assert ours == pytest.approx(theirs, rel=1e-12)


def tail(t: float, degrees: float) -> mpmath.mpf:
    """What lies outside ± t."""
    nu = mpmath.mpf(degrees)
    return mpmath.betainc(nu / 2, 0.5, 0, nu / (nu + mpmath.mpf(t) ** 2), regularized=True)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("confidence", [1e-9, 1e-6, 0.001, 0.999, 0.9999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12])
def test_far_out_and_near_zero_it_is_that_of_forty_digits(confidence, degrees):
    with mpmath.workdps(40):
        t, nu = mpmath.mpf(student_t(confidence, degrees)), mpmath.mpf(degrees)
        density = mpmath.gamma((nu + 1) / 2) / mpmath.gamma(nu / 2) / mpmath.sqrt(nu * mpmath.pi)
        density *= (1 + t**2 / nu) ** (-(nu + 1) / 2)
        off = (tail(float(t), degrees) - (1 - mpmath.mpf(confidence))) / (2 * density * t)  # relative, in t
    assert abs(off) < 1e-12


@given(st.floats(0.01, 0.999), st.floats(0.5, 5000))
def test_it_grows_with_the_confidence_and_falls_with_the_degrees(confidence, degrees):
    quantile = student_t(confidence, degrees)
    assert student_t(min(confidence * 1.01, 0.9999), degrees) > quantile
    assert student_t(confidence, degrees * 1.1) < quantile * (1 + 1e-12)


def test_closed_forms_of_one_and_two_degrees():
    for confidence in (0.2, 0.5, 0.9, 0.95, 0.99):
        assert student_t(confidence, 1) == pytest.approx(math.tan(math.pi * confidence / 2), rel=1e-13)
        assert student_t(confidence, 2) == pytest.approx(confidence * math.sqrt(2 / (1 - confidence**2)), rel=1e-13)


@pytest.mark.parametrize(("confidence", "degrees"), [(0, 3), (1, 3), (1.2, 3), (0.9, 0), (0.9, -1), (0.9, math.inf)])
def test_what_has_no_quantile_is_refused(confidence, degrees):
    with pytest.raises(ValueError, match=r"confidence: must lie|degrees_of_freedom: must be"):
        student_t(confidence, degrees)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("t", [1e-6, 0.3, 1.0, 2.5, -2.5, 8.0, 50.0])
def test_the_chance_outside_is_that_of_scipy(t, degrees):
    from scipy.stats import t as students

    assert p_value(t, degrees) == pytest.approx(2 * students.sf(abs(t), degrees), rel=1e-10)


def test_the_chance_at_the_ends_and_of_what_is_no_test():
    assert (p_value(0.0, 5), p_value(math.inf, 5), p_value(1e200, 5)) == (1.0, 0.0, 0.0)
    for t, degrees in ((1.0, 0), (1.0, math.inf), (math.nan, 3)):
        with pytest.raises(ValueError):
            p_value(t, degrees)
