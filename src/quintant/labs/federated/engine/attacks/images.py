"""Image attacks: noise, brightness and BadNets' backdoor trigger. Pixel units of the keys are 0..1, the data's `low..high`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from quintant.labs.federated.engine.attacks.attack import Aim, Bools, Floats, Poisoned, Samples


@dataclass(frozen=True)
class GaussianNoise:
    """`attack_ratio` of the images get noise: of so many dB (`target_noise_snr`), or of `mean` and `std` in pixel units.

    The noise power is the image's mean square / 10^(dB / 10). Values are clipped to the data's own range, which takes half
    of the noise from pixels that lie at its ends.
    """

    target_noise_snr: float | None = None
    attack_ratio: float = 1.0
    mean: float = 0.0
    std: float = 0.1

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        touched = chosen(len(samples.labels), int(len(samples.labels) * self.attack_ratio), own)
        images = np.asarray(samples.inputs, dtype=np.float32)
        noisy = images.copy()
        noisy[touched] = np.clip(images[touched] + self.noise(images[touched], samples, own), samples.low, samples.high)
        return Poisoned(replace(samples, inputs=noisy), touched)

    def noise(self, images: Floats, samples: Samples, own: np.random.Generator) -> Floats:
        """Noise for images (N, …), not yet clipped."""
        drawn = own.standard_normal(images.shape, dtype=np.float32)
        if self.target_noise_snr is None:
            span = samples.high - samples.low
            return np.float32(self.mean * span) + drawn * np.float32(self.std * span)
        power = np.square(images).mean(axis=tuple(range(1, images.ndim)), keepdims=True)
        result: Floats = drawn * np.sqrt(power / np.float32(10 ** (self.target_noise_snr / 10)))
        return result

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        return None


@dataclass(frozen=True)
class Brightness:
    """`attack_ratio` of the images become brighter or darker by `brightness_delta`, clipped to the data's range."""

    brightness_delta: float
    attack_ratio: float = 1.0

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        touched = chosen(len(samples.labels), int(len(samples.labels) * self.attack_ratio), own)
        images = np.asarray(samples.inputs, dtype=np.float32).copy()
        step = np.float32(self.brightness_delta * (samples.high - samples.low))
        images[touched] = np.clip(images[touched] + step, samples.low, samples.high)
        return Poisoned(replace(samples, inputs=images), touched)

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        return None


@dataclass(frozen=True)
class BackdoorTrigger:
    """`poison_ratio` of the images, at least one, get a trigger and the label `target_class` (BadNets, arXiv 1708.06733).

    Where the patch is brighter than the middle of the range already, the trigger takes the middle instead (contrast).
    Success: the share of test images of other classes that the trigger turns into `target_class`.
    """

    target_class: int
    trigger_pattern: Literal["square", "cross"] = "square"
    trigger_size: int = 4
    trigger_position: Literal["bottom_right", "top_left", "center", "random"] = "bottom_right"
    trigger_value: float = 1.0
    poison_ratio: float = 0.1

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        count = len(samples.labels)
        touched = chosen(count, max(1, int(count * self.poison_ratio)), own)
        images = np.asarray(samples.inputs, dtype=np.float32).copy()
        images[touched] = self.stamped(images[touched], samples, own)
        return Poisoned(replace(samples, inputs=images, labels=np.where(touched, self.target_class, samples.labels)), touched)

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        others = test.labels != self.target_class
        if not others.any():
            return None
        stamped = self.stamped(np.asarray(test.inputs[others], dtype=np.float32), test, shared)
        return Aim(stamped, np.full(len(stamped), self.target_class, dtype=np.int64))

    def stamped(self, images: Floats, samples: Samples, rng: np.random.Generator) -> Floats:
        """A copy of (N, channels, height, width) with the trigger in every image."""
        images = images.copy()
        count, _, height, width = images.shape
        size = min(self.trigger_size, height, width)
        middle = (samples.low + samples.high) / 2
        value = samples.low + self.trigger_value * (samples.high - samples.low)
        shape = self.shape(size)
        tops, lefts = self.corners(count, height - size, width - size, rng)
        for image, top, left in zip(images, tops, lefts, strict=True):
            patch = image[:, top : top + size, left : left + size]
            patch[:, shape] = middle if patch.mean() > middle else value
        return images

    def shape(self, size: int) -> Bools:
        """(size, size) which pixels of the patch the trigger covers."""
        if self.trigger_pattern == "square":
            return np.ones((size, size), dtype=bool)
        rows = np.arange(size)
        arms = (rows == size // 2) | (rows == (size - 1) // 2)
        result: Bools = arms[:, None] | arms[None, :]
        return result

    def corners(self, count: int, down: int, right: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Top and left of the patch in each image, when it can move by `down` and `right` pixels."""
        if self.trigger_position == "random":
            return rng.integers(0, down + 1, count).tolist(), rng.integers(0, right + 1, count).tolist()
        place = {"top_left": (0, 0), "center": (down // 2, right // 2), "bottom_right": (down, right)}
        top, left = place[self.trigger_position]
        return [top] * count, [left] * count


def chosen(count: int, many: int, rng: np.random.Generator) -> Bools:
    """(count,) bool with `many` of them True, drawn without replacement."""
    marked = np.zeros(count, dtype=bool)
    marked[rng.permutation(count)[:many]] = True
    return marked
