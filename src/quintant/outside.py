"""Outside: what a Config names beyond itself — an environment variable, an address, a file, a folder.

Such names are looked up with the rights of the process that computes. A config arrives over HTTP; whoever sends one must not
read the server's secrets or knock on its neighbours by it. So a lab declares what its configs name (`Lab.outside`), and one
rule says what may be named:

    variable         begins with the lab's prefix, or stands in the operator's list (`allowed_by`)
    address          its host stands in the operator's list; addresses of this machine need no entry where the server has no key
    file, folder     lies below a folder that the operator names (QUINTANT_FOLDERS), links followed; or was put there by us

Files and folders are part of a Run's identity besides: the sha256 of what they hold stands in its config hash and record.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from quintant.errors import Problem

FOLDERS = "QUINTANT_FOLDERS"


@dataclass(frozen=True)
class Outside:
    """One thing that a Config names.

    `key`: the path of the key; `name`: as the config says it. `allowed_by`: the operator's setting that lists such names.
    `prefix`: variables that begin so need no entry. `place`: where a file or folder lies. `trusted`: the operator or the lab
    named it, not the config. `kept`: small enough to be kept among the Run's artifacts, from where `verify` reads it again.
    """

    key: str
    kind: Literal["variable", "address", "file", "folder"]
    name: str
    allowed_by: str = FOLDERS
    prefix: str = ""
    place: Path | None = None
    trusted: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Permission:
    """What configs may name here. `keyed`: the server has a key, so that others than its operator send configs. `folders`:
    those below which files may be named; None: anywhere, for who computes with his own rights."""

    keyed: bool
    folders: tuple[Path, ...] | None = None

    def problem(self, thing: Outside) -> Problem | None:
        """Why `thing` may not be named, with the setting that allows it; None when it may."""
        if thing.trusted:
            return None
        match thing.kind:
            case "variable":
                return self._variable(thing)
            case "address":
                return self._address(thing)
            case _:
                return self._place(thing)

    def problems(self, things: Iterable[Outside]) -> list[Problem]:
        return [problem for thing in things if (problem := self.problem(thing))]

    def _variable(self, thing: Outside) -> Problem | None:
        if (thing.name.startswith(thing.prefix) and thing.prefix) or thing.name.lower() in listed(thing.allowed_by):
            return None
        text = f"must begin with {thing.prefix} or be named by {thing.allowed_by}; got {thing.name!r}."
        hint = "Variables hold a server's secrets; a config reads those that are meant for it."
        return Problem(thing.key, text, thing.name, None, hint)

    def _address(self, thing: Outside) -> Problem | None:
        host = (urlsplit(thing.name).hostname or "").lower()
        if host in listed(thing.allowed_by) or (is_loopback(host) and not self.keyed):
            return None
        where = "is this machine, and this server has a key" if is_loopback(host) else "is not this machine"
        text = f"{host!r} {where}: only what the environment variable {thing.allowed_by} names may be contacted."
        return Problem(thing.key, text, host, None, f"Set {thing.allowed_by}={host}")

    def _place(self, thing: Outside) -> Problem | None:
        if self.folders is None:
            return None
        place = (thing.place or Path(thing.name)).expanduser().resolve()
        if any(place.is_relative_to(folder) for folder in self.folders):
            return None
        text = f"{thing.name!r} lies outside the folders that this server opens for configs."
        return Problem(thing.key, text, thing.name, None, f"Its operator adds them: {thing.allowed_by}={place.parent}")


def listed(variable: str) -> frozenset[str]:
    """The names, in lower case, that an environment variable lists with commas between."""
    return frozenset(name.strip().lower() for name in os.environ.get(variable, "").split(",")) - {""}


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# --- identity ---


def files(place: Path) -> Sequence[Path]:
    """The files of a folder in order, or the file itself; hidden ones and caches are none of it."""
    if place.is_file():
        return (place,)
    return [
        path
        for path in sorted(place.rglob("*"))
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(place).parts)
    ]


def digest(place: Path) -> str:
    """sha256 over names and contents of what lies there. FileNotFoundError when nothing does."""
    listing = files(place)
    if not listing:
        raise FileNotFoundError(str(place))
    if place.is_file():
        return sha256(place)
    whole = hashlib.sha256()
    for path in listing:
        whole.update(f"{path.relative_to(place).as_posix()}\0{sha256(path)}\n".encode())
    return whole.hexdigest()


_known: dict[tuple[str, int, int, int], str] = {}
"""sha256 of files by path, time of change, size and inode: a model of gigabytes is read once by a process."""


def sha256(path: Path) -> str:
    """sha256 of a file, remembered while its time of change, size and inode stay."""
    facts = path.stat()
    key = (str(path), facts.st_mtime_ns, facts.st_size, facts.st_ino)
    if key not in _known:
        with path.open("rb") as file:
            _known[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _known[key]


def identity(things: Collection[Outside]) -> list[dict[str, str]]:
    """What of the things is part of a Run's identity: {key, kind, name, sha256} of each file and folder, by key."""
    return [
        {"key": thing.key, "kind": thing.kind, "name": thing.name, "sha256": digest(thing.place)}
        for thing in sorted(things, key=lambda thing: (thing.key, thing.name))
        if thing.place is not None and thing.kind in ("file", "folder")
    ]
