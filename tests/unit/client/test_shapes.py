"""What the server says of a Run is what the Store holds of it."""

from __future__ import annotations

from dataclasses import fields

import orjson

from quintant.client import shapes
from quintant.client.card import card
from quintant.config import json_schema
from quintant.runs.run import Run
from quintant.server.native.events import shapes as wire
from quintant.server.native.runs import detail
from quintant.server.native.sweeps import _point, sweep_shape
from quintant.server.streams import event as event_json
from quintant.testing.toy import LAB


def over(shape) -> dict:
    return orjson.loads(shape.model_dump_json())


def test_a_run_comes_back_whole(runs):
    run = runs.wait(runs.submit("toy", {"bias": 1.0}, name="x").id, 30)
    record = {"streams": {name: str(seed) for name, seed in run.streams.items()}, "record": dict(run.record)}
    again = shapes.run(over(detail(runs, run)), record)
    for field in fields(Run):
        if field.name in ("created_at", "started_at", "ended_at"):
            assert abs(getattr(again, field.name) - getattr(run, field.name)) < 1e-5, field.name
        elif field.name == "warnings":
            assert [dict(one) for one in again.warnings] == [dict(one) for one in run.warnings] != []
        elif field.name != "worker":  # which process it was is nobody's business
            assert getattr(again, field.name) == getattr(run, field.name), field.name


def test_sweeps_points_and_events_come_back_whole(runs):
    sweep, made = runs.sweep("toy", {}, axes={"bias": [0.2, 0.8]}, seeds=3)
    for run in made:
        runs.wait(run.id, 30)
    again = shapes.sweep(over(sweep_shape(sweep)))
    assert (again.id, again.axes, again.seeds, again.root_seed) == (sweep.id, dict(sweep.axes), 3, sweep.root_seed)
    assert [shapes.point(over(_point(one, None))) for one in runs.summary(sweep.id)] == runs.summary(sweep.id)
    events = runs.events(made[0].id)
    told = [shapes.event(orjson.loads(orjson.dumps(event_json(one)))) for one in events]
    assert [(one.seq, one.kind, dict(one.payload)) for one in told] == [
        (one.seq, one.kind, dict(one.payload)) for one in events
    ]
    assert set(wire.EventShape.model_fields) == {"run", "seq", "at", "kind", "payload"}


def test_a_lab_looks_the_same_from_both_sides():
    from quintant.server.native.labs import described
    from quintant.server.native.shapes import LabDetail

    own = card(LAB)
    told = LabDetail(
        name=LAB.name, title=LAB.title, tag=LAB.tag, says=LAB.says, version=LAB.version, state="ready", reason=None, extra=None,
        headline=vars(LAB.headline), default_preset=LAB.default_preset, exact=LAB.exact, purposes=list(LAB.purposes),
        cite=LAB.cite,
        figures=[described(figure, {}) for figure in LAB.figures],
        presets=[{**vars(one), "expected": [vars(number) for number in one.expected]} for one in LAB.presets.values()],
    )  # fmt: skip
    remote = shapes.card(over(told), lambda: json_schema(LAB.config))
    assert remote == own and remote.schema == own.schema
