"""The pieces that figures are made of: each against the Vega-Lite that it stands for."""

from __future__ import annotations

import altair as alt
import numpy as np
import pyarrow as pa
import pytest

from quintant.errors import Conflict
from quintant.figure import LIGHT, Caption, captioned, span
from quintant.figure.axis import labels_at, literal
from quintant.figure.cells import cell, diverging, gradient, named_axis, numbered_axis
from quintant.figure.curves import curve, curves, pointer
from quintant.figure.excluded import excluded
from quintant.figure.histogram import histogram
from quintant.figure.inline import inline
from quintant.figure.lettering import LINE_PX, alone, apart, bold, corner, haloed, heading, small, typeset
from quintant.figure.number import SPACE, many
from quintant.figure.plane import Plane, across, linear, plot, upward
from quintant.figure.series import HUE, SHAPE, colours, shapes
from quintant.figure.tooltip import bounds, tip
from quintant.lab import Metric, Outcome


def plane(width: float = 300, height: float = 100) -> Plane:
    x = across(linear(0, 10), alt.Axis(title="Time (s)", grid=False))
    return Plane(x, upward(linear(0, 1, zero=False), alt.Axis(title="Share")), width, height)


def drawn(chart) -> dict:
    """The specification without what Altair adds to every chart."""
    spec = chart.to_dict()
    return {name: part for name, part in spec.items() if name not in ("$schema", "config")}


def test_a_mark_on_a_plane_has_scales_and_no_axes():
    spec = plane().on([{"t": 1, "low": 0.1, "high": 0.4}], "t", ("low", "high")).mark_area().to_dict()
    x = {"field": "t", "type": "quantitative", "axis": None, "scale": {"domain": [0, 10], "nice": False}}
    y = {"field": "low", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False, "zero": False}}
    assert spec["encoding"] == {"x": x, "y": y, "y2": {"field": "high"}}
    assert spec["data"]["values"] == [{"t": 1, "low": 0.1, "high": 0.4}]


def test_a_mark_may_use_one_side_only_and_keeps_further_channels():
    rule = plane().on({"level": 0.5}, y="level").mark_rule().encode(tooltip=[tip("level:Q", "threshold", ".2f")])
    encoding = rule.to_dict()["encoding"]
    assert set(encoding) == {"y", "tooltip"}
    assert encoding["tooltip"] == [{"field": "level", "type": "quantitative", "title": "threshold", "format": ".2f"}]


def test_the_frame_alone_draws_the_axes_and_layers_keep_their_own():
    whole = plane()
    spec = whole.layered([whole.frame(), whole.on([{"t": 1, "v": 0}], "t", "v").mark_line()]).to_dict()
    frame, line = (layer["encoding"] for layer in spec["layer"])
    assert (frame["x"]["axis"]["title"], frame["y"]["axis"]["title"]) == ("Time (s)", "Share")
    assert line["x"]["axis"] is None and line["y"]["axis"] is None
    assert (spec["width"], spec["height"]) == (300, 100)
    assert spec["resolve"] == {"axis": {"x": "independent", "y": "independent"}}


def test_a_side_may_be_of_words_sorted_and_titled():
    side = across(alt.Scale(padding=0.5), alt.Axis(grid=False), "N", sort=["b", "a"], title="Rule")
    channel = side.shown("rule").to_dict()
    assert (channel["type"], channel["sort"], channel["title"]) == ("nominal", ["b", "a"], "Rule")
    assert (channel["scale"], channel["axis"]) == ({"padding": 0.5}, {"grid": False})
    assert side("rule").to_dict()["axis"] is None


def test_data_are_rows_a_row_or_columns():
    rows = [{"x": 1}, {"x": 2}]
    assert (
        drawn(plot(rows).mark_point())
        == drawn(plot(tuple(rows)).mark_point())
        == drawn(plot(alt.Data(values=rows)).mark_point())
    )
    assert plot({"x": 1}).mark_point().to_dict()["data"]["values"] == [{"x": 1}]
    assert plot(inline(x=np.arange(2))).mark_point().to_dict()["data"]["values"] == "x\n0\n1"


def test_a_tooltip_says_only_what_it_was_given():
    assert tip("n:Q").to_dict() == {"field": "n", "type": "quantitative"}
    assert tip("n:Q", format="d").to_dict() == {"field": "n", "type": "quantitative", "format": "d"}
    assert [line.to_dict() for line in bounds(".2f")] == [
        {"field": end, "type": "quantitative", "format": ".2f"} for end in ("low", "high")
    ]


