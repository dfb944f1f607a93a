"""Words: breaking lines to a width without a font at hand, by Helvetica's advance widths (Adobe AFM, 1/1000 em)."""

from __future__ import annotations

import re

_WIDTHS = {
    **dict.fromkeys("ijl'|", 222),
    **dict.fromkeys("ftI.,:;/!\\ []()\u00a0", 278),
    "r": 333,
    "-": 333,
    '"': 355,
    **dict.fromkeys("ckszvxyJ", 500),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722),
    "G": 778,
    "O": 778,
    "Q": 778,
    "m": 833,
    "M": 833,
    "%": 889,
    "W": 944,
    "@": 1015,
}


def width_px(text: str, size_px: float, bold: bool = False) -> float:
    """Width of `text` in a Helvetica-like face; unknown letters count as 0.58 em, bold as 8 % wider."""
    thousandths = sum(_WIDTHS.get(letter, 556 if letter.isascii() else 580) for letter in text)
    return thousandths / 1000 * size_px * (1.08 if bold else 1.0)


def wrap(text: str, limit_px: float, size_px: float, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `limit_px`, broken at spaces but not within "n = 10", "± 5" or "95 %"; a single
    longer word keeps its own line. Of parts between " · ", one that begins in the second half of a line and does not end
    there begins the next line; a "·" where a line breaks gives way."""
    whole = re.sub(r"(?<=n) = (?=\d)", "\u00a0=\u00a0", re.sub(r"(?<=±) (?=\d)|(?<=\d) (?=%)", "\u00a0", text))
    lines: list[str] = []
    for word in whole.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(joined, size_px, bold) <= limit_px:
            lines[-1] = joined
            continue
        before, _, begun = lines[-1].rpartition(" · ") if lines else ("", "", "")
        if word != "·" and not begun.endswith(" ·") and width_px(before, size_px, bold) > limit_px / 2:
            lines[-1:] = [before, f"{begun} {word}"]
        else:
            lines.append(word)
    return [line.removesuffix(" ·").removeprefix("· ") for line in lines if line != "·"]
