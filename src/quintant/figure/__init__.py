"""Figures: one declarative specification, shown by a page, a notebook or a file.

A lab's builder turns outcomes into an Altair chart and says what it found (`Caption`); `draw` makes it a Vega-Lite
specification with inline data, theme and provenance; `export` turns that into JSON, SVG, PNG, PDF or HTML.

    theme.py    palettes, light and dark, and the Vega configuration made of them
    caption.py  the finding in words, the text alternative
    draw.py     Figure + outcomes -> specification
    export.py   specification -> file

What builders draw with:

    plane.py    two sides, the data on them and the layers;  tooltip.py  what pointing tells
    series.py   colours and markers by row or by name;  lettering.py  names, remarks, "n = 1"
    cells.py    maps of rectangles;  ink.py  text on them;  axis.py  decades;  placement.py  names on a graph
    hatch.py    what is missing;  excluded.py  what was not measured
    curves.py   a curve of every replicate, its mean and interval;  histogram.py  bars by bin
    replicates.py  outcomes by config;  decimation.py  long lines by their extremes;  inline.py  data of many rows
    columns.py  a table as arrays, or why it can't be drawn;  number.py  digits;  words.py  line breaks
    swept.py  what was varied over a sweep;  sweep_panel.py  a quantity against one swept key;  sweep_map.py  against two

Nothing here imports Altair or the converter until something is drawn or exported.
"""

from quintant.figure.caption import Caption, captioned, span
from quintant.figure.draw import cannot, draw
from quintant.figure.export import FORMATS, MEDIA_TYPES, export
from quintant.figure.theme import DARK, LIGHT, THEMES, Theme, find_theme

__all__ = [
    "DARK",
    "FORMATS",
    "LIGHT",
    "MEDIA_TYPES",
    "THEMES",
    "Caption",
    "Theme",
    "cannot",
    "captioned",
    "draw",
    "export",
    "find_theme",
    "span",
]
