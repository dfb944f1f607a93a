"""What a file looks like without downloading it: JSON parsed, text and CSV by lines, images by their size."""

from __future__ import annotations

import codecs
import re
import struct
from pathlib import Path

import orjson

from quintant.json_value import Json

LINES, BYTES = 1000, 1 << 20
MOST_LINES, MOST_BYTES = 1_000_000, 1 << 26

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg")
HEAD = 1 << 18
"""How much of an image is read to find its size."""


def file_preview(file: Path, path: str, url: str, max_lines: int, max_size: int) -> dict[str, Json]:
    """{type, content, truncated}, or {type, content_url, width, height} of an image.

    A JSON file that is longer than `max_size` cannot be parsed from its beginning: it comes as text, truncated.
    """
    suffix = Path(path).suffix.lower()
    if suffix in IMAGES:
        width, height = image_size(file)
        return {"type": "image", "content_url": url, "width": width, "height": height}
    with file.open("rb") as source:
        data = source.read(max_size + 1)
    cut = len(data) > max_size
    data = data[:max_size]
    if suffix == ".json" and not cut:
        try:
            return {"type": "json", "content": orjson.loads(data), "truncated": False}
        except orjson.JSONDecodeError:
            pass
    text = _text(data, cut)
    if text is None:
        return {"type": "binary", "content": None, "content_url": url, "truncated": False, "size_bytes": file.stat().st_size}
    lines = text.splitlines(keepends=True)
    shown = "".join(lines[:max_lines])
    return {"type": "csv" if suffix == ".csv" else "text", "content": shown, "truncated": cut or len(lines) > max_lines}


def image(data: bytes, url: str) -> dict[str, Json]:
    """{type, content_url, width, height} of an image that is no file."""
    width, height = _pixels(data[:HEAD])
    return {"type": "image", "content_url": url, "width": width, "height": height}


def image_size(file: Path) -> tuple[int | None, int | None]:
    """Width and height in pixels as the file's own header has them; None where it does not say."""
    with file.open("rb") as source:
        return _pixels(source.read(HEAD))


def _pixels(head: bytes) -> tuple[int | None, int | None]:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    if head.startswith(b"\xff\xd8"):
        return _jpeg_size(head)
    if b"<svg" in head[:4096]:
        return _svg_size(head)
    return None, None


def _jpeg_size(head: bytes) -> tuple[int | None, int | None]:
    """From the frame header (SOF marker); segments before it are stepped over."""
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None, None
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        (length,) = struct.unpack(">H", head[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None, None


def _svg_size(head: bytes) -> tuple[int | None, int | None]:
    tag = head[head.index(b"<svg") :].partition(b">")[0].decode("utf-8", "replace")

    def pixels(name: str) -> int | None:
        attribute = re.search(rf'\b{name}\s*=\s*["\']([\d.]+)(?:px)?["\']', tag)
        return round(float(attribute[1])) if attribute else None

    return pixels("width"), pixels("height")


def _text(data: bytes, cut: bool) -> str | None:
    """UTF-8 text, or None for what is none. A character that the cut went through is left out."""
    if b"\x00" in data:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=not cut)
    except UnicodeDecodeError:
        return None
