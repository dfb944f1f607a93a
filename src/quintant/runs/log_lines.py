"""LogLines: a run log by lines, with levels and search, without loading it.

An index is built once, as the log grows: the level of every line (a byte each) and where every 64th line begins. A search reads
the log in pieces and keeps the numbers of the lines that match, so that the next page of the same search reads nothing again.
Lines are numbered from 1. What stands behind the last line feed is a line only once nothing is written any more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

LEVELS = ("debug", "info", "warning", "error")
STRIDE = 64
PIECE_BYTES = 1 << 22
MOST_LOGS = 16
MOST_SEARCHES = 8
MOST_LINES = 2_000
MOST_MARKS = 500
LONGEST_TEXT = 4_000
"""Characters of a line that are given; `length` tells how many bytes it has."""
_STAMP = len("2026-11-22 10:00:00 ")


@dataclass(frozen=True)
class Line:
    """`at` and `length`: its bytes in the log, without the line feed. `spans`: where the text that was searched for stands in
    `text` (start, length), in UTF-16 code units, as JavaScript counts."""

    line: int
    at: int
    length: int
    time: str | None
    level: str | None
    text: str
    cut: bool = False
    spans: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class LinePage:
    """`matches`: how many lines there are of what was asked for; `marks`: the numbers of at most 500 of them, evenly thinned;
    `next`: the number to ask on with."""

    lines: Sequence[Line]
    total: int
    matches: int
    levels: Mapping[str, int]
    marks: Sequence[int]
    size: int
    next: int


class LogLines:
    """The indexes of the logs that were read last. Thread-safe."""

    def __init__(self) -> None:
        self._indexes: OrderedDict[Path, _Index] = OrderedDict()
        self._lock = threading.Lock()

    def page(
        self, path: Path, *, line: int = 1, limit: int = 200, query: str = "", levels: Collection[str] = (), whole: bool = False
    ) -> LinePage:
        """Lines from number `line` on; with a negative one the last of them. `whole`: nothing is written any more."""
        with self._lock:
            index = self._indexes.setdefault(path, _Index(path))
            self._indexes.move_to_end(path)
            while len(self._indexes) > MOST_LOGS:
                self._indexes.popitem(last=False)
        with index.lock:
            return index.page(line, limit, query, levels, whole)


class _Index:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        import numpy as np

        self.seen = 0  # bytes that are indexed: up to and with a line feed
        self.starts: list[int] = []  # of line 0, 64, 128, …
        self.codes = bytearray()  # level of every line: 1 debug … 4 error, 0 none of them
        self.searches: OrderedDict[str, tuple[int, int, Numbers]] = OrderedDict()  # bytes and lines that were searched, matches
        self._none: Numbers = np.zeros(0, np.int64)

    def page(self, line: int, limit: int, query: str, levels: Collection[str], whole: bool) -> LinePage:
        import numpy as np

        size = self.path.stat().st_size if self.path.is_file() else 0
        if size < self.seen:
            self._clear()
        self._grow(size, whole)
        codes = np.frombuffer(bytes(self.codes), np.uint8)
        chosen = self._search(query) if query else None
        if levels:
            wanted = np.isin(codes, [LEVELS.index(level) + 1 for level in levels])
            chosen = np.flatnonzero(wanted) if chosen is None else chosen[wanted[chosen]]
        matches = len(codes) if chosen is None else len(chosen)
        first, numbers = self._numbers(chosen, matches, line, limit)
        lines = list(self._lines(numbers, query))
        following = self._following(chosen, matches, first + len(numbers))
        counts = {level: int((codes == code).sum()) for code, level in enumerate(LEVELS, 1)}
        marks = [] if chosen is None else [int(number) + 1 for number in _thinned(chosen)]
        return LinePage(lines, len(codes), matches, counts, marks, size, following)

    def _numbers(self, chosen: Numbers | None, matches: int, line: int, limit: int) -> tuple[int, Sequence[int]]:
        """The place of the first line among those that match, and the numbers (from 0) of the page."""
        import numpy as np

        if line < 0:
            first = max(0, matches + line)
        elif chosen is None:
            first = min(max(0, line - 1), matches)
        else:
            first = int(np.searchsorted(chosen, line - 1))
        last = min(matches, first + limit)
        return first, range(first, last) if chosen is None else [int(number) for number in chosen[first:last]]

    def _following(self, chosen: Numbers | None, matches: int, place: int) -> int:
        """The number, from 1, of the next line of what was asked for; at the end, of the first line that is not there yet."""
        if place < matches:
            return place + 1 if chosen is None else int(chosen[place]) + 1
        return len(self.codes) + 1

    # --- the index ---

    def _grow(self, size: int, whole: bool) -> None:
        import numpy as np

        with self.path.open("rb") if size else _Nothing() as file:
            while self.seen < size:
                file.seek(self.seen)
                data = file.read(min(PIECE_BYTES, size - self.seen))
                end = data.rfind(b"\n") + 1
                while not end and self.seen + len(data) < size:  # a line longer than a piece
                    data += file.read(PIECE_BYTES)
                    end = data.rfind(b"\n") + 1
                if not end and whole and data:
                    data, end = data + b"\n", len(data) + 1
                if not end:
                    return
                piece = np.frombuffer(data, np.uint8)[:end]
                feeds = np.flatnonzero(piece == 10)
                begins = np.concatenate(([0], feeds[:-1] + 1))
                before = len(self.codes)
                self.starts += [self.seen + int(begins[at]) for at in range(-before % STRIDE, len(begins), STRIDE)]
                self.codes += _codes(piece, begins, feeds).tobytes()
                self.seen = min(size, self.seen + end)

    def _search(self, query: str) -> Numbers:
        """The numbers, from 0, of the lines whose text holds `query`, whatever the case of ASCII letters."""
        import numpy as np

        needle = query.encode().lower()
        at, line, known = self.searches.pop(query, (0, 0, self._none))
        parts = [known]
        with self.path.open("rb") if at < self.seen else _Nothing() as file:
            while at < self.seen:
                file.seek(at)
                data = file.read(min(PIECE_BYTES, self.seen - at))
                end = data.rfind(b"\n") + 1
                while not end and at + len(data) < self.seen:
                    data += file.read(min(PIECE_BYTES, self.seen - at - len(data)))
                    end = data.rfind(b"\n") + 1
                data = data[: end or len(data)]
                feeds = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
                places = np.array(list(_places(data.lower(), needle)), np.int64)
                inside = np.searchsorted(feeds, places)  # the line of each place
                begins = np.concatenate(([0], feeds + 1))[inside]
                stamped = np.array([_prefix(data, int(begin)) for begin in begins], np.int64)
                parts.append(line + np.unique(inside[places >= begins + stamped]))
                line += len(feeds) or 1
                at += len(data)
        found = np.concatenate(parts)
        self.searches[query] = at, line, found
        while len(self.searches) > MOST_SEARCHES:
            self.searches.popitem(last=False)
        return found

    def _lines(self, numbers: Sequence[int], query: str) -> Iterator[Line]:
        if not numbers:
            return
        with self.path.open("rb") as file:
            at, current = -1, -2
            for number in numbers:
                if number != current + 1 or at < 0:
                    current = number - number % STRIDE
                    file.seek(self.starts[number // STRIDE])
                    at = self.starts[number // STRIDE]
                    while current < number:
                        at += len(file.readline())
                        current += 1
                data = file.readline()
                yield _line(number + 1, at, data.rstrip(b"\n"), query)
                at += len(data)
                current = number


class _Nothing:
    def __enter__(self) -> Any:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _codes(piece: np.ndarray[Any, Any], begins: Numbers, feeds: Numbers) -> np.ndarray[Any, Any]:
    """The level of each line, by the letter behind its time: D, I, W, E."""
    import numpy as np

    codes = np.zeros(len(begins), np.uint8)
    long = np.flatnonzero(feeds - begins > _STAMP)
    at = begins[long]
    stamped = (
        (piece[at + 4] == ord("-")) & (piece[at + 10] == ord(" ")) & (piece[at + 13] == ord(":")) & (piece[at + 19] == ord(" "))
    )
    for code, letter in enumerate("DIWE", 1):
        codes[long[stamped & (piece[at + _STAMP] == ord(letter))]] = code
    return codes


def _places(data: bytes, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + len(needle))


def _prefix(data: bytes, begin: int) -> int:
    """How long time and level of the line are that begins there."""
    if data[begin + 4 : begin + 5] != b"-" or data[begin + 19 : begin + 20] != b" ":
        return 0
    end = data.find(b" ", begin + _STAMP, begin + _STAMP + 10)
    return end + 1 - begin if end >= 0 and data[begin + _STAMP : end].decode(errors="replace").lower() in LEVELS else 0


def _line(number: int, at: int, data: bytes, query: str) -> Line:
    prefix = _prefix(data, 0)
    time, level = (data[:19].decode(), data[_STAMP : prefix - 1].decode().lower()) if prefix else (None, None)
    whole = data[prefix:].decode(errors="replace")
    text = whole[:LONGEST_TEXT]
    return Line(number, at, len(data), time, level, text, len(whole) > LONGEST_TEXT, tuple(_spans(text, query)))


def _spans(text: str, query: str) -> Iterator[tuple[int, int]]:
    if not query:
        return
    lowered, needle = _ascii_lower(text), _ascii_lower(query)
    at = lowered.find(needle)
    while at >= 0:
        yield _units(text[:at]), _units(query)
        at = lowered.find(needle, at + len(needle))


def _ascii_lower(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _thinned(numbers: Numbers) -> Numbers:
    if len(numbers) <= MOST_MARKS:
        return numbers
    import numpy as np

    return numbers[np.linspace(0, len(numbers) - 1, MOST_MARKS).astype(np.int64)]
