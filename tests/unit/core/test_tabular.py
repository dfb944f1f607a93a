"""Tables in the formats that readers ask for, and back."""

from __future__ import annotations

import io

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from quintant import tabular
from quintant.errors import ConfigError

TABLE = pa.table({"load": [190.0, 250.0], "path": [["a", "b"], None], "name": ["x", "ü"]})


def test_arrow_and_parquet_keep_everything():
    assert tabular.decoded(tabular.encoded(TABLE, "arrow")).equals(TABLE)
    assert pyarrow.parquet.read_table(io.BytesIO(tabular.encoded(TABLE, "parquet"))).equals(TABLE)


def test_csv_writes_nested_columns_as_json():
    read = pyarrow.csv.read_csv(io.BytesIO(tabular.encoded(TABLE, "csv")))
    assert read.column("load").to_pylist() == [190.0, 250.0]
    assert orjson.loads(read.column("path").to_pylist()[0]) == ["a", "b"]
    assert read.column("name").to_pylist() == ["x", "ü"]


def test_json_is_columns():
    assert orjson.loads(tabular.encoded(TABLE, "json"))["columns"]["load"] == [190.0, 250.0]


def test_another_format_is_refused():
    with pytest.raises(ConfigError, match="must be one of arrow, parquet, csv, json; got 'xls'"):
        tabular.encoded(TABLE, "xls")
