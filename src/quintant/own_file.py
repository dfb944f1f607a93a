"""Files of one's own for the keys of a lab: read once, at the door. What they hold becomes values of the config, whose hash is
then their identity; a data set too large for that is kept by its lab under its sha256 (`Lab.outside` puts that into the
identity).

A name is only looked at for its ending and repeated in messages: nothing is stored under it.
"""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from quintant.config import suggest
from quintant.config.key import keys_of
from quintant.errors import ConfigError, NotFound, Problem, QuintantError
from quintant.lab import Lab, OwnFile, load

LONGEST_NAME = 200


@dataclass(frozen=True)
class ReadFile:
    """`file`: what was read, and the keys that it sets."""

    key: str
    name: str
    size: int
    sha256: str
    file: OwnFile


def read_file(lab: Lab, key: str, name: str, data: bytes, cache: Path) -> ReadFile:
    """NotFound for a key that takes none, ConfigError for what does not read, in the words of who reads it."""
    if key not in lab.files:
        known = ", ".join(lab.files)
        raise NotFound(
            "Key that takes a file",
            f"{key} of {lab.name}",
            suggest(key, lab.files) or (f"There are: {known}." if known else None),
        )
    _check_name(key, name)
    endings = keys_of(lab.config)[key].files
    ending = Path(name).suffix.lower()
    if ending not in endings:
        text = f"takes files that end in {', '.join(endings)}; got {name!r}."
        raise ConfigError(Problem(key, text, name, list(endings)))
    with tempfile.TemporaryDirectory(prefix="quintant-file-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            file = load(lab.files[key])(path, cache)
        except QuintantError:
            raise
        except Exception as error:  # readers of foreign formats raise whatever they raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            reason = reason.replace(folder, "").strip("/")[:200]
            raise ConfigError(Problem(key, f"{name} cannot be read as {ending[1:]}: {reason}.", name)) from None
    return ReadFile(key, name, len(data), hashlib.sha256(data).hexdigest(), file)


def content(key: str, file: Path) -> bytes:
    """What is in a file, or ConfigError with the reason why it cannot be had."""
    try:
        return file.expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(Problem(key, f"{file} cannot be read: {error.strerror or error}.", str(file))) from None


def _check_name(key: str, name: str) -> None:
    bad = (
        not name
        or len(name.encode()) > LONGEST_NAME
        or name.startswith(".")
        or any(letter in "/\\" or unicodedata.category(letter)[0] == "C" for letter in name)
    )
    if bad:
        text = f"needs a file name of at most {LONGEST_NAME} bytes, without slashes and control characters; got {name[:40]!r}."
        raise ConfigError(Problem(key, text, name[:40]))
