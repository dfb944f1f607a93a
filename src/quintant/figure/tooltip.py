"""Tooltips: what a reader who points at a mark is told."""

from __future__ import annotations

import altair as alt


def tip(field: str, title: str | None = None, format: str | None = None) -> alt.Tooltip:
    """One line: a field ("rate:Q"), what it is called where that is not its name, and the format of its number."""
    words = {"title": title, "format": format}
    return alt.Tooltip(field, **{name: word for name, word in words.items() if word is not None})


def bounds(format: str = ".4g") -> list[alt.Tooltip]:
    """The ends of an interval."""
    return [tip("low:Q", format=format), tip("high:Q", format=format)]
