"""Images of the user's own, in MedMNIST's format (Yang et al. 2023, doi 10.1038/s41597-022-01721-8).

An .npz with train_images, train_labels and test_images, test_labels (val_* may be there and is not used). Images are uint8,
(N, height, width) or (N, height, width, 3); labels (N,) or (N, 1). `groups` (N,) may say whom a sample came from.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from quintant.errors import EngineError
from quintant.labs.federated.engine.data.dataset import Dataset, held_out

TEST_SHARE = 0.2
SMALLEST_SIDE, LARGEST_SIDE = 4, 256


def load(path: Path, sources: dict[str, str]) -> Dataset:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise EngineError(f"{path.name} is no .npz archive without pickles: {error}") from error
    missing = [name for name in ("train_images", "train_labels") if name not in arrays]
    if missing:
        raise EngineError(f"{path.name} has no {missing[0]}; it has {', '.join(sorted(arrays)) or 'nothing'}")
    images = _images(path, "train_images", arrays["train_images"])
    labels = _labels(path, "train_labels", arrays["train_labels"], len(images))
    groups = arrays.get("groups")
    if groups is not None and groups.shape != (len(images),):
        raise EngineError(f"{path.name}: groups must have one value per training image")
    notes: tuple[str, ...] = ()
    if "test_images" in arrays and "test_labels" in arrays:
        test = _images(path, "test_images", arrays["test_images"])
        test_labels = _labels(path, "test_labels", arrays["test_labels"], len(test))
        if test.shape[1:] != images.shape[1:]:
            raise EngineError(f"{path.name}: test images are {test.shape[1:]}, training images {images.shape[1:]}")
    else:
        train_rows, test_rows = held_out(labels, TEST_SHARE)
        test, test_labels = images[test_rows], labels[test_rows]
        images, labels = images[train_rows], labels[train_rows]
        groups = None if groups is None else groups[train_rows]
        notes = (f"no test set in the file: a fifth of every class ({len(test)} images) is held out",)
    labels_present = np.unique(np.concatenate([labels, test_labels]))
    classes = tuple(str(label) for label in range(int(labels_present[-1]) + 1))
    numbered = None if groups is None else np.unique(groups, return_inverse=True)[1].astype(np.int64)
    return Dataset(
        f"{path.name}, {len(images) + len(test)} images of {images.shape[2]}×{images.shape[3]}", "images", images, labels,
        test, test_labels, classes, groups=numbered, sources=sources, notes=notes,
    )  # fmt: skip


def _images(path: Path, name: str, array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """(N, channels, height, width)."""
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] not in (1, 3)):
        raise EngineError(
            f"{path.name}: {name} must be uint8 of (N, height, width) or (N, height, width, 1 or 3); "
            f"got {array.dtype} {array.shape}"
        )
    if not len(array):
        raise EngineError(f"{path.name}: {name} is empty")
    height, width = array.shape[1:3]
    if min(height, width) < SMALLEST_SIDE or max(height, width) > LARGEST_SIDE:
        raise EngineError(f"{path.name}: images of {height}×{width}; sides of {SMALLEST_SIDE} to {LARGEST_SIDE} are taken")
    whole = array.astype(np.uint8)
    return whole[:, None] if whole.ndim == 3 else np.ascontiguousarray(whole.transpose(0, 3, 1, 2))


def _labels(path: Path, name: str, array: npt.NDArray[np.generic], count: int) -> npt.NDArray[np.int64]:
    flat = array.reshape(-1)
    if flat.size != count:
        raise EngineError(f"{path.name}: {name} has {flat.size} values for {count} images (one label each is taken)")
    if not np.issubdtype(flat.dtype, np.integer) or flat.min() < 0 or flat.max() > 10_000:
        raise EngineError(f"{path.name}: {name} must be whole numbers from 0 on; got {flat.dtype}, {flat.min()}..{flat.max()}")
    return flat.astype(np.int64)
