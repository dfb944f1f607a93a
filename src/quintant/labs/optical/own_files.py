"""Files of one's own for keys of the optical lab: a topology in GraphML or JSON."""

from __future__ import annotations

from pathlib import Path

from quintant.lab import OwnFile
from quintant.labs.optical import graphml
from quintant.labs.optical import topology as networks


def topology(path: Path, cache: Path) -> OwnFile:
    read = networks.from_json if path.suffix.lower() == ".json" else graphml.read
    own = read(path.read_bytes())
    value = own.model_dump(mode="json", exclude_none=True)
    return OwnFile({"topology": value}, f"{own.name}: {len(own.nodes)} nodes, {len(own.links)} links")
