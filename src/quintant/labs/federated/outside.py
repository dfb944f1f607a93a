"""What a FederatedConfig names beyond itself: the files of its data set, below the user's cache folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from quintant.labs.federated import datasets
from quintant.labs.federated.config import FederatedConfig
from quintant.outside import Outside


def outside(config: FederatedConfig, cache: Path) -> Iterator[Outside]:
    for keyword in sorted({plan.dataset_keyword for plan in config.plans}):
        if path := datasets.data_files(datasets.folder(cache), keyword)["path"]:
            place = Path(path)
            kind: Literal["file", "folder"] = "folder" if place.is_dir() else "file"
            yield Outside("dataset_keyword", kind, keyword, place=place, trusted=True)
