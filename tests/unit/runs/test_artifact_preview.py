"""Previews of files: what is given is small, and says when it is not all."""

from __future__ import annotations

import orjson
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet
import pytest

from quintant.runs.artifact_preview import HEAD_ROWS, TEXT_BYTES, preview
from quintant.runs.result import arrow

TABLE = pa.table({"a": list(range(50)), "x": [float("nan"), *[0.5] * 49], "l": [[1]] * 50, "b": [b"zz"] * 50})


@pytest.mark.parametrize("suffix", ["arrow", "parquet", "csv"])
def test_a_table_by_its_first_rows(tmp_path, suffix: str) -> None:
    file = tmp_path / f"t.{suffix}"
    plain = TABLE.select(["a", "x"])
    match suffix:
        case "arrow":
            file.write_bytes(arrow(TABLE))
        case "parquet":
            parquet.write_table(TABLE, file)
        case _:
            csv.write_csv(plain, file)
    found = preview(file.name, file)
    assert (found.kind, found.rows, found.cut, len(found.head)) == ("table", 50, True, HEAD_ROWS)
    assert found.head[0][:2] == [0, None] and found.columns["a"] == "int64"
    assert suffix == "csv" or found.head[1] == [1, 0.5, [1], "2 bytes"]
    orjson.dumps(found.head)


def test_json_is_cut_where_it_is_long_or_deep(tmp_path) -> None:
    file = tmp_path / "d.json"
    deep: dict = {}
    for _ in range(40):
        deep = {"d": deep}
    file.write_bytes(orjson.dumps({"list": list(range(500)), "text": "x" * 5_000, "deep": deep, "n": 1}))
    found = preview("d.json", file)
    assert found.cut and found.value["list"] == list(range(100)) and len(found.value["text"]) == 2_000 and found.value["n"] == 1
    file.write_bytes(orjson.dumps({"n": [1, None, True, "a"]}))
    assert preview("d.json", file).value == {"n": [1, None, True, "a"]} and not preview("d.json", file).cut
    file.write_bytes(orjson.dumps([[0] * 100] * 100))
    assert preview("d.json", file).cut, "a great many short lists are cut as well"


def test_what_does_not_read_as_its_name_says_is_text_and_bytes_are_nothing(tmp_path) -> None:
    for name in ("a.json", "a.arrow", "a.csv", "a.parquet", "a.txt", "a.log", "a.md"):
        file = tmp_path / name
        file.write_text("{no json" if name != "a.csv" else "")
        assert preview(name, file).kind == "text", name
    file = tmp_path / "long.txt"
    file.write_bytes(("é" * TEXT_BYTES).encode())
    found = preview("long.txt", file)
    assert found.cut and set(found.text) == {"é"} and len(found.text.encode()) <= TEXT_BYTES
    file.write_bytes(b"a\x00b")
    assert preview("long.txt", file) is None and preview("x.bin", file) is None
    assert preview("plot.svg", file).kind == "image"
