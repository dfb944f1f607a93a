"""What a config may name beyond itself, and what of it is part of a run's identity."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quintant.outside import Outside, Permission, digest, identity

HOSTS, KEYS = "QUINTANT_TEST_HOSTS", "QUINTANT_TEST_KEYS"


def address(url: str) -> Outside:
    return Outside("url", "address", url, HOSTS)


def variable(name: str) -> Outside:
    return Outside("api_key_env", "variable", name, KEYS, "QUINTANT_TEST_KEY_")


LOCAL = ("http://127.0.0.1:11434", "http://localhost:5432/x", "http://[::1]:22", "http://127.9.9.9")
FOREIGN = (
    "http://llm.example", "http://10.0.0.5:8080", "http://127.0.0.1.evil.example", "http://0.0.0.0:22", "http://169.254.169.254",
    "http://user@10.0.0.5", "http://127.1", "http://[::ffff:10.0.0.1]",
)  # fmt: skip


@pytest.mark.parametrize("url", [*LOCAL, *FOREIGN])
@pytest.mark.parametrize("keyed", [False, True])
def test_an_address_needs_an_entry_unless_it_is_this_machine_and_the_server_has_no_key(monkeypatch, url, keyed):
    monkeypatch.delenv(HOSTS, raising=False)
    problem = Permission(keyed).problem(address(url))
    assert (problem is None) == (url in LOCAL and not keyed)
    if problem is not None:
        assert HOSTS in problem.message and problem.path == "url" and "user@" not in str(problem)
        monkeypatch.setenv(HOSTS, f"other.example, {problem.value.upper()}")
        assert Permission(keyed).problem(address(url)) is None


@pytest.mark.parametrize(
    "name", ["QUINTANT_API_KEY", "AWS_SECRET_ACCESS_KEY", "PATH", "QUINTANT_TEST_KEY", "XQUINTANT_TEST_KEY_A"]
)
def test_a_variable_needs_the_prefix_or_an_entry(monkeypatch, name):
    monkeypatch.delenv(KEYS, raising=False)
    assert name in str(Permission(False).problem(variable(name)))
    monkeypatch.setenv(KEYS, f"{name},OTHER")
    assert Permission(True).problem(variable(name)) is None
    assert Permission(True).problem(variable("QUINTANT_TEST_KEY_MINE")) is None


def test_a_thing_without_a_prefix_is_not_open_to_all():
    assert Permission(False).problem(Outside("k", "variable", "ANY", KEYS)) is not None


def test_files_lie_below_an_open_folder_with_links_followed(tmp_path: Path):
    opened, shut = tmp_path / "open", tmp_path / "shut"
    for folder in (opened, shut):
        folder.mkdir()
        (folder / "model").mkdir()
    (opened / "link").symlink_to(shut)
    (shut / "way in").symlink_to(opened)
    permission = Permission(False, (opened.resolve(),))

    def refused(path: Path | str) -> bool:
        return permission.problem(Outside("model", "folder", str(path), place=Path(path))) is not None

    assert not refused(opened / "model") and not refused(shut / "way in" / "model") and not refused(opened)
    assert (
        refused(shut / "model") and refused(opened / "link" / "model") and refused(opened / ".." / "shut") and refused("/etc")
    )
    assert refused(f"{opened}-beside") and refused("~") and refused("/etc")
    assert Permission(False, None).problem(Outside("model", "folder", "/etc", place=Path("/etc"))) is None


def test_the_identity_changes_with_a_byte_a_name_and_a_file_and_with_nothing_else(tmp_path: Path):
    folder = tmp_path / "library"
    (folder / "events").mkdir(parents=True)
    file = folder / "events" / "stress.yaml"
    file.write_text("a")
    thing = Outside("library", "folder", "lib", place=folder)
    seen = [digest(folder)]
    assert identity([thing]) == [{"key": "library", "kind": "folder", "name": "lib", "sha256": seen[0]}]
    os.utime(file, (1, 1))
    (folder / ".git").mkdir()
    (folder / ".git" / "x").write_text("x")
    assert digest(folder) == seen[0]
    file.write_text("b")
    seen.append(digest(folder))
    file.rename(file.with_name("other.yaml"))
    seen.append(digest(folder))
    (folder / "more.yaml").write_text("")
    seen.append(digest(folder))
    assert len(set(seen)) == 4
    assert identity([Outside("url", "address", "http://x")]) == []
    with pytest.raises(FileNotFoundError):
        digest(tmp_path / "nothing")
