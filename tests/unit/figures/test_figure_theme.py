"""The palettes are pinned: they were chosen by measurement, and a change must be measured again."""

from __future__ import annotations

import pytest

from quintant.errors import ConfigError
from quintant.figure import DARK, LIGHT, THEMES, find_theme

SERIES = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#8427D8", "#2B2F36", "#BE6F9A"),
    "dark": ("#56B4E9", "#F0803C", "#1FA884", "#FFCC00", "#A65FE0", "#F2F4F7"),
}


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_by_its_definition():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # the well-known lightest grey for text


@pytest.mark.parametrize("name", ["light", "dark"])
def test_series_colours_are_the_measured_ones(name):
    assert THEMES[name].series == SERIES[name]


@pytest.mark.parametrize(
    ("theme", "least", "text", "muted", "accent"), [(LIGHT, 3.27, 15.8, 5.8, 6.3), (DARK, 4.5, 14.9, 7.7, 8.3)]
)
def test_contrast_is_at_least_what_was_measured(theme, least, text, muted, accent):
    assert min(contrast(colour, theme.surface) for colour in theme.series) >= least - 0.005
    assert contrast(theme.text, theme.surface) == pytest.approx(text, abs=0.05)
    assert contrast(theme.muted, theme.surface) == pytest.approx(muted, abs=0.05)
    assert contrast(theme.accent, theme.surface) == pytest.approx(accent, abs=0.05)
    for word, colour in (*theme.status.items(), ("amber", theme.amber)):
        assert contrast(colour, theme.surface) >= 4.5, word


def test_seven_series_differ_in_dash_where_colours_begin_again():
    assert LIGHT.colour(6) == LIGHT.colour(0) and LIGHT.dash(6) != LIGHT.dash(0)


def test_the_strong_end_of_the_line_ramp_is_away_from_the_surface():
    assert LIGHT.line_ramp == {"scheme": "cividis", "reverse": True}
    assert DARK.line_ramp == {"scheme": "cividis"}


def test_an_unknown_theme_is_refused_with_a_suggestion():
    with pytest.raises(ConfigError, match=r"theme: must be one of dark, light; got 'lihgt'. Did you mean 'light'\?"):
        find_theme("lihgt")
