"""Rows as Arrow columns: the same as pyarrow makes of them, without pandas."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from quintant.labs.federated.engine import tables
from quintant.labs.federated.names import TABLES

VALUES = {
    "int32": [3, None, -7], "int64": [2**40, None, 0], "float64": [0.5, None, float("inf")], "bool": [True, None, False],
    "string": ["krum", None, "größer"], "binary": [b"\x00\xff", None, b""],
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("count", [0, 3, 300])
def test_rows_become_the_columns_that_pyarrow_makes_of_them(table: str, count: int) -> None:
    rows = [{name: VALUES[kind][row % 3] for name, kind in TABLES[table]} for row in range(count)]
    expected = pa.RecordBatch.from_pylist(rows, schema=tables.schema(table))
    made = tables.batch(table, rows)
    made.validate(full=True)
    assert made.equals(expected, check_metadata=True)


def test_a_key_that_a_row_lacks_is_null() -> None:
    assert tables.batch("rounds", [{"round": 1}]).column("test_accuracy").to_pylist() == [None]


def test_a_fraction_is_not_cut_to_fit_a_column_of_whole_numbers() -> None:
    with pytest.raises(TypeError, match="int32"):
        tables.batch("rounds", [{"round": 1.5}])


def test_a_run_imports_no_pandas_and_no_optimizers_of_torch() -> None:
    """Each of them costs a cold process a good part of a CPU second."""
    program = """
import sys
from quintant.config import parse
from quintant.labs.federated import LAB
from quintant.labs.federated.engine import FederatedEngine
config = parse(LAB.config, {"num_of_clients": 3, "num_of_rounds": 1})
engine = FederatedEngine()
state = engine.init(config, LAB.seeded(config, 1))
while not engine.step(state, []).done:
    pass
engine.result(state)
print(*sorted({"torch._dynamo", "pyarrow.pandas_compat", "matplotlib", "altair", "fastapi"} & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
