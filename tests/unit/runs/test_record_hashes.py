"""What the hashes of a result are taken over."""

import pyarrow as pa
import pytest

from quintant import registry
from quintant.lab import MEASURED, Metric, Result
from quintant.runs.record import exact_hash, platform_tag, processor, result_hash
from quintant.runs.result import files, read


def made(elapsed_ns: int, count: int = 3, *, measured: bool = True) -> Result:
    field = pa.field("elapsed_ns", pa.int64(), metadata=MEASURED if measured else None)
    schema = pa.schema([pa.field("count", pa.int64()), field])
    return Result({"x": Metric(1.0)}, {"rounds": pa.table({"count": [count], "elapsed_ns": [elapsed_ns]}, schema=schema)})


@pytest.mark.parametrize("taken", [result_hash, exact_hash])
def test_a_measured_column_is_in_no_hash(taken):
    assert taken(made(1)) == taken(made(2))
    assert taken(made(1)) != taken(made(1, count=4))
    assert taken(made(1, measured=False)) != taken(made(2, measured=False))


def test_a_measured_column_stays_so_in_its_file(tmp_path):
    for path, data in files(made(1)):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    stored = read(tmp_path.joinpath)
    assert stored is not None
    assert stored.tables["rounds"].column("elapsed_ns").to_pylist() == [1]
    assert result_hash(stored) == result_hash(made(2))


def test_bytes_are_in_the_hash_of_a_result_but_not_in_the_exact_one():
    def packed(data: bytes | None) -> Result:
        return Result({"x": Metric(1.0)}, {"kept": pa.table({"data": pa.array([b"a", data], pa.binary())})})

    assert result_hash(packed(b"b")) == result_hash(packed(b"b"))
    assert len({result_hash(packed(data)) for data in (b"b", b"c", b"", None)}) == 4
    assert exact_hash(packed(b"b")) == exact_hash(packed(b"c"))


def test_repeated_texts_are_hashed_by_what_stands_in_the_rows_not_by_how_they_are_coded():
    def digest(*parts: tuple[list[int], list[str]]) -> str:
        column = pa.chunked_array([pa.DictionaryArray.from_arrays(rows, words) for rows, words in parts])
        return result_hash(Result({}, {"t": pa.table({"c": column})}))

    one = digest(([0, 1, 0], ["b", "a"]))
    assert one == digest(([1, 0], ["a", "b"]), ([0], ["b"])) == digest(([2, 1, 2], ["unused", "a", "b"]))
    assert len({one, digest(([1, 0, 1], ["b", "a"])), digest(([0, 1, 0], ["b", "c"]))}) == 3


def test_the_platform_of_a_lab_names_the_arithmetic_it_stands_on():
    labs = registry.labs()
    assert "-pt" in platform_tag(labs["federated"]) and "-tf" in platform_tag(labs["persona"])
    assert "-pt" not in platform_tag(labs["optical"])


def test_the_platform_of_a_lab_of_floats_names_the_processor_and_that_of_integers_does_not():
    """BLAS and LLVM choose their kernels by it: a run of the federated lab had other last digits on another model."""
    labs, cpu = registry.labs(), processor()
    assert cpu and not set(cpu) & set("- \n")
    for lab in labs.values():
        assert platform_tag(lab).endswith(f"-{cpu}") is (lab.exact == "platform"), lab.name
