"""The suite that every lab passes. Each check raises AssertionError with what is wrong; `checks(lab)` lists them all.

@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
def test_conformance(check):
    check(LAB, {"steps": 3})          # a small config of the lab, with randomness on
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from quintant.config import Config, json_schema, keys_of, parse
from quintant.config.annotation import models_reached, types_below
from quintant.errors import ConfigError
from quintant.lab import Answer, Lab, Outcome, load
from quintant.runs.record import exact_hash, pieces, result_hash
from quintant.runs.sweep import check_read
from quintant.testing import trials
from quintant.testing.execution import answered, context, run
from quintant.wire.contract import contract_of

Check = Callable[[Lab, Mapping[str, Any]], None]


def the_same_root_gives_the_same_bits(lab: Lab, config: Mapping[str, Any]) -> None:
    parsed = parse(lab.config, config)
    (steps, first), (again, two) = run(lab, parsed, 1), run(lab, parsed, 1)
    assert dict(pieces(first)) == dict(pieces(two))
    assert [step.events for step in steps] == [step.events for step in again], "two runs of one root told different facts"


def two_roots_differ(lab: Lab, config: Mapping[str, Any]) -> None:
    parsed = parse(lab.config, config)
    if lab.seedless(parsed):
        assert result_hash(run(lab, parsed, 1)[1]) == result_hash(run(lab, parsed, 2)[1])
        return
    assert result_hash(run(lab, parsed, 1)[1]) != result_hash(run(lab, parsed, 2)[1])


def a_result_survives_its_files(lab: Lab, config: Mapping[str, Any]) -> None:
    from quintant.runs import artifact, result

    made = run(lab, parse(lab.config, config), 1)[1]
    with tempfile.TemporaryDirectory() as folder:
        for path, data in result.files(made):
            artifact.write(Path(folder), path, data)
        read = result.read(Path(folder).joinpath)
    assert read is not None
    assert (exact_hash(read), result_hash(read)) == (exact_hash(made), result_hash(made))


def the_headline_is_measured(lab: Lab, config: Mapping[str, Any]) -> None:
    metric = run(lab, parse(lab.config, config), 1)[1].metrics[lab.headline.metric]
    assert metric.value is not None or metric.reason, "the headline metric is None without a reason"
    assert metric.unit == lab.headline.unit


def what_is_none_has_a_reason(lab: Lab, config: Mapping[str, Any]) -> None:
    metrics = run(lab, parse(lab.config, config), 1)[1].metrics
    assert [name for name, metric in metrics.items() if metric.value is None and not metric.reason] == []


def progress_grows_to_one(lab: Lab, config: Mapping[str, Any]) -> None:
    steps, _ = run(lab, parse(lab.config, config), 1)
    fractions = [step.progress.fraction for step in steps if step.progress is not None]
    assert fractions, "the engine tells no progress"
    assert fractions == sorted(fractions), "progress goes back"
    assert fractions[0] >= 0 and abs(fractions[-1] - 1) < 1e-9, f"progress ends at {fractions[-1]}"


def every_key_is_explained(lab: Lab, config: Mapping[str, Any]) -> None:
    schema = json_schema(lab.config)
    orjson.dumps(schema)  # bounds beyond 64 bits could not be sent
    properties = schema["properties"]
    assert "config" not in properties, "`config.key` means the key itself on the command line"
    lacking = [name for name, key in properties.items() if not key.get("description") or not key.get("group")]
    assert lacking == [], f"without a sentence or a group: {lacking}"
    wordless = [
        f"{kind.__name__}.{name}" for kind in models_reached(lab.config) for name, key in keys_of(kind).items() if not key.says
    ]
    assert wordless == [], f"without a sentence: {wordless}"
    assert sum(bool(key.get("essential")) for key in properties.values()) in range(1, 13)
    known = keys_of(lab.config)
    foreign = {name: set(key.purposes) - set(lab.purposes) for name, key in known.items()}
    assert {name: more for name, more in foreign.items() if more} == {}, "purposes that are no random streams of the lab"
    others = [other for key in known.values() for other in key.synonyms]
    assert len(others) == len({*others, *known}) - len(known), "a synonym stands twice, or is itself a key"
    nameless = [branch for branch in _branches(schema) if not branch.get("title")]
    assert nameless == [], "branches of a union without a name"


def _branches(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, list):
        for inner in schema:
            yield from _branches(inner)
    elif isinstance(schema, dict):
        yield from (branch for word in ("anyOf", "oneOf") for branch in schema.get(word, ()))
        for inner in schema.values():
            yield from _branches(inner)


def conditions_name_keys(lab: Lab, config: Mapping[str, Any]) -> None:
    """Every `when` is about keys that exist."""
    for kind in models_reached(lab.config):
        for name, known in keys_of(kind).items():
            for path in known.when.paths() if known.when is not None else ():
                root = lab.config if path.startswith("/") else kind
                assert types_below(root, path.removeprefix("/")), f"{kind.__name__}.{name}: when looks at {path!r}"


def a_key_that_is_not_read_is_told(lab: Lab, config: Mapping[str, Any]) -> None:
    """No key is without effect and without a word: where a key is not read, who gives it is told, and no sweep may vary it.
    That what is read has an effect, and what is not has none, is tried by `quintant.testing.trials`."""
    for name in trials.conditional(lab):
        for raw in trials.readings(lab.config, config, name, read=False):
            changed = trials.changed(lab.config, raw, name, trials.Trial())
            if changed is None:
                continue
            unread = [problem.path for problem in changed.unread([name])]
            assert name in unread, f"{name} is not read in {raw}, and nothing is told"
            try:
                check_read([name], [parse(lab.config, raw), changed])
            except ConfigError:
                continue
            raise AssertionError(f"a sweep over {name} is not refused where nothing reads it: {raw}")


def presets_take_every_essential_key(lab: Lab, config: Mapping[str, Any]) -> None:
    """Who changes one key of a preset is not refused for another that nobody wrote, or learns where that comes from."""
    for preset in lab.presets.values():
        for name, known in keys_of(lab.config).items():
            if known.essential:
                trials.preset_takes(lab, preset, name)


def unknown_keys_are_refused(lab: Lab, config: Mapping[str, Any]) -> None:
    try:
        parse(lab.config, {**config, "no_such_key": 1})
    except ConfigError as error:
        assert error.problems[0].path == "no_such_key"
    else:
        raise AssertionError("an unknown key was accepted")


def presets_are_valid(lab: Lab, config: Mapping[str, Any]) -> None:
    assert lab.default_preset in lab.presets
    for name, preset in lab.presets.items():
        assert preset.name == name
        parse(lab.config, preset.config)


def a_continued_run_ends_the_same(lab: Lab, config: Mapping[str, Any]) -> None:
    """Only for labs that say `resumable`: dump and load after every step change nothing."""
    if not lab.resumable:
        return
    parsed = parse(lab.config, config)
    engine = load(lab.engine)()
    state = engine.init(parsed, lab.seeded(parsed, 1))
    answers: Sequence[Answer] = ()
    fraction = 0.0
    with context() as here:
        while True:
            step = load(lab.engine)().step(engine.load(engine.dump(state)), answers)
            state = step.state
            if step.progress is not None:
                assert step.progress.fraction >= fraction, f"progress goes back from {fraction} where a run is continued"
                fraction = step.progress.fraction
            if step.done:
                break
            answers = answered(lab, step, here)
    assert dict(pieces(engine.result(state))) == dict(pieces(run(lab, parsed, 1)[1]))


def a_stopped_run_says_what_it_measured(lab: Lab, config: Mapping[str, Any]) -> None:
    """Only for engines that offer `so_far`: at every step boundary it gives nothing, or a result that can be stored."""
    parsed = parse(lab.config, config)
    if not hasattr(load(lab.engine)(), "so_far"):
        return
    whole, _ = run(lab, parsed, 1)
    for stop in sorted({0, 1, len(whole) // 2, len(whole) - 1}):
        engine = load(lab.engine)()
        state = engine.init(parsed, lab.seeded(parsed, 1))
        answers: Sequence[Answer] = ()
        with context() as here:
            for _ in range(stop):
                step = engine.step(state, answers)
                state, answers = step.state, answered(lab, step, here)
        kept = engine.so_far(state)
        if kept is None:
            continue
        result, amount = kept
        assert amount and lab.headline.metric in result.metrics, "a result so far says after how much, and the headline"
        assert [name for name, metric in result.metrics.items() if metric.value is None and not metric.reason] == []


def a_sweep_draws_its_figure(lab: Lab, config: Mapping[str, Any]) -> None:
    """A lab that has figures of sweeps draws one of them for replicates whose headline was measured; of what it cannot draw it
    says why."""
    from quintant.errors import Conflict
    from quintant.figure import draw

    figures = [figure for figure in lab.figures if figure.of == "sweep"]
    if not figures:
        return
    parsed = parse(lab.config, config)
    outcomes = [outcome(lab, parsed, root) for root in (1, 2, 3)]
    reasons = []
    for figure in figures:
        try:
            orjson.dumps(draw(figure, outcomes), option=orjson.OPT_SERIALIZE_NUMPY)
            return
        except Conflict as error:
            reasons.append(str(error))
    unmeasured = [
        lab.headline.metric not in outcome.metrics or outcome.metrics[lab.headline.metric].value is None for outcome in outcomes
    ]
    assert all(unmeasured) and all(reasons), f"no figure of a sweep can be drawn: {reasons}"


def outcome(lab: Lab, config: Config, root: int) -> Outcome:
    """One Run of this process as figures see it."""
    import pyarrow as pa

    steps, result = run(lab, config, root)
    batches: dict[str, list[pa.RecordBatch]] = {}
    for step in steps:
        for name, batch in step.tables.items():
            batches.setdefault(name, []).append(batch)
    tables = {name: pa.Table.from_batches(parts) for name, parts in batches.items()}
    return Outcome(
        run_id=f"conformance{root}", name=lab.name, state="completed", config=config, root_seed=root, metrics=result.metrics,
        tables={**tables, **result.tables}, documents=result.documents,
        events=[event for step in steps for event in step.events],
    )  # fmt: skip


def dotted_paths_lead_somewhere(lab: Lab, config: Mapping[str, Any]) -> None:
    for path in (
        lab.engine,
        contract_of(lab).files,
        lab.contract,
        lab.commands,
        lab.data,
        lab.answers,
        lab.outside,
        lab.warm,
        *(figure.build for figure in lab.figures),
    ):
        if path is not None:
            assert load(path) is not None


def checks() -> tuple[Check, ...]:
    return (
        the_same_root_gives_the_same_bits, two_roots_differ, a_result_survives_its_files, the_headline_is_measured,
        what_is_none_has_a_reason, progress_grows_to_one, every_key_is_explained, conditions_name_keys,
        unknown_keys_are_refused, a_key_that_is_not_read_is_told,
        presets_are_valid, presets_take_every_essential_key, a_continued_run_ends_the_same, a_stopped_run_says_what_it_measured,
        a_sweep_draws_its_figure, dotted_paths_lead_somewhere,
    )  # fmt: skip
