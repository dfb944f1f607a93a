"""MNIST's own file format (IDX), plain or gzip: http://yann.lecun.com/exdb/mnist describes it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt

from quintant.errors import EngineError
from quintant.labs.federated.engine.data.dataset import Dataset

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def read(path: Path) -> npt.NDArray[np.uint8]:
    """The array of one IDX file of unsigned bytes."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise EngineError(f"{path.name} is no IDX file of unsigned bytes")
    dimensions = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    body = np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * dimensions)
    if body.size != int(np.prod(shape)):
        raise EngineError(f"{path.name} holds {body.size} values, its head says {shape}")
    return body.reshape(shape)


def load(folder: Path, actual: str, classes: tuple[str, ...], sources: dict[str, str]) -> Dataset:
    """The four files of `folder`, each plain or with .gz."""
    files = [next(path for path in (folder / name, folder / f"{name}.gz") if path.is_file()) for name in FILES]
    train, train_labels, test, test_labels = map(read, files)
    return Dataset(
        actual, "images", train[:, None], train_labels.astype(np.int64), test[:, None], test_labels.astype(np.int64), classes,
        sources=sources,
    )  # fmt: skip
