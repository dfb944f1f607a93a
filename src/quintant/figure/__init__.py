"""Figures: one declarative specification, shown by a page, a notebook or a file.

A lab's builder turns outcomes into an Altair chart and says what it found (`Caption`); `draw` makes it a Vega-Lite
specification with inline data, theme and provenance; `export` turns that into JSON, SVG, PNG, PDF or HTML.

    theme.py    palettes, light and dark, and the Vega configuration made of them
    caption.py  the finding in words, the text alternative
    draw.py     Figure + outcomes -> specification
    export.py   specification -> file
    axis.py     decades;  hatch.py  what is missing or excluded;  number.py  digits;  words.py  line breaks
    replicates.py  outcomes by config;  decimation.py  long lines by their extremes;  inline.py  data of many rows
    columns.py  a table as arrays, or why it can't be drawn
    swept.py  what was varied over a sweep;  sweep_panel.py  a quantity against one swept key;  sweep_map.py  against two

Nothing here imports Altair or the converter until something is drawn or exported.
"""

from quintant.figure.caption import Caption, captioned
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
]
