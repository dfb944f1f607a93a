"""Payloads as bytes: a fixed schema whatever is empty, no NaN on the wire, and who gets gzip."""

from __future__ import annotations

import numpy as np
import orjson
import pyarrow as pa
import pytest

from quintant.labs.spiking.contract import rendering
from quintant.labs.spiking.contract.schema import EMPTY, RUN, WEIGHTS, arrow_type

NOTHING = {**{name: EMPTY.get(kind) for name, kind in RUN.items()}, "spikes": {"times": [], "ids": [], "types": []}}


def test_the_arrow_schema_is_the_same_whatever_is_empty():
    full = {**NOTHING, "spikes": {"times": [1.5], "ids": np.array([3], np.int32), "types": np.array([1], np.int8)},
            "weights_heatmap": [np.ones(3), np.zeros(2)], "input_raw_raster_ids_layers": [[1, 2], []],
            "layer_labels": ["L1"]}  # fmt: skip
    tables = [pa.ipc.open_stream(rendering.to_arrow(rendering.finite(one, RUN), RUN)).read_all() for one in (NOTHING, full)]
    assert tables[0].schema == tables[1].schema
    assert not any(pa.types.is_null(field.type) for field in tables[0].schema.field("spikes").type)
    told = tables[1].to_pylist()[0]
    assert told == orjson.loads(rendering.to_json(rendering.finite(full, RUN)))
    assert told["weights_heatmap"] == [[1.0, 1.0, 1.0], [0.0, 0.0]] and told["input_raw_raster_ids_layers"] == [[1, 2], []]


def test_what_is_not_finite_is_zero_in_both():
    bad = {**NOTHING, "mean_rate_E": float("nan"), "psd_power": np.array([1.0, np.inf]), "psd_power_layers": [[np.nan], []]}
    whole = rendering.finite(bad, RUN)
    told = orjson.loads(rendering.to_json(whole))
    assert (told["mean_rate_E"], told["psd_power"], told["psd_power_layers"]) == (0.0, [1.0, 0.0], [[0.0], []])
    assert pa.ipc.open_stream(rendering.to_arrow(whole, RUN)).read_all().to_pylist()[0] == told


def test_a_missing_field_is_an_error_not_a_gap():
    with pytest.raises(KeyError):
        rendering.finite({}, WEIGHTS)


@pytest.mark.parametrize(("accept", "arrow"), [
    ("application/vnd.apache.arrow.stream", True), ("application/vnd.apache.arrow.stream, application/json", True),
    ("text/html;q=0.5,application/vnd.apache.arrow.stream;q=0.9", True), ("*/*", False), ("", False), ("application/*", False),
])  # fmt: skip
def test_arrow_is_for_those_who_name_it(accept, arrow):
    assert rendering.wants_arrow(accept) is arrow


@pytest.mark.parametrize(("accept", "gzip"), [
    ("gzip", True), ("deflate, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("br", False), ("", False),
    ("identity", False), ("x-gzip", True),
])  # fmt: skip
def test_gzip_is_for_those_who_name_it(accept, gzip):
    assert rendering.wants_gzip(accept) is gzip


def test_every_type_has_an_arrow_type():
    assert {str(arrow_type(kind)) for kind in set(RUN.values())} == {
        "double", "int64", "bool", "list<item: double>", "list<item: list<item: double>>", "list<item: list<item: int64>>",
        "list<item: string>",
        "struct<times: list<item: double>, ids: list<item: int64>, types: list<item: int64>>"}  # fmt: skip
