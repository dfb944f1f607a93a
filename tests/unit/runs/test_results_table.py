"""Results as one table: which rows, which columns, and each format opened by who reads it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from quintant import tabular
from quintant.arrow import field_note
from quintant.errors import ConfigError, NotFound, NotInstalled
from quintant.precision import written
from quintant.runs import Runs, open_runs
from quintant.runs.results_table import METADATA, Wanted, results_table
from quintant.runs.rows import read_sorts
from quintant.settings import Settings
from quintant.tex import escaped


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Iterator[Runs]:
    with open_runs(Settings(data_dir=tmp_path_factory.mktemp("data"), workers=2), execute=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def sweep(runs) -> str:
    made, members = runs.sweep("toy", {"steps": 3}, axes={"bias": [0.8, 0.2]}, seeds=3, root_seed=7, name="two coins, 100 %")
    for run in members:
        runs.wait(run.id, 240)
    return made.id


@pytest.fixture(scope="module")
def table(runs, sweep) -> pa.Table:
    return results_table(runs, Wanted(sweep))


def test_a_row_is_a_point_with_the_statistics_of_its_summary(runs, sweep, table):
    assert table.column_names[:7] == ["key", "lab", "name", "state", "runs", "root_seed", "bias"]
    assert table.column("bias").to_pylist() == [0.8, 0.2] and table.column("runs").to_pylist() == [3, 3]
    for at, point in enumerate(runs.summary(sweep)):
        for name, one in point.metrics.items():
            row = [table.column(f"{name}{part}")[at].as_py() for part in ("", "_low", "_high", "_n", "_unit")]
            assert row == [one.mean, one.low, one.high, one.n, point.units[name]], name
    assert [field_note(field, "kind") for field in table.schema][-5:] == ["metric", "low", "high", "n", "unit"]


def test_a_row_a_run_has_the_runs_own_interval(runs, sweep, table):
    each = results_table(runs, Wanted(sweep, fold="none"))
    members = runs.runs_of(sweep)
    assert each.column("key").to_pylist() == [run.id for run in members]
    for at, run in enumerate(members):
        own = runs.result(run.id).metrics["heads_share"]
        assert [each.column(f"heads_share{part}")[at].as_py() for part in ("", "_low", "_high")] == [
            own.value,
            own.low,
            own.high,
        ]
    one = results_table(runs, Wanted(members[0].id))
    assert one.num_rows == 1 and one.column("key").to_pylist() == [members[0].id]
    assert results_table(runs, Wanted(table.column("key")[1].as_py())).column("bias").to_pylist() == [0.2]


def test_what_the_rows_have_in_common_and_units_are_told(table):
    about = json.loads(table.schema.metadata[METADATA])
    assert about["common"]["toy"]["steps"] == 3 and "bias" not in about["common"]["toy"] and about["labs"] == {"toy": "1"}
    assert field_note(table.schema.field("heads_share"), "unit") == "1"
    assert field_note(table.schema.field("heads_share_low"), "name") == "heads_share"


def test_keys_that_differ_are_columns_and_a_filter_chooses_rows(runs, sweep):
    other = runs.submit("toy", {"steps": 4, "bias": 0.2}, name="another coin")
    queued = runs.submit("toy", {"steps": 5, "misbehave": "raise", "misbehave_at": 1}, name="another coin fails")
    assert (runs.wait(other.id, 240).state, runs.wait(queued.id, 240).state) == ("completed", "failed")
    found = results_table(runs, Wanted(where="name~another", sort=read_sorts("-config:steps")))
    assert found.column("steps").to_pylist() == [5, 4] and found.column("state").to_pylist() == ["failed", "completed"]
    assert found.column("heads_share").to_pylist()[0] is None and found.column("heads_share_n").to_pylist() == [None, 1]
    assert "misbehave" in found.column_names and "tosses_per_step" not in found.column_names
    few = results_table(runs, Wanted(where="name~another", metrics=["heads_share"]))
    assert {field_note(field, "name") for field in few.schema if field_note(field, "kind") == "metric"} == {"heads_share"}
    with pytest.raises(NotFound, match="name~nobody"):
        results_table(runs, Wanted(where="name~nobody"))
    with pytest.raises(ConfigError, match="heads_share"):
        results_table(runs, Wanted(sweep, metrics=["heads_shares"]))
    with pytest.raises(NotFound):
        results_table(runs, Wanted("ffffffffffff"))


def test_parquet_arrow_csv_and_json_are_opened_by_their_readers(table):
    parquet = pa.parquet.read_table(io.BytesIO(tabular.encoded(table, "parquet")))
    arrow = tabular.decoded(tabular.encoded(table, "arrow"))
    for opened in (parquet, arrow):
        assert opened.equals(table) and opened.schema.metadata[METADATA] == table.schema.metadata[METADATA]
        assert opened.schema.field("heads_share").metadata[b"unit"] == b"1"
    read = pa.csv.read_csv(io.BytesIO(tabular.encoded(table, "csv")))
    assert read.column_names == table.column_names and read.column("name").to_pylist() == ["two coins, 100 %"] * 2
    assert read.column("heads_share").to_pylist() == table.column("heads_share").to_pylist()
    assert json.loads(tabular.encoded(table, "json"))["columns"]["bias"] == [0.8, 0.2]
    with pytest.raises(ConfigError, match="must be one of"):
        tabular.encoded(table, "ods")


def test_pandas_reads_all_of_them(table):
    pandas = pytest.importorskip("pandas")
    csv = pandas.read_csv(io.BytesIO(tabular.encoded(table, "csv")))
    parquet = pandas.read_parquet(io.BytesIO(tabular.encoded(table, "parquet")))
    assert list(csv["heads_share"]) == list(parquet["heads_share"]) == table.column("heads_share").to_pylist()
    assert csv["heads_share_n"].sum() == parquet["heads_share_n"].sum() == 6


def test_a_workbook_has_the_rows_and_what_the_columns_are(table):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(tabular.encoded(table, "xlsx")))
    heads, *rows = list(book["results"].values)
    assert list(heads) == table.column_names and len(rows) == table.num_rows
    for row, told in zip(rows, table.to_pylist(), strict=True):
        for value, one in zip(row, told.values(), strict=True):
            assert value == (pytest.approx(one, rel=1e-15) if isinstance(one, float) else one)
    about = {row[0]: row[1:] for row in book["columns"].values}
    assert about["heads_share_low"] == ("low", "heads_share", "1")


def test_without_openpyxl_one_sentence_says_what_adds_it(table, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(NotInstalled, match="pip install openpyxl"):
        tabular.encoded(table, "xlsx")


def test_latex_has_numbers_with_their_intervals_and_nothing_that_breaks_it(runs, sweep, table):
    text = tabular.encoded(table, "tex").decode()
    lines = text.splitlines()
    assert lines[1].startswith(r"\begin{tabular}{") and lines[2] == r"\toprule" and r"heads\_share" in lines[3]
    columns = lines[1].count("r") - lines[1].count("tabular") + lines[1].count("l") - lines[1].count("tabular")
    share = next(iter(runs.summary(sweep))).metrics["heads_share"]
    assert written(share.mean, share.low, share.high) in lines[5]
    assert {line.count(" & ") + 1 for line in lines if line.endswith(r"\\")} == {columns}
    assert escaped("a_b & 100 % {µ}") == r"a\_b \& 100 \% \{\textmu{}\}"
    if __import__("shutil").which("pdflatex"):
        document = r"\documentclass{article}\usepackage{booktabs,textcomp}\begin{document}" + text + r"\end{document}"
        subprocess.run(["pdflatex", "-interaction=batchmode", "-halt-on-error"], input=document, text=True, check=True)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.0297, 0.0250, 0.0344), "0.0297 [0.0250, 0.0344]"),
        ((39.81, 39.5, 40.1), "39.81 [39.50, 40.10]"),
        ((1234.5, 1000.0, 1500.0), "1234 [1000, 1500]"),
        ((0.0, 0.0, 3e-9), "0 [0, 3e-09]"),
        ((5.0, 5.0, 5.0), "5 [5, 5]"),
        ((0.123456789, None, None), "0.123457"),
        ((None, None, None), "–"),
    ],
)
def test_a_number_has_the_digits_that_its_interval_supports(numbers, text):
    assert written(*numbers) == text


def test_lists_are_text_and_swept_places_in_them_are_told_apart(runs):
    from quintant.runs.results_table import _array, _keys, _without

    assert _without({"a": [{"w": 1, "v": 2}], "b": {"c": 1}}, ["a.0.w", "b.c"]) == {"a": [{"v": 2}], "b": {}}
    assert _array([[1, 2], None], None).to_pylist() == ["[1,2]", None]
    assert _array([1, 2.5, None], None).to_pylist() == [1.0, 2.5, None]
    assert _array([True, False], None).type == pa.bool_() and _array([1, "a"], None).to_pylist() == ["1", "a"]
    assert _keys([]) == ([], [], {})


@pytest.mark.parametrize("module", ["results_table", "citing", "request"])
def test_each_door_may_begin_with_any_of_them(module):
    subprocess.run([sys.executable, "-c", f"import quintant.runs.{module}"], check=True)
