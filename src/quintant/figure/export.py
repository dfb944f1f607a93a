"""`export`: a specification as JSON, SVG, PNG, PDF or one HTML file, without a browser and without a network.

SVG is the source of PNG and PDF, so that all three agree. Beneath the drawing stands one line that leads back to
the Runs (ids, seeds, config hash); the whole caption is in the SVG's description, the PNG's text chunk and the HTML's
words.
"""

from __future__ import annotations

import copy
import html
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, get_args

import orjson

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.figure.caption import KEY
from quintant.figure.draw import entitle
from quintant.figure.theme import FONT, THEMES
from quintant.figure.words import wrap

Format = Literal["json", "svg", "png", "pdf", "html"]
FORMATS: tuple[str, ...] = get_args(Format)
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "html": "text/html",
}
COLUMN_MM, PAGE_MM = 85.0, 174.0
"""One and two columns of a journal page."""

VEGA_LITE = "6.4"
PX_PER_MM = 96 / 25.4
LEAST_PLOT_PX = 80


def export(spec: Mapping[str, Any], format: str, width_mm: float | None = None, dpi: int = 300) -> bytes:
    """`spec` (from `draw`) as a file. `width_mm`: width of the whole figure, 85 for a column and 174 for a page; None
    keeps the natural size. `dpi` counts for PNG only. Text keeps its size whatever the width."""
    if format not in FORMATS:
        raise ConfigError(
            Problem(
                "format",
                f"must be one of {', '.join(FORMATS)}; got {format!r}.",
                format,
                list(FORMATS),
                suggest(str(format), FORMATS),
            )
        )
    if width_mm is not None and not 60 <= width_mm <= 400:
        raise ConfigError(
            Problem(
                "width_mm",
                f"must be between 60 and 400; got {width_mm:g}.",
                width_mm,
                {"minimum": 60, "maximum": 400},
                "A column is 85, a page 174.",
            )
        )
    if not 36 <= dpi <= 1200:
        bounds = {"minimum": 36, "maximum": 1200}
        raise ConfigError(Problem("dpi", f"must be between 36 and 1200; got {dpi}.", dpi, bounds))
    fitted = dict(spec) if width_mm is None else fit(spec, width_mm * PX_PER_MM)
    if format == "json":
        return orjson.dumps(fitted, option=orjson.OPT_INDENT_2)
    if format == "html":
        return page(fitted).encode()
    svg = _svg(fitted, width_mm)
    if format == "svg":
        return svg.encode()

    import vl_convert

    if format == "pdf":
        return vl_convert.svg_to_pdf(_in_points(svg))
    return _described(vl_convert.svg_to_png(svg, scale=72 / 96, ppi=dpi), _block(fitted).get("caption", ""))


def fit(spec: Mapping[str, Any], width_px: float) -> dict[str, Any]:
    """The same figure laid out anew so that all of it, axes and legends included, is `width_px` wide (± 1 px, and
    up to half of one more for every plot that stands beside another)."""
    fitted = copy.deepcopy(dict(spec))
    if _block(fitted) and not _block(fitted).get("bare"):
        entitle(fitted, width_px)
    for _ in range(4):
        drawn, plot = _size(_vega_svg(fitted))[0], _span(fitted)
        if plot is None or abs(drawn - width_px) <= 1:
            break
        target = plot + width_px - drawn
        if target < LEAST_PLOT_PX:
            width_mm = width_px / PX_PER_MM
            text = f"leaves no room for the plot beside its axes; got {width_mm:g}."
            raise ConfigError(Problem("width_mm", text, width_mm, {"minimum": COLUMN_MM}))
        _resize(fitted, target / plot, bool(_block(fitted).get("keeps_aspect")))
    return fitted


