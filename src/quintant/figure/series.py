"""Series: the channels by which marks take a series' colour and shape, and the scale with a legend for many of them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from quintant.figure.theme import Theme

HUE = alt.Color("hue:N", scale=None)
"""Each row's own colour, from its field "hue"."""
INK = alt.Color("ink:N", scale=None)
"""Each text's own colour, from its field "ink"."""
SHAPE = alt.Shape("shape:N", scale=None)
"""Each row's own marker, from its field "shape"."""


def colours(names: Sequence[str], theme: Theme) -> alt.Scale:
    """Series by name in the theme's colours, in this order."""
    return alt.Scale(domain=list(names), range=[theme.colour(place) for place in range(len(names))])


def shapes(names: Sequence[str], theme: Theme) -> alt.Scale:
    """The same series in the theme's markers."""
    return alt.Scale(domain=list(names), range=[theme.shape(place) for place in range(len(names))])
