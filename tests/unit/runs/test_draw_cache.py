"""The draw cache: entries are whole or not there, bounded, private to who reads them, never older than the boot."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

from quintant.runs import draw_cache as draw_caches
from quintant.runs.draw_cache import FileDrawCache, boot

KEY = {"input": {"seed": 1}}
ROWS = np.arange(12, dtype=np.float32).reshape(6, 2)


def put(draw_cache: FileDrawCache, key=KEY, rows=ROWS, size: int | None = None) -> None:
    draft = draw_cache.draft(key, rows.nbytes if size is None else size)
    draft.append("values", rows[:4])
    draft.append("values", rows[4:])
    draft.append("flags", np.array([True, False]))
    draft.seal()


def entries(folder) -> list[str]:
    return sorted(path.name for path in (folder / boot()).iterdir())


def test_what_is_sealed_is_found_as_it_was(tmp_path):
    put(FileDrawCache(tmp_path, "code", 10_000))
    found = FileDrawCache(tmp_path, "code", 10_000).find(KEY)
    assert set(found) == {"values", "flags"}
    assert found["values"].dtype == np.float32 and np.array_equal(found["values"], ROWS)
    assert found["flags"].tolist() == [True, False]


def test_another_key_or_stamp_finds_nothing(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    put(draw_cache)
    assert draw_cache.find({"input": {"seed": 2}}) is None
    assert FileDrawCache(tmp_path, "other code", 10_000).find(KEY) is None
    assert (draw_cache.found, draw_cache.added) == (0, 1)


def test_a_draft_that_is_not_sealed_never_was(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    draw_cache.draft(KEY, 96).append("values", ROWS)
    assert draw_cache.find(KEY) is None
    draw_cache.close()
    assert entries(tmp_path) == []


def test_who_reads_cannot_change_what_others_read(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    put(draw_cache)
    draw_cache.find(KEY)["values"][:] = 0
    assert np.array_equal(draw_cache.find(KEY)["values"], ROWS)


def test_an_entry_stays_whole_for_its_reader_when_it_is_removed(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 600)
    put(draw_cache)
    found = draw_cache.find(KEY)["values"]
    for seed in range(2, 9):
        put(draw_cache, {"seed": seed})
    assert draw_cache.find(KEY) is None and np.array_equal(found, ROWS)


def test_the_longest_unused_go_first_and_the_size_holds(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 500)
    for seed in (1, 2, 3):
        put(draw_cache, {"seed": seed})
        os.utime(draw_cache._folder / draw_cache._name({"seed": seed}), (seed, seed))
    assert draw_cache.find({"seed": 1}) is not None, "read now, so used last"
    put(draw_cache, {"seed": 4})
    assert [draw_cache.find({"seed": seed}) is not None for seed in (1, 2, 3, 4)] == [True, False, True, True]
    size = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert size <= 500


def test_what_would_fill_the_cache_is_not_wanted(tmp_path):
    assert FileDrawCache(tmp_path, "code", 1000).draft(KEY, 251) is None
    assert not list(tmp_path.iterdir())


def test_two_that_draw_the_same_at_once_leave_one_whole_entry(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    first, second = draw_cache.draft(KEY, 96), draw_cache.draft(KEY, 96)
    for draft in (first, second):
        draft.append("values", ROWS)
    first.seal()
    second.seal()
    assert np.array_equal(draw_cache.find(KEY)["values"], ROWS)
    assert len(entries(tmp_path)) == 1


def test_many_writers_and_readers_see_only_whole_entries(tmp_path):
    wrong: list[object] = []

    def work(number: int) -> None:
        draw_cache = FileDrawCache(tmp_path, "code", 2000)
        for turn in range(60):
            key = {"seed": (number + turn) % 12}
            rows = np.full((50, 2), key["seed"], np.float32)
            if (found := draw_cache.find(key)) is None:
                if (draft := draw_cache.draft(key, rows.nbytes)) is not None:
                    draft.append("values", rows)
                    draft.seal()
            elif not np.array_equal(found["values"], rows):
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_killed_writer_leaves_a_draft_that_the_next_one_sweeps(tmp_path):
    pid = os.fork()
    if pid == 0:
        FileDrawCache(tmp_path, "code", 10_000).draft(KEY, 96).append("values", ROWS[:3])
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    (left,) = entries(tmp_path)
    assert left.startswith(".")
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    assert draw_cache.find(KEY) is None
    living = draw_cache.draft({"seed": 2}, 96)
    put(draw_cache)
    assert [name.startswith(".") for name in entries(tmp_path)] == [True, False], "the living draft stays"
    living.drop()


def test_a_full_disk_ends_the_draft_alone(tmp_path, monkeypatch):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    draft = draw_cache.draft(KEY, 96)
    draft.append("values", ROWS[:2])

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    draft._files["values"].close()
    monkeypatch.setitem(draft._files, "values", Full())
    draft.append("values", ROWS[2:])
    draft.append("values", ROWS)
    draft.seal()
    assert draw_cache.find(KEY) is None and entries(tmp_path) == []


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    draw_cache = FileDrawCache(tmp_path / "file", "code", 10_000)
    assert draw_cache.draft(KEY, 96) is None and draw_cache.find(KEY) is None


@pytest.mark.parametrize("spoil", [lambda file: os.truncate(file, 40), lambda file: file.unlink()])
def test_a_spoiled_entry_is_not_read(tmp_path, spoil):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    put(draw_cache)
    spoil(draw_cache._folder / draw_cache._name(KEY) / "values.bin")
    assert draw_cache.find(KEY) is None


def test_nothing_of_an_earlier_boot_is_read(tmp_path, monkeypatch):
    put(FileDrawCache(tmp_path, "code", 10_000))
    (tmp_path / "elsewhere-123").mkdir()
    host = boot().rpartition("-")[0]
    monkeypatch.setattr(draw_caches, "boot", lambda: f"{host}-later")
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    assert draw_cache.find(KEY) is None
    put(draw_cache)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"{host}-later", "elsewhere-123"])


def test_a_run_finds_what_the_one_before_it_drew_and_a_verification_does_not(tmp_path):
    from quintant.runs import open_runs
    from quintant.settings import Settings

    config = {"t_ms": 200.0, "n_e": 400, "analyse": False}
    with open_runs(Settings(data_dir=tmp_path, labs="spiking"), execute=True) as runs:
        first, again = (runs.wait(runs.submit("spiking", config).id, 60) for _ in range(2))
        verified = runs.wait(runs.verify(first.id).id, 60)
    assert first.record["shelf"] == {"found": 0, "added": 1}
    assert again.record["shelf"] == {"found": 1, "added": 0}
    assert verified.record["shelf"] is None
    assert first.result_hash == again.result_hash == verified.result_hash
    assert again.record["timings"]["phases_s"]["simulate"] > 0
    assert (tmp_path / "shelf" / boot()).is_dir()


def test_a_draw_cache_of_no_bytes_is_none(tmp_path):
    from quintant.runs import open_runs
    from quintant.settings import Settings

    with open_runs(Settings(data_dir=tmp_path, labs="spiking", shelf_bytes=0), execute=True) as runs:
        run = runs.wait(runs.submit("spiking", {"t_ms": 200.0, "analyse": False}).id, 60)
    assert run.record["shelf"] is None and not (tmp_path / "shelf").exists()


def test_what_another_machine_left_long_ago_goes_and_what_it_uses_stays(tmp_path):
    for name in ("container1-aa", "container2-aa"):
        (tmp_path / name).mkdir()
    long_ago = time.time() - draw_caches.LEFT_AFTER_S - 60
    os.utime(tmp_path / "container1-aa", (long_ago, long_ago))
    put(FileDrawCache(tmp_path, "code", 10_000))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([boot(), "container2-aa"])


def test_files_of_others_in_the_folder_end_no_run(tmp_path):
    draw_cache = FileDrawCache(tmp_path, "code", 10_000)
    put(draw_cache)
    strangers = [tmp_path / boot() / name for name in (".DS_Store", ".nfs0001", ".a.b.c", "notes.txt")]
    for stranger in strangers:
        stranger.touch()
    put(draw_cache, {"seed": 2})
    assert draw_cache.added == 2 and all(stranger.exists() for stranger in strangers)
