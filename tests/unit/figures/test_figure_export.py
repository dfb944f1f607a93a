"""`draw` and `export` on a small figure of their own: caption, provenance, sizes, formats, refusals."""

from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import altair as alt
import orjson
import pytest

from quintant.errors import ConfigError, Conflict
from quintant.figure import FORMATS, MEDIA_TYPES, Caption, cannot, captioned, draw, export
from quintant.figure.export import PX_PER_MM
from quintant.lab import Figure, Outcome

HERE = f"{__name__}"
RUN_ID = "7f3a9c41d2aa"


def outcome(seed: int = 42, run_id: str = RUN_ID) -> Outcome:
    return Outcome(run_id, "toy", "completed", {"a": 1}, seed, {}, {}, {}, [])


def parabola(outcomes, theme):
    rows = [{"x": x, "y": x * x} for x in range(10)]
    chart = alt.Chart(alt.Data(values=rows), width=560, height=200).mark_line(color=theme.series[0]).encode(x="x:Q", y="y:Q")
    return captioned(
        chart,
        Caption(
            "Blocking 3.1e-2 [2.9e-2, 3.3e-2] at 250 E, 10 seeds & more",
            "what it is",
            len(outcomes),
            band="mean ± 95 % CI, n = 10 seeds",
            minimum=0,
            maximum=81,
            units={"x": "Erlang", "y": "1"},
            facts=("k 5", "100 slots"),
            badges=("60 of 164 links drawn",),
        ),
    )


def stacked(outcomes, theme):
    rows = [{"x": x, "y": x * 1e6} for x in range(10)]
    part = alt.Chart(alt.Data(values=rows), width=500, height=80).mark_line().encode(x="x:Q", y="y:Q")
    return captioned(alt.vconcat(part, part), Caption("Two panels", "stacked", 1))


def side_by_side(outcomes, theme):
    """Three beside each other above one, as a heat map by group above its summary."""
    rows = [{"x": x, "y": x} for x in range(10)]
    part, wide = (alt.Chart(alt.Data(values=rows), width=w, height=80).mark_line().encode(x="x:Q", y="y:Q") for w in (150, 400))
    return captioned(alt.vconcat(alt.hconcat(part, part, part), wide), Caption("Four panels", "three above one", 1))


def plain(outcomes, theme):
    return alt.Chart(alt.Data(values=[{"x": 1}])).mark_point().encode(x="x:Q")


def refuses(outcomes, theme):
    raise cannot("toy", "it has no data")


def figure(builder: str = "parabola", of="sweep") -> Figure:
    return Figure("toy", "Toy", "A toy figure", f"{HERE}:{builder}", of=of)


@pytest.fixture(scope="module")
def spec():
    return draw(figure(), [outcome(42), outcome(43, "0123456789ab")])


def test_a_specification_stands_on_its_own(spec):
    block = spec["usermeta"]["quintant"]
    assert spec["config"]["background"] == "#FAFAF7"
    assert "url" not in json.dumps(spec["layer"] if "layer" in spec else spec["data"])
    assert spec["title"]["text"] == [block["sentence"]]
    assert "what it is, mean ±\u00a095\u00a0% CI, n\u00a0=\u00a010 seeds" in spec["title"]["subtitle"]
    assert "k 5 · 100 slots" in spec["title"]["subtitle"] and "60 of 164 links drawn" in spec["title"]["subtitle"]


def test_the_text_alternative_is_the_sentence_with_extremes_and_n(spec):
    alternative = spec["usermeta"]["quintant"]["alt"]
    assert spec["description"] == alternative
    assert alternative == (
        "Blocking 3.1e-2 [2.9e-2, 3.3e-2] at 250 E, 10 seeds & more. Minimum 0, maximum 81. n = 2 seeds. 60 of 164 links drawn."
    )


def test_provenance_leads_back_to_the_runs(spec):
    block = spec["usermeta"]["quintant"]
    assert [run["id"] for run in block["runs"]] == [RUN_ID, "0123456789ab"]
    (digest,) = block["config_hashes"]
    assert block["provenance"] == f"runs {RUN_ID}, 0123456789ab · root seeds 42–43 · config {digest[:12]}"
    assert block["provenance"] in block["caption"]


def test_a_builder_without_a_caption_gets_the_figures_own_words():
    block = draw(figure("plain"), [outcome()])["usermeta"]["quintant"]
    assert (block["sentence"], block["n"], block["of"], block["minimum"]) == ("A toy figure", 1, "runs", None)


