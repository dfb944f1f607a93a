"""Files of one's own for keys of the federated lab: a data set, kept among those of the user's cache under its sha256."""

from __future__ import annotations

import shutil
from pathlib import Path

from quintant.errors import ConfigError, EngineError, Problem
from quintant.lab import OwnFile
from quintant.labs.federated import datasets
from quintant.labs.federated.engine.data import npz, text
from quintant.labs.federated.names import OWN_IMAGES, OWN_TEXT
from quintant.outside import sha256


def dataset_keyword(path: Path, cache: Path) -> OwnFile:
    kind = path.suffix.lower()
    try:
        data = npz.load(path, {}) if kind == ".npz" else text.load(path, "text", "label", {}, length=64, chunk=None)
    except EngineError as error:
        raise ConfigError(Problem("dataset_keyword", f"{error}.", path.name)) from None
    name = f"upload-{sha256(path)[:16]}"
    place = datasets.folder(cache)
    place.mkdir(parents=True, exist_ok=True)
    temporary = place / f".{name}{kind}.part"
    shutil.copyfile(path, temporary)
    temporary.replace(place / f"{name}{kind}")
    prefix = OWN_IMAGES if kind == ".npz" else OWN_TEXT
    return OwnFile({"dataset_keyword": f"{prefix}{name}"}, f"{data.actual}, {len(data.classes)} classes")
