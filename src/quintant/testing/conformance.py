"""The suite that every lab passes. Each check raises AssertionError with what is wrong; `checks(lab)` lists them all.

@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
def test_conformance(check):
    check(LAB, {"steps": 3})          # a small config of the lab, with randomness on
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from quintant.client.discovery import settings_of
from quintant.config import Config, json_schema, parse
from quintant.errors import ConfigError
from quintant.lab import Answer, AskContext, Lab, Result, Step, load
from quintant.runs.record import exact_hash, pieces, result_hash

Check = Callable[[Lab, Mapping[str, Any]], None]
MOST_STEPS = 100_000


def run(lab: Lab, config: Config, root: int) -> tuple[list[Step[Any]], Result]:
    """One Run in this process, without a Store: all its steps and its result."""
    engine = load(lab.engine)()
    state = engine.init(config, lab.seeded(config, root))
    steps: list[Step[Any]] = []
    answers: Sequence[Answer] = ()
    with _context() as context:
        while True:
            step = engine.step(state, answers)
            steps.append(step)
            state = step.state
            if step.done:
                return steps, engine.result(state)
            assert len(steps) < MOST_STEPS, "the engine does not come to an end"
            answers = _answered(lab, step, context)


@contextmanager
def _context() -> Iterator[AskContext]:
    with tempfile.TemporaryDirectory() as folder:
        yield AskContext("run_conformance", Path(folder), settings_of().cache)


def _answered(lab: Lab, step: Step[Any], context: AskContext) -> Sequence[Answer]:
    return [load(lab.answers)(ask, context) for ask in step.asks] if lab.answers else ()


def the_same_root_gives_the_same_bits(lab: Lab, config: Mapping[str, Any]) -> None:
    parsed = parse(lab.config, config)
    (steps, one), (again, two) = run(lab, parsed, 1), run(lab, parsed, 1)
    assert dict(pieces(one)) == dict(pieces(two))
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
        read = result.read(Path(folder))
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
    told = [step.progress.fraction for step in steps if step.progress is not None]
    assert told, "the engine tells no progress"
    assert told == sorted(told), "progress goes back"
    assert told[0] >= 0 and abs(told[-1] - 1) < 1e-9, f"progress ends at {told[-1]}"


def every_key_is_explained(lab: Lab, config: Mapping[str, Any]) -> None:
    schema = json_schema(lab.config)
    orjson.dumps(schema)  # bounds beyond 64 bits could not be sent
    properties = schema["properties"]
    assert "config" not in properties, "`config.key` means the key itself on the command line"
    lacking = [name for name, key in properties.items() if not key.get("description") or not key.get("group")]
    assert lacking == [], f"without a sentence or a group: {lacking}"
    assert sum(bool(key.get("essential")) for key in properties.values()) in range(1, 13)


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
    with _context() as context:
        while True:
            step = load(lab.engine)().step(engine.load(engine.dump(state)), answers)
            state = step.state
            if step.done:
                break
            answers = _answered(lab, step, context)
    assert dict(pieces(engine.result(state))) == dict(pieces(run(lab, parsed, 1)[1]))


def dotted_paths_lead_somewhere(lab: Lab, config: Mapping[str, Any]) -> None:
    for path in (
        lab.engine,
        lab.files,
        lab.contract,
        lab.commands,
        lab.data,
        lab.answers,
        lab.warm,
        *(figure.build for figure in lab.figures),
    ):
        if path is not None:
            assert load(path) is not None


def checks() -> tuple[Check, ...]:
    return (
        the_same_root_gives_the_same_bits, two_roots_differ, a_result_survives_its_files, the_headline_is_measured,
        what_is_none_has_a_reason, progress_grows_to_one, every_key_is_explained, unknown_keys_are_refused, presets_are_valid,
        a_continued_run_ends_the_same, dotted_paths_lead_somewhere,
    )  # fmt: skip