def test_what_cannot_be_drawn_says_why():
    with pytest.raises(Conflict, match=r"figure toy cannot be drawn: it has no data\."):
        draw(figure("refuses"), [outcome()])
    with pytest.raises(Conflict, match="there is no run to draw"):
        draw(figure(), [])
    with pytest.raises(Conflict, match="it shows one run and 2 were given; choose one of them"):
        draw(figure(of="run"), [outcome(), outcome(43)])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_in_every_theme(theme, format):
    data = export(draw(figure(), [outcome()], theme), format)
    start = {"json": b"{", "svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF-", "html": b"<!DOCTYPE html>"}[format]
    assert data.startswith(start) and format in MEDIA_TYPES and len(data) > 2000


def test_svg_keeps_text_as_text_and_carries_its_provenance(spec):
    svg = export(spec, "svg").decode()
    root = ElementTree.fromstring(svg)  # well-formed: "&" is escaped
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert spec["usermeta"]["quintant"]["sentence"] in words
    assert spec["usermeta"]["quintant"]["provenance"] in words
    assert root.find("{http://www.w3.org/2000/svg}desc").text == spec["usermeta"]["quintant"]["caption"]


@pytest.mark.parametrize("builder", ["parabola", "stacked", "side_by_side"])
@pytest.mark.parametrize("width_mm", [85, 174])
def test_the_whole_figure_has_the_width_asked_for(builder, width_mm):
    svg = export(draw(figure(builder), [outcome()]), "svg", width_mm).decode()
    width, drawn = re.match(r'<svg[^>]*width="([\d.]+)mm"[^>]*viewBox="0 0 ([\d.]+)', svg).groups()
    assert float(width) == width_mm
    off = 2.01 if builder == "side_by_side" else 1.01  # plots are whole pixels wide
    assert float(drawn) == pytest.approx(width_mm * PX_PER_MM, abs=off)  # laid out anew, so that text keeps its size
    assert 'font-size="11px"' in svg


def test_png_has_its_pixels_resolution_and_description(spec):
    png = export(spec, "png", 85, dpi=300)
    width, _ = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(85 / 25.4 * 300, abs=3)
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        chunks.setdefault(kind, body)
        at += 12 + size
    assert struct.unpack(">I", chunks[b"pHYs"][:4])[0] == pytest.approx(300 / 0.0254, abs=2)
    assert spec["usermeta"]["quintant"]["caption"].encode() in chunks[b"iTXt"]


@pytest.mark.parametrize("width_mm", [85, 174])
def test_the_pdf_page_is_as_wide_as_asked(spec, width_mm):
    pdf = export(spec, "pdf", width_mm)
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) [\d.]+\s*\]", pdf)
    assert float(box[1]) == pytest.approx(width_mm / 25.4 * 72, abs=0.1)
    assert pdf.rstrip().endswith(b"%%EOF") and b"/Font" in pdf


def test_html_asks_nobody_for_anything(spec):
    page = export(spec, "html").decode()
    assert "default-src 'none'" in page
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*["\']?(?:https?:)?//', page)
    assert not re.findall(r'import\s*(?:\(|[^;]{0,80}from)\s*["\']https?://', page)
    assert page.count("</script>") == 1  # nothing inside the script ends it early
    assert '"editor": false' in page and RUN_ID in page


def test_no_text_of_a_run_opens_or_ends_a_script(spec):
    page = export(spec | {"title": "<!--<script>alert(1)</script>"}, "html").decode()
    assert "<script>alert" not in page and "<!--<" not in page
    assert "\\u003cscript>alert(1)\\u003c/script>" in page


def test_json_is_the_specification_itself(spec):
    assert orjson.loads(export(spec, "json")) == orjson.loads(orjson.dumps(spec))


def test_export_does_not_change_the_specification(spec):
    before = orjson.dumps(spec)
    export(spec, "png", 85)
    assert orjson.dumps(spec) == before


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("pgn",), r"format: must be one of json, svg, png, pdf, html; got 'pgn'. Did you mean 'png'\?"),
        (("png", 5), "width_mm: must be between 60 and 400; got 5. A column is 85, a page 174."),
        (("png", None, 7), "dpi: must be between 36 and 1200; got 7."),
    ],
)
def test_what_export_refuses(spec, arguments, text):
    with pytest.raises(ConfigError, match=text):
        export(spec, *arguments)
