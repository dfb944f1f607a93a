"""Paths stay inside the run's folder, whatever they try; previews cut aloud."""

import struct
import zlib
from types import SimpleNamespace

import pytest

from quintant.errors import ConfigError, Forbidden, NotFound
from quintant.labs.optical.contract import artifacts, preview
from quintant.runs import artifact


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "runs" / "a1b2c3d4e5f6"
    (folder / "output").mkdir(parents=True)
    (folder / "output" / "50_erlang.json").write_text('{"blocking_mean": 0.5}')
    (folder / "config.ini").write_text("[general_settings]\n")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "runs" / "a1b2c3d4e5f6-other").mkdir()
    (tmp_path / "runs" / "a1b2c3d4e5f6-other" / "x.txt").write_text("other")
    (folder / "escape").symlink_to(tmp_path / "secret.txt")
    (folder / "sibling").symlink_to(tmp_path / "runs" / "a1b2c3d4e5f6-other")
    (folder / "alias.json").symlink_to(folder / "output" / "50_erlang.json")
    return folder


def opened(folder, path):
    """As the routes open a file; what the Run's record says of it is the platform's, and tested there."""
    runs = SimpleNamespace(folder=lambda run_id: folder, open_artifact=lambda run_id, name: artifact.existing(folder, name))
    return artifacts.opened(runs, "a1b2c3d4e5f6", path)


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "../../nothing-there",
        "output/../../secret.txt",
        "/etc/passwd",
        "/nothing-there",
        "..",
        "output/..",
        "..\\secret.txt",
        "C:\\secret.txt",
        "C:/secret.txt",
        "\\\\host\\share",
        "a\x00b",
        "escape",
        "sibling/x.txt",
    ],
)
def test_what_leads_outside_is_forbidden_whether_it_exists_or_not(folder, path):
    with pytest.raises(Forbidden, match="leads outside the run's folder"):
        opened(folder, path)
    with pytest.raises(Forbidden):
        artifacts.listing(folder, path)


def test_a_link_that_stays_inside_is_followed(folder):
    assert opened(folder, "alias.json").name == "50_erlang.json"


def test_what_is_not_there_or_not_a_file(folder):
    with pytest.raises(NotFound, match=r"File not found: output/60_erlang.json"):
        opened(folder, "output/60_erlang.json")
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        opened(folder, "output")
    with pytest.raises(ConfigError, match="Not a directory"):
        artifacts.listing(folder, "config.ini")
    with pytest.raises(NotFound, match="Directory not found: plots"):
        artifacts.listing(folder, "plots")


@pytest.mark.parametrize("path", ["x" * 300, "x" * 9000, "a/" * 4000, "loop", "loop/x.json"])
def test_a_name_that_no_file_can_have_is_not_found(folder, path):
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(NotFound):
        opened(folder, path)
    with pytest.raises(NotFound):
        artifacts.listing(folder, path)


def test_a_listing_is_sorted_and_hides_what_begins_with_a_dot(folder):
    (folder / ".parts").mkdir()
    entries = artifacts.listing(folder, "")
    assert [entry["name"] for entry in entries] == ["alias.json", "config.ini", "escape", "output", "sibling"]
    output = next(entry for entry in entries if entry["name"] == "output")
    assert (output["type"], output["size_bytes"]) == ("directory", None)
    (file,) = artifacts.listing(folder, "output")
    assert (file["name"], file["type"], file["size_bytes"]) == ("50_erlang.json", "file", 22)
    assert file["modified_at"].endswith("Z")


def test_a_run_without_a_folder_has_no_entries(tmp_path):
    assert artifacts.listing(tmp_path / "nothing", "") == []


def look(file, max_lines=1000, max_size=1 << 20):
    return preview.file_preview(file, file.name, "/url", max_lines, max_size)


def test_json_is_parsed(folder):
    assert look(folder / "output" / "50_erlang.json") == {"type": "json", "content": {"blocking_mean": 0.5}, "truncated": False}


def test_json_that_is_cut_comes_as_text_and_says_so(folder):
    assert look(folder / "output" / "50_erlang.json", max_size=5) == {"type": "text", "content": '{"blo', "truncated": True}


def test_lines_are_cut_aloud(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    assert look(file) == {"type": "csv", "content": "a,b\n1,2\n3,4\n", "truncated": False}
    assert look(file, max_lines=2) == {"type": "csv", "content": "a,b\n1,2\n", "truncated": True}


def test_a_cut_through_a_character_leaves_it_out(tmp_path):
    file = tmp_path / "a.log"
    file.write_text("grün", encoding="utf-8")
    assert look(file, max_size=3) == {"type": "text", "content": "gr", "truncated": True}


def test_other_bytes_are_offered_for_download(tmp_path):
    file = tmp_path / "table.arrow"
    file.write_bytes(b"\xff\xff\x00\x01")
    assert look(file) == {"type": "binary", "content": None, "content_url": "/url", "truncated": False, "size_bytes": 4}


def png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))


JPEG = (
    b"\xff\xd8"
    + b"\xff\xe0\x00\x10JFIF"
    + b"\x00" * 10
    + b"\xff\xdb\x00\x04\x00\x00"
    + b"\xff\xc0\x00\x11\x08"
    + struct.pack(">HH", 480, 640)
    + b"\x03"
    + b"\x00" * 20
)


@pytest.mark.parametrize(
    ("name", "data", "size"),
    [
        ("a.png", png(800, 600), (800, 600)),
        ("a.jpg", JPEG, (640, 480)),
        ("a.gif", b"GIF89a" + struct.pack("<HH", 20, 10), (20, 10)),
        ("a.svg", b'<?xml version="1.0"?><svg xmlns="x" width="300px" height="150.4">', (300, 150)),
        ("broken.png", b"not an image", (None, None)),
        ("short.jpg", b"\xff\xd8\xff", (None, None)),
    ],
)
def test_images_tell_their_size_from_their_header(tmp_path, name, data, size):
    file = tmp_path / name
    file.write_bytes(data)
    assert look(file) == {"type": "image", "content_url": "/url", "width": size[0], "height": size[1]}


def test_the_sizes_agree_with_an_image_library(tmp_path):
    images = pytest.importorskip("PIL.Image")
    for suffix in ("png", "jpg", "gif"):
        file = tmp_path / f"a.{suffix}"
        images.new("RGB", (37, 91)).save(file)
        assert preview.image_size(file) == (37, 91)