def test_names_beside_lines_keep_their_distance():
    assert apart([10, 12, 40], 13) == [10, 23, 40]
    assert apart([]) == []
    levels = apart(sorted(np.random.default_rng(1).uniform(0, 100, 30)), 5)
    assert np.diff(levels).min() >= 5 - 1e-9


def test_lettering_is_the_same_everywhere():
    assert bold("#123456") == {"fontSize": 11, "fontWeight": "bold", "color": "#123456"}
    assert small(LIGHT.muted, 9) == {"fontSize": 9, "color": LIGHT.muted}
    halo, text = (layer.to_dict()["mark"] for layer in haloed(plot({"x": 1}), LIGHT.text, LIGHT, text="here"))
    assert (halo["stroke"], text["color"], halo["text"]) == (LIGHT.surface, LIGHT.text, text["text"])
    corner = alone(LIGHT).to_dict()["mark"]
    assert (corner["text"], corner["color"], corner["x"], corner["y"]) == ("n = 1", LIGHT.amber, {"expr": "width - 6"}, 6)
    assert heading("") == {} and heading("Krum")["title"].to_dict()["text"] == "Krum"


@pytest.mark.parametrize("name", ["plain", "it's", "a,b"])
def test_a_named_axis_labels_the_middle_of_each_cell(name):
    axis = named_axis([name, "other", "third"], "Rule", step=2).to_dict()
    assert axis["values"] == [0.5, 2.5] and axis["title"] == "Rule" and axis["ticks"] is False
    assert axis["labelExpr"].startswith("['" + name.replace("'", "\\'") + "','other','third']")
    assert numbered_axis(3, None).to_dict()["values"] == [0.5, 1.5, 2.5]


def test_cells_their_ramp_and_its_legend():
    assert cell(2, 5) == {"x": 2, "x2": 3, "y": 5, "y2": 6}
    ramp = diverging(3.0, LIGHT, clamp=True).to_dict()
    assert ramp == {"domain": [-3.0, 0, 3.0], "range": list(LIGHT.diverging), "interpolate": "rgb", "clamp": True}
    legend = gradient("score", 110, format=".1f").to_dict()
    assert (legend["orient"], legend["gradientLength"], legend["format"]) == ("right", 110, ".1f")


def test_series_take_the_themes_colours_in_their_order():
    assert HUE.to_dict() == {"field": "hue", "type": "nominal", "scale": None} and SHAPE.to_dict()["scale"] is None
    names = [f"rule {place}" for place in range(8)]
    assert colours(names, LIGHT).to_dict()["range"] == [LIGHT.colour(place) for place in range(8)]
    assert shapes(names[:2], LIGHT).to_dict() == {"domain": names[:2], "range": ["circle", "square"]}


def test_what_was_not_measured_is_hatched_up_to_its_edge():
    assert excluded(plane(), 0, 0, (0, 1), LIGHT) == []
    strokes, edge = excluded(plane(), 2, 60, (0, 1), LIGHT, opacity=0.5)
    rows = strokes.to_dict()["data"]["values"]
    ends = np.array([[row[end] for end in ("x", "x2", "y", "y2")] for row in rows])
    assert len(rows) >= 4 and (ends > -1e-9).all() and (ends[:, :2] < 2 + 1e-9).all() and (ends[:, 2:] < 1 + 1e-9).all()
    assert strokes.to_dict()["mark"]["opacity"] == 0.5
    assert edge.to_dict()["data"]["values"] == [{"x": 2}] and set(edge.to_dict()["encoding"]) == {"x"}


def test_a_caption_takes_its_extremes_from_what_is_drawn_and_drops_what_is_empty():
    assert span([3, 1, 2], x="s") == {"minimum": 1, "maximum": 3, "units": {"x": "s"}}
    assert span([]) == {"minimum": None, "maximum": None, "units": {}} == span(np.empty((0, 2)))
    assert span(np.array([[1, 2], [3, 4]]), y="mV")["maximum"] == 4.0
    caption = Caption("It grows", "value", n=1, badges=("", "so far"), facts=("", "5 steps"), **span([1.5], y="mV"))
    words = captioned(plot({"x": 1}).mark_point(), caption).to_dict()["usermeta"]["quintant"]
    assert words["badges"] == ["so far"] and words["facts"] == ["5 steps"] and words["units"] == {"y": "mV"}


