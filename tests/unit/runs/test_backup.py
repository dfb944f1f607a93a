"""A backup holds every file as it was recorded, also while Runs go on; what is no backup is refused whole."""

from __future__ import annotations

import io
import json
import tarfile
import time
from pathlib import Path

import pytest

from quintant.errors import ConfigError, Conflict
from quintant.runs import State, open_runs
from quintant.runs.artifact import digest
from quintant.runs.backup import DATABASE, MANIFEST, back_up, restore
from quintant.runs.inspection import inspect
from quintant.settings import Settings


@pytest.fixture
def elsewhere(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "elsewhere", workers=2, lease_s=2, grace_s=0.3)


@pytest.fixture
def ended(runs) -> str:
    return runs.wait(runs.submit("toy", {"bias": 0.25}, root_seed=7).id, 60).id


@pytest.fixture
def file(settings, ended, tmp_path) -> Path:
    target = tmp_path / "kept.tar.gz"
    kept = back_up(settings, target)
    assert (kept.runs, kept.live, kept.left_out) == (1, 0, ())
    return target


def bad(settings: Settings) -> list[str]:
    return [finding.says for finding in inspect(settings) if finding.level == "bad"]


@pytest.mark.parametrize("ending", [".tar", ".tgz"])
def test_every_file_comes_back_with_its_sha256_and_verifies(runs, settings, ended, elsewhere, tmp_path, ending):
    target = tmp_path / f"kept{ending}"
    back_up(settings, target)
    assert restore(elsewhere, target).runs == 1
    assert bad(elsewhere) == []
    with open_runs(elsewhere, execute=True) as restored:
        assert restored.get(ended) == runs.get(ended)
        assert restored.artifacts(ended) == runs.artifacts(ended) != []
        for item in restored.artifacts(ended):
            assert digest(restored.folder(ended) / item.path) == (item.size, item.sha256)
        assert restored.events(ended) == runs.events(ended)
        again = restored.wait(restored.verify(ended).id, 60)
        assert again.result_hash == runs.get(ended).result_hash


def test_what_is_going_on_is_not_waited_for_and_starts_again_where_it_is_restored(runs, settings, ended, elsewhere, tmp_path):
    """The first folder's worker lives on meanwhile: the restored Run must not take it for its own."""
    live = runs.submit("toy", {"steps": 4000, "work": 300_000}, root_seed=3).id
    end = time.monotonic() + 60
    while runs.get(live).fraction == 0:
        assert time.monotonic() < end
        time.sleep(0.02)
    target = tmp_path / "kept.tar"
    kept = back_up(settings, target)
    assert (kept.runs, kept.live) == (2, 1)
    restore(elsewhere, target)
    assert runs.get(live).state is State.RUNNING
    with open_runs(elsewhere, execute=True) as restored:
        end = time.monotonic() + 60
        while (now := restored.get(live)).attempt < 2 or now.state is not State.RUNNING:
            assert time.monotonic() < end, now
            time.sleep(0.05)
        restored.cancel(live)
    assert runs.get(live).attempt == 1, "the first folder knows nothing of it"


def test_a_file_that_was_changed_is_left_out_and_named(runs, settings, ended, elsewhere, tmp_path):
    (runs.folder(ended) / "result.json").write_text("{}")
    assert any(f"{ended}/result.json" in text for text in bad(settings))
    target = tmp_path / "kept.tar"
    assert back_up(settings, target).left_out == (f"{ended}/result.json",)
    assert restore(elsewhere, target).left_out == (f"{ended}/result.json",)


def test_it_overwrites_nothing_and_is_restored_into_an_empty_folder_only(settings, file, elsewhere, tmp_path):
    with pytest.raises(Conflict, match="overwrites nothing"):
        back_up(settings, file)
    with pytest.raises(Conflict, match="holds runs already"):
        restore(settings, file)
    with pytest.raises(ConfigError, match=r"must end in \.tar"):
        back_up(settings, tmp_path / "kept.zip")
    with pytest.raises(ConfigError, match="is no folder"):
        back_up(settings, tmp_path / "nowhere" / "kept.tar")
    assert file.stat().st_mode & 0o077 == 0, "its owner's alone"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def entries(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]


def written(file: Path, content: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file


def manifest(content: dict[str, bytes], **changes) -> dict[str, bytes]:
    return content | {MANIFEST: json.dumps(json.loads(content[MANIFEST]) | changes).encode()}


def changed(content: dict[str, bytes]) -> dict[str, bytes]:
    name = next(name for name in content if name.endswith("config.json"))
    return content | {name: b"{}"}


FAULTS = {
    "another file's bytes": (changed, "is not what its MANIFEST.json names"),
    "a file too many": (lambda content: content | {"runs/x/y": b"1"}, "is not what its MANIFEST.json names"),
    "a path that escapes": (lambda content: content | {"runs/../../y": b"1"}, "has no place in one"),
    "a foreign file": (lambda content: content | {"server.json": b"{}"}, "has no place in one"),
    "no manifest": (lambda content: {n: d for n, d in content.items() if n != MANIFEST}, "has no MANIFEST.json"),
    "no database": (
        lambda content: manifest({n: d for n, d in content.items() if n != DATABASE}, files={}) | {},
        "is not what its MANIFEST.json names",
    ),
    "a newer form": (lambda content: manifest(content, format=99), "in a newer form"),
    "a manifest of something else": (lambda content: content | {MANIFEST: b"[]"}, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_backup_is_refused_whole(file, elsewhere, tmp_path, fault):
    change, words = FAULTS[fault]
    with pytest.raises(ConfigError, match=words):
        restore(elsewhere, written(tmp_path / "other.tar.gz", change(entries(file))))
    assert sorted(path.name for path in elsewhere.folder.iterdir()) == ["runs"]
    assert list((elsewhere.folder / "runs").iterdir()) == []


def test_links_and_cut_files_are_refused_too(file, elsewhere, tmp_path):
    linked = tmp_path / "linked.tar"
    with tarfile.open(linked, "w") as archive:
        entry = tarfile.TarInfo("runs/a/b")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(file.read_bytes()[:-2000])
    for source in (linked, cut, tmp_path / "nowhere.tar"):
        with pytest.raises(ConfigError, match="is no backup"):
            restore(elsewhere, source)
    assert list((elsewhere.folder / "runs").iterdir()) == []
