"""The bar: what it says at which moment, and that it fits."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from quintant.cli import bar, progress
from quintant.lab import Headline
from quintant.runs.lifecycle import State
from quintant.runs.run import Run

HEADLINE = Headline("blocking_probability", "blocking", scale="log")
RUN = Run(
    id="7f3a9c0d1e2b", lab="optical", lab_version="1", name="x", owner="local", contract=None, lane="batch",
    state=State.RUNNING, want="run", attempt=1, worker=None, config={}, config_hash="", request=None, root_seed=1, streams={},
    sweep_id=None, point={}, replicate=0, verify_of=None, created_at=0.0, started_at=1.0, ended_at=None, reason=None,
    fraction=0.5, values={"blocking_probability": 0.04}, headline=None, headline_low=None, headline_high=None, last_seq=1,
    exact_hash=None, result_hash=None, record={}, warnings=(), expires_at=None,
)  # fmt: skip
DONE = replace(RUN, state=State.COMPLETED, ended_at=2.0, fraction=1.0, headline=0.02)
FAILED = replace(RUN, state=State.FAILED, ended_at=2.0, values={})
QUEUED = replace(RUN, state=State.QUEUED, fraction=0.0, values={}, started_at=None)


def test_progress_is_the_mean_over_all_runs():
    read = progress.read([DONE, RUN, QUEUED, FAILED], HEADLINE, 5.0)
    assert (read.total, read.ended, read.failed) == (4, 2, 1)
    assert read.fraction == pytest.approx(2.5 / 4)
    assert read.value == pytest.approx(0.03) and read.values == 2
    assert read.each_s == 1.0
    assert read.left_s == pytest.approx(5.0 * 1.5 / 2.5)


def test_runs_of_different_points_have_no_common_headline():
    assert progress.read([replace(DONE, point={"load": 1}), replace(DONE, point={"load": 2})], HEADLINE, 1.0).value is None


def test_a_run_whose_files_are_not_stored_yet_has_not_ended():
    read = progress.read([replace(RUN, fraction=1.0)], HEADLINE, 1.0)
    assert read.fraction < 1
    assert progress.parts(read, HEADLINE)[0] == " 99 %"


def test_the_facts_of_several_runs():
    parts = progress.parts(progress.read([DONE, RUN, QUEUED], HEADLINE, 3.0), HEADLINE)
    assert parts == ["1/3", "1.0 s each", "blocking 3.0 %", "ETA 3 s"]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_the_bar_fits_and_drops_facts_before_it_breaks(columns):
    read = progress.read([DONE, RUN, QUEUED], HEADLINE, 3.0)
    full, empty, facts = bar.bar_parts(read, HEADLINE, columns)
    assert len(f"  {full}{empty}   {facts}") <= columns
    assert facts.startswith("1/3")
    assert len(full + empty) <= bar.WIDEST
    assert len(full) == int(len(full + empty) * read.fraction)


def test_a_pipe_gets_one_line_a_tenth():
    out = io.StringIO()
    lines = bar.Lines(out, HEADLINE)
    for hundredth in range(101):
        lines.show([replace(RUN, fraction=hundredth / 100)], (), 1.0)
    lines.show([DONE], (), 1.0)
    told = out.getvalue().splitlines()
    assert len(told) == 10
    assert told[0].split() == ["10", "%", "blocking", "4.0", "%", "ETA", "9", "s"]
    assert told[-1].split() == ["100", "%", "blocking", "2.0", "%"]
