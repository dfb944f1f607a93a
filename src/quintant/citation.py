"""Citations: BibTeX as labs write it, read into entries, and written again as BibTeX and as CITATION.cff (1.2.0)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from quintant import __version__

FORMATS = ("bibtex", "cff")
_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    '"': "\u0308",
    "^": "\u0302",
    "~": "\u0303",
    "c": "\u0327",
    "v": "\u030c",
    "=": "\u0304",
}
_LETTERS = {
    r"\o": "ø",
    r"\O": "Ø",
    r"\l": "ł",
    r"\L": "Ł",
    r"\ss": "ß",
    r"\aa": "å",
    r"\AA": "Å",
    r"\ae": "æ",
    r"\i": "i",
}
_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^\s,]+)\s*,")
_FIELD = re.compile(r"\s*(\w+)\s*=\s*")
_TYPES = {
    "article": "article", "inproceedings": "conference-paper", "software": "software", "book": "book", "dataset": "data",
    "incollection": "generic", "techreport": "report", "phdthesis": "thesis",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One BibTeX entry; `fields` as they are written, TeX and all."""

    kind: str
    key: str
    fields: Mapping[str, str]

    @property
    def bibtex(self) -> str:
        return "\n".join(
            [f"@{self.kind}{{{self.key},", *(f"  {name} = {{{text}}}," for name, text in self.fields.items()), "}"]
        )

    def text(self, name: str) -> str:
        """A field without TeX; "" where there is none."""
        return plain(self.fields.get(name, ""))


def entries(bibtex: str) -> list[Entry]:
    """ValueError names an entry that does not read."""
    found, at = [], 0
    while (match := _ENTRY.search(bibtex, at)) is not None:
        fields, at = _fields(bibtex, match.end(), match[2])
        found.append(Entry(match[1].lower(), match[2], fields))
    if re.search(r"\S", bibtex[at:]):
        raise ValueError(f"no BibTeX: {bibtex[at:].strip()[:60]!r}")
    return found


def _fields(text: str, at: int, key: str) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    while True:
        rest = re.compile(r"[\s,]*").match(text, at)
        at = rest.end() if rest else at
        if text[at : at + 1] == "}":
            return fields, at + 1
        match = _FIELD.match(text, at)
        if match is None:
            raise ValueError(f"entry {key} does not read at {text[at : at + 30]!r}")
        value, at = _value(text, match.end(), key)
        fields[match[1].lower()] = " ".join(value.split())


def _value(text: str, at: int, key: str) -> tuple[str, int]:
    if text[at : at + 1] != "{":
        bare = re.compile(r"\"([^\"]*)\"|(\w+)").match(text, at)
        if bare is None:
            raise ValueError(f"entry {key} does not read at {text[at : at + 30]!r}")
        return bare[1] if bare[1] is not None else bare[2], bare.end()
    depth, end = 0, at
    while end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1 : end] != "\\" else 0
        end += 1
        if depth == 0:
            return text[at + 1 : end - 1], end
    raise ValueError(f"entry {key} is not closed")


def plain(tex: str) -> str:
    """Text without TeX: accents are letters, braces are gone."""

    def accent(match: re.Match[str]) -> str:
        letter = match[2].replace("\\i", "i").replace("\\j", "j").strip("{}")
        return unicodedata.normalize("NFC", letter + _ACCENTS[match[1]])

    text = re.sub(r"\\(['`\"^~=]|[cv](?=[{\s]))\s*(\{?\\?[A-Za-z]\}?)", accent, tex)
    for written, letter in _LETTERS.items():
        text = re.sub(re.escape(written) + r"(?![A-Za-z])\s?", letter, text)
    text = re.sub(r"\\([&%$#_])", r"\1", text)
    return " ".join(re.sub(r"[{}]", "", text).replace("~", " ").replace("--", "–").split())


def software(note: str = "") -> Entry:
    """Quintant itself."""
    fields = {"title": "Quintant", "author": "{The Quintant authors}", "version": __version__}
    return Entry("software", "quintant", {**fields, **({"note": note} if note else {})})


def unique(listed: Iterable[Entry]) -> list[Entry]:
    """Each key once, the first that has it."""
    return list({entry.key: entry for entry in reversed(list(listed))}.values())[::-1]


def bibtex(listed: Sequence[Entry]) -> str:
    return "\n\n".join(entry.bibtex for entry in listed) + "\n"


def cff(own: Entry, others: Sequence[Entry]) -> str:
    """CITATION.cff: `own` is what is cited, the others are its references."""
    whole: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "If you use these results, please cite the software and what it rests on.",
        **{"abstract" if name == "notes" else name: value for name, value in _described(own).items()},
        "license": "Apache-2.0",
        "references": [_described(entry) for entry in others],
    }
    return "".join(_yaml(whole))


def _described(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = {"type": _TYPES.get(entry.kind, "generic"), "title": entry.text("title")}
    found["authors"] = [_person(name) for name in re.split(r"\s+and\s+", entry.fields.get("author", "")) if name] or [
        {"name": entry.text("organization") or "not named"}
    ]
    for name, of in (("journal", "journal"), ("doi", "doi"), ("url", "url"), ("version", "version"), ("notes", "note")):
        if text := entry.text(of):
            found[name] = text
    if text := entry.text("booktitle"):
        found["conference"] = {"name": text}
    if entry.text("year").isdecimal():
        found["year"] = int(entry.text("year"))
    if text := entry.text("eprint"):
        found["identifiers"] = [{"type": "other", "value": f"arXiv:{text}"}]
    return found


def _person(name: str) -> dict[str, str]:
    family, comma, given = name.partition(",")
    if name.strip().startswith("{") or not comma:
        return {"name": "others" if name.strip() == "others" else plain(name)}
    return {"family-names": plain(family), "given-names": plain(given)}


def _yaml(value: Mapping[str, object], indent: str = "") -> Iterator[str]:
    """Mappings, lists of mappings and scalars; a text in JSON's quotes is one in YAML's."""
    for name, one in value.items():
        if isinstance(one, list):
            yield f"{indent}{name}:{'' if one else ' []'}\n"
            for inner in one:
                lines = "".join(_yaml(inner, f"{indent}    ")).splitlines(keepends=True)
                yield f"{indent}  - {lines[0].lstrip()}"
                yield from lines[1:]
        elif isinstance(one, dict):
            yield f"{indent}{name}:\n"
            yield from _yaml(one, f"{indent}  ")
        else:
            yield f"{indent}{name}: {orjson.dumps(one).decode()}\n"
