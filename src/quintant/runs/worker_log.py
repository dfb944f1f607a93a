"""What a Worker's process wrote to its standard output and error: kept hidden while it lives, shown when its Run fails.

It is where a crash in compiled code, a killed allocation or a library's last words can be read. It may hold anything that the
process knew, so that secrets are struck before anybody sees it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from quintant.runs import artifact
from quintant.runs.artifact import Artifact

OUTPUT = ".worker.txt"
NAME = "worker.log"
MOST_BYTES = 1 << 20
"""Of a longer output its end is shown."""
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE", re.IGNORECASE)
SHORTEST = 6
"""Characters of a value that is struck wherever it stands; shorter ones would strike half of the text."""
IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)")
IN_HEADER = re.compile(r"((?:bearer|basic|apikey|x-api-key:)\s+)[^\s'\"]+", re.IGNORECASE)
STRUCK = "********"


def strike(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` without the values of environment variables that are called secrets, passwords in URLs and keys in headers."""
    names = os.environ if environment is None else environment
    values = {value for name, value in names.items() if SECRET_NAME.search(name) and len(value) >= SHORTEST}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, STRUCK)
    return IN_HEADER.sub(rf"\1{STRUCK}", IN_URL.sub(rf"\1{STRUCK}\2", text))


def kept(run_id: str, folder: Path) -> list[Artifact]:
    """Write what the Run's Workers said as its artifact `worker.log`; nothing where they said nothing."""
    try:
        with (folder / OUTPUT).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - MOST_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    if not text.strip():
        return []
    if size > MOST_BYTES:
        text = f"(the last {MOST_BYTES:,} of {size:,} bytes)\n{text.partition(chr(10))[2]}"
    return [artifact.stored(run_id, folder, NAME, strike(text).encode())]
