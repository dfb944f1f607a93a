"""Where data sets that no package carries lie, how one gets there, and the answer to an engine that asks for one.

The folder is `datasets` in the user's cache folder (QUINTANT_CACHE_DIR), shared by all data folders. In it:

    mnist/, fashion_mnist/      the four IDX files (`quintant federated fetch mnist`)
    KEYWORD.npz                 images in MedMNIST's format, for every image keyword and for npz:KEYWORD
    KEYWORD.csv, KEYWORD.jsonl  texts, for every text keyword and for text:KEYWORD
"""

from __future__ import annotations

from pathlib import Path

from quintant.json_value import Json
from quintant.lab import Answer, Ask, AskContext
from quintant.labs.federated import names
from quintant.outside import sha256

ASK = "dataset"
IDX_KEYWORDS = ("mnist", "fashion_mnist")
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
FETCHED = ("mnist", "fashion_mnist", "reuters_r8")
"""What `quintant federated fetch` knows."""


def folder(cache: Path) -> Path:
    return cache / "datasets"


def answer(ask: Ask, context: AskContext) -> Answer:
    """Where the files of the asked keyword lie and their sha256; path null: nowhere. Called by the Driver."""
    return Answer(ask.id, data_files(folder(context.cache), ask.payload["keyword"]))


def data_files(place: Path, keyword: str) -> dict[str, Json]:
    """{path, format, sources, looked}: what is there of `keyword`, and where was looked for it."""
    name = keyword.partition(":")[2] or keyword
    looked = []
    if keyword in IDX_KEYWORDS:
        looked.append(str(place / name))
        files = [_either(place / name / file) for file in IDX_FILES]
        if all(files):
            sources = {file.name: sha256(file) for file in files if file is not None}
            return {"path": str(place / name), "format": "idx", "sources": sources, "looked": looked}
    text = keyword in names.TEXT_KEYWORDS or keyword.startswith(names.OWN_TEXT)
    for ending in ("csv", "jsonl") if text else ("npz",):
        path = place / f"{name}.{ending}"
        looked.append(str(path))
        if path.is_file():
            return {"path": str(path), "format": ending, "sources": {path.name: sha256(path)}, "looked": looked}
    return {"path": None, "format": None, "sources": {}, "looked": looked}


def how_to_provide(keyword: str, looked: list[str]) -> str:
    """What to do about a keyword whose data are not here."""
    if keyword in FETCHED:
        return f"Fetch it: quintant data fetch {keyword}"
    kind = "a .csv or .jsonl file with the columns text and label" if looked[-1].endswith(".jsonl") else "MedMNIST's own .npz"
    return f"Put {kind} at {looked[0]}"


def _either(path: Path) -> Path | None:
    packed = path.with_name(f"{path.name}.gz")
    return path if path.is_file() else packed if packed.is_file() else None