def fitted_like(spec: Mapping[str, Any], model: Mapping[str, Any], natural: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` with the widths that `fit` gave `natural` in `model`: the same drawing in another theme, or with more rows."""
    fitted = copy.deepcopy(dict(spec))
    plot, span = _span(natural), _span(model)
    if plot and span and span != plot:
        _resize(fitted, span / plot, bool(_block(fitted).get("keeps_aspect")))
    return fitted


def page(spec: Mapping[str, Any]) -> str:
    """One HTML file with its own copy of Vega and a policy that forbids every request."""
    block = _block(spec)
    theme = THEMES.get(block.get("theme", "light"), THEMES["light"])
    data = json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")  # no text of a run opens or ends a script
    options = json.dumps(spec.get("usermeta", {}).get("embedOptions", {"actions": {"editor": False}}))
    sentence = html.escape(block.get("sentence", "Figure"))
    caption = html.escape(block.get("provenance", ""))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; \
style-src 'unsafe-inline'; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{sentence}</title>
<style>
body {{ margin: 24px; background: {theme.surface}; color: {theme.text}; font: 14px/1.5 {FONT}; }}
figure {{ margin: 0 auto; width: max-content; max-width: 100%; }}
figcaption {{ color: {theme.muted}; font-size: 12px; max-width: 640px; }}
</style>
</head>
<body>
<figure role="figure" aria-label="{html.escape(block.get("alt", ""), quote=True)}">
<div id="figure"></div>
<figcaption>{caption}</figcaption>
</figure>
<script type="module">
{_bundle()}
window.vegaEmbed("#figure", {data}, {options}).catch((error) => {{
  document.getElementById("figure").textContent = "The figure could not be drawn: " + error.message;
}});
</script>
</body>
</html>
"""


def _block(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    body: Mapping[str, Any] = spec.get("usermeta", {}).get(KEY, {})
    return body


@lru_cache(maxsize=1)
def _bundle() -> str:
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    return bundle.replace("</script", "<\\/script")


def _vega_svg(spec: Mapping[str, Any]) -> str:
    import vl_convert

    try:
        return vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        text = f"is not a specification that Vega-Lite {VEGA_LITE} draws: {error}."
        raise ConfigError(Problem("spec", text)) from None


def drawn_size(spec: Mapping[str, Any]) -> tuple[float, float]:
    """Width and height of the drawing, axes and legends included."""
    return _size(_vega_svg(spec))


def _svg(spec: Mapping[str, Any], width_mm: float | None) -> str:
    """Vega's SVG with the provenance line beneath, a description, and its size in mm when one was asked for."""
    svg = _vega_svg(spec)
    width, height = _size(svg)
    block = _block(spec)
    theme = THEMES.get(block.get("theme", "light"), THEMES["light"])
    lines = wrap(block["provenance"], width - 16, size_px=9) if block.get("provenance") else []
    tall = height + 12 * len(lines)
    words = "".join(
        f'<text x="8" y="{height + 4 + 12 * index:g}" font-family="{FONT}" font-size="9px" fill="{theme.muted}">'
        f"{html.escape(line)}</text>"
        for index, line in enumerate(lines)
    )
    size = f'width="{width:g}" height="{tall:g}"'
    if width_mm is not None:
        size = f'width="{width_mm:g}mm" height="{tall * width_mm / width:.4f}mm"'
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
        f'class="marks" role="img" {size} viewBox="0 0 {width:g} {tall:g}">'
        f"<title>{html.escape(block.get('sentence', ''))}</title><desc>{html.escape(block.get('caption', ''))}</desc>"
    )
    body = re.sub(r"^<svg[^>]*>", "", svg, count=1)
    body = re.sub(r'^<rect width="[^"]*" height="[^"]*"', f'<rect width="{width:g}" height="{tall:g}"', body, count=1)
    return head + body.removesuffix("</svg>") + words + "</svg>"


def _in_points(svg: str) -> str:
    """The SVG with its outer size as bare numbers in points (1/72 inch), which the PDF writer takes as the page."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    given = re.search(r' width="([\d.]+)(mm)?" height="([\d.]+)(?:mm)?"', svg)
    assert box is not None and given is not None  # written by _svg
    width = float(given[1]) * (72 / 25.4 if given[2] else 0.75)
    height = width * float(box[2]) / float(box[1])
    return svg.replace(given[0], f' width="{width:.3f}" height="{height:.3f}"', 1)


def _size(svg: str) -> tuple[float, float]:
    found = re.match(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    if found is None:
        raise ValueError("Vega's SVG starts without its size")
    return float(found[1]), float(found[2])


def _views(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(spec, dict):
        yield spec
        for name in ("layer", "vconcat", "hconcat", "concat"):
            for part in spec.get(name, ()):
                yield from _views(part)
        if isinstance(spec.get("spec"), dict):
            yield from _views(spec["spec"])


def _span(view: Mapping[str, Any]) -> float | None:
    """Width of the plots of a view: the sum of those side by side, the widest of those stacked. None without any."""
    own = view.get("width")
    found = [float(own)] if isinstance(own, (int, float)) else []
    stacked = [part for name in ("layer", "vconcat", "concat") for part in view.get(name, ())]
    stacked += [view["spec"]] if isinstance(view.get("spec"), Mapping) else []
    found += [span for part in stacked if (span := _span(part)) is not None]
    beside = [span for part in view.get("hconcat", ()) if (span := _span(part)) is not None]
    return max([*found, sum(beside)]) if found or beside else None


def _resize(spec: dict[str, Any], factor: float, keeps_aspect: bool) -> None:
    for view in _views(spec):
        for name in ("width", "height") if keeps_aspect else ("width",):
            if isinstance(view.get(name), (int, float)):
                view[name] = view[name] * factor


def _described(png: bytes, text: str) -> bytes:
    """The PNG with `text` in an iTXt chunk ("Description", UTF-8) before its pixels."""
    if not text:
        return png
    body = b"Description\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    after_header = 8 + 25  # signature, IHDR
    return png[:after_header] + chunk + png[after_header:]