def run(seed: int, *values: float, at: tuple[float, ...] = (0, 1, 2), **metrics: Metric) -> Outcome:
    table = pa.table({"lag": list(at)[: len(values)], "v": list(values)})
    return Outcome(f"{seed:012x}", "", "completed", {}, seed, metrics, {"timing": table}, {}, ())


def test_curves_are_the_mean_of_the_replicates_that_share_an_abscissa():
    runs = [run(1, 1.0, 2.0, 3.0), run(2, 2.0, 3.0, 4.0), run(3, 3.0, 4.0, 5.0), run(4, 9.0, at=(7,))]
    mean = curves("timing", runs, "timing", "lag", "v", (0, 5), "peak")
    assert mean.mean.tolist() == [2.0, 3.0, 4.0] and len(mean.outcomes) == 3
    assert mean.badges == ("3 of 4 runs drawn; the others have nothing to draw (yet)",) and "n = 3 seeds" in mean.band
    assert mean.low is not None and (mean.low < mean.mean).all() and (mean.mean < mean.high).all()
    layers = curve(mean, plane(), LIGHT, ("lag", "x", "v"), floor=1.5)
    band, line = (layer.to_dict() for layer in layers)
    assert (band["mark"]["type"], line["mark"]["type"]) == ("area", "line")
    assert all(float(row.split(",")[1]) >= 1.5 for row in line["data"]["values"].split("\n")[1:])


def test_two_curves_are_both_drawn_and_one_stands_alone():
    two = curves("timing", [run(1, 1.0, 2.0), run(2, 2.0, 3.0)], "timing", "lag", "v", (0, 5), "peak")
    assert (
        two.low is None
        and [layer.to_dict()["mark"]["type"] for layer in curve(two, plane(), LIGHT, ("x", "x", "v"))] == ["line"] * 3
    )
    one = curves("timing", [run(1, 1.0, 2.0)], "timing", "lag", "v", (0, 5), "peak")
    assert one.band is None and len(curve(one, plane(), LIGHT, ("x", "x", "v"))) == 1


def test_curves_without_a_value_say_why():
    silent = run(1, **{"peak": Metric("peak", None, reason="no peak above chance")})
    with pytest.raises(Conflict, match="table 'timing' is empty: no peak above chance"):
        curves("timing", [silent], "timing", "lag", "v", (0, 5), "peak")


def test_a_pointer_stands_above_its_place_with_its_words():
    triangle, text = (
        layer.to_dict() for layer in pointer(plane(), {"t": 3, "v": 0.5}, "34.1 Hz", LIGHT.accent, tooltip=["t:Q"])
    )
    assert triangle["mark"]["yOffset"] < 0 and text["mark"]["text"] == "34.1 Hz" and "tooltip" not in text["encoding"]
    assert triangle["data"]["values"] == [{"t": 3, "v": 0.5}] and triangle["encoding"]["y"]["field"] == "v"


def test_a_histogram_has_bars_from_zero_and_a_heading():
    bins = [{"low": 0, "high": 2, "n": 5}, {"low": 2, "high": 4, "n": 1}]
    axes, bars, heading_text = histogram(plane(), bins, "after, mean 2", LIGHT.series[0], ["n:Q"], low=0).to_dict()["layer"]
    assert axes["encoding"]["x"]["axis"]["title"] == "Time (s)" and bars["encoding"]["x"]["axis"] is None
    assert bars["encoding"]["y2"] == {"datum": 0} and bars["encoding"]["x2"] == {"field": "high"}
    assert heading_text["mark"]["text"] == "after, mean 2"


def test_a_list_is_set_line_by_line_in_px():
    own = typeset([{"x": 4, "y": 0}, {"x": 4, "y": 2}]).mark_text().to_dict()
    assert [(row["px"], row["py"]) for row in own["data"]["values"]] == [(4, LINE_PX / 2), (4, 2.5 * LINE_PX)]
    assert typeset([{"y": 1}], 16).mark_text().to_dict()["data"]["values"] == [{"y": 1, "px": 16, "py": 1.5 * LINE_PX}]
    assert own["encoding"]["x"]["scale"] is None and own["encoding"]["y"]["axis"] is None


def test_small_words():
    assert many(1, "attacker") == f"1{SPACE}attacker" and many(0, "spike") == f"0{SPACE}spikes"
    assert labels_at([0.5, 2], ["'a'", "'b'"]) == "['a','b'][indexof([0.5,2], datum.value)]"
    assert literal('it\'s "here"') == '"it\'s \\"here\\""'
    assert corner("so far", inset=8, y=24).to_dict()["mark"]["x"] == {"expr": "width - 8"}
