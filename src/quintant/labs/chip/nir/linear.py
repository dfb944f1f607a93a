"""One linear node as a sparse matrix: y = W x + b over flattened arrays, channels first, and the shape of y."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from scipy import sparse

from quintant.errors import ConfigError, Problem

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Matrix = Any
"""A scipy.sparse.csr_array of floats [outputs, inputs]."""

KINDS = ("Linear", "Affine", "Scale", "Flatten", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d")


def operator(name: str, node: Any, shape: Shape) -> tuple[Matrix, Array, Shape]:
    """W, b and the shape of the output of `node` for an input of `shape`."""
    kind = type(node).__name__
    size = math.prod(shape)
    match kind:
        case "Linear" | "Affine":
            weight = np.asarray(node.weight, float)
            if weight.ndim != 2 or weight.shape[1] != size:
                raise _wrong(name, f"has weights of shape {weight.shape} for an input of {size}")
            bias = np.asarray(node.bias, float).ravel() if kind == "Affine" else np.zeros(len(weight))
            if len(bias) != len(weight):
                raise _wrong(name, f"has {len(bias)} biases for {len(weight)} outputs")
            return sparse.csr_array(weight), bias, (len(weight),)
        case "Scale":
            scale = np.asarray(node.scale, float).ravel()
            if scale.size not in (1, size):
                raise _wrong(name, f"has {scale.size} factors for an input of {size}")
            return sparse.diags_array(np.broadcast_to(scale, size)).tocsr(), np.zeros(size), shape
        case "Flatten":
            return sparse.eye_array(size).tocsr(), np.zeros(size), (size,)
        case "Conv1d" | "Conv2d":
            return _convolution(name, node, shape, 1 if kind == "Conv1d" else 2)
        case "SumPool2d" | "AvgPool2d":
            return _pooling(name, node, shape, mean=kind == "AvgPool2d")
    raise _wrong(name, f"is a {kind}, which is not linear")


def _convolution(name: str, node: Any, shape: Shape, axes: int) -> tuple[Matrix, Array, Shape]:
    weight = np.asarray(node.weight, float)
    groups = int(node.groups)
    if len(shape) == axes and weight.shape[1] * groups == 1:
        shape = (1, *shape)
    if weight.ndim != axes + 2 or len(shape) != axes + 1 or shape[0] != weight.shape[1] * groups:
        raise _wrong(name, f"has weights of shape {weight.shape} in {groups} groups for an input of shape {shape}")
    outputs, per_group, kernel = weight.shape[0], weight.shape[1], weight.shape[2:]
    stride, dilation = _each(node.stride, axes), _each(node.dilation, axes)
    before, after = _padding(node.padding, kernel, dilation, axes)
    places = _places(name, shape[1:], kernel, stride, dilation, before, after)
    out_shape = tuple(len(place) for place in places)
    rows, columns, values = [], [], []
    flat_out = np.arange(outputs * math.prod(out_shape)).reshape(outputs, *out_shape)
    flat_in = np.arange(math.prod(shape)).reshape(shape)
    for at in itertools.product(*(range(k) for k in kernel)):
        inside = [np.flatnonzero((place[:, k] >= 0) & (place[:, k] < n))
                  for place, k, n in zip(places, at, shape[1:], strict=True)]  # fmt: skip
        taken = [place[keep, k] for place, keep, k in zip(places, inside, at, strict=True)]
        for out, channel in itertools.product(range(outputs), range(per_group)):
            value = weight[(out, channel, *at)]
            if value == 0:
                continue
            source = flat_in[(out // (outputs // groups)) * per_group + channel][np.ix_(*taken)].ravel()
            rows.append(flat_out[out][np.ix_(*inside)].ravel())
            columns.append(source)
            values.append(np.full(len(source), value))
    matrix = _matrix(rows, columns, values, (flat_out.size, flat_in.size))
    bias = np.zeros(outputs) if node.bias is None else np.broadcast_to(np.asarray(node.bias, float).ravel(), outputs)
    return matrix, np.repeat(bias, math.prod(out_shape)), (outputs, *out_shape)


def _pooling(name: str, node: Any, shape: Shape, mean: bool) -> tuple[Matrix, Array, Shape]:
    if len(shape) != 3:
        raise _wrong(name, f"needs an input of channels × height × width; got shape {shape}")
    kernel, stride = _each(node.kernel_size, 2), _each(node.stride, 2)
    padding = _each(node.padding, 2)
    places = _places(name, shape[1:], kernel, stride, (1, 1), padding, padding)
    out_shape = tuple(len(place) for place in places)
    flat_out = np.arange(shape[0] * math.prod(out_shape)).reshape(shape[0], *out_shape)
    flat_in = np.arange(math.prod(shape)).reshape(shape)
    rows, columns, values = [], [], []
    for at in itertools.product(*(range(k) for k in kernel)):
        inside = [np.flatnonzero((place[:, k] >= 0) & (place[:, k] < n))
                  for place, k, n in zip(places, at, shape[1:], strict=True)]  # fmt: skip
        taken = [place[keep, k] for place, keep, k in zip(places, inside, at, strict=True)]
        for channel in range(shape[0]):
            source = flat_in[channel][np.ix_(*taken)].ravel()
            rows.append(flat_out[channel][np.ix_(*inside)].ravel())
            columns.append(source)
            values.append(np.full(len(source), 1 / math.prod(kernel) if mean else 1.0))
    return _matrix(rows, columns, values, (flat_out.size, flat_in.size)), np.zeros(flat_out.size), (shape[0], *out_shape)


def _places(
    name: str, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape, before: Shape, after: Shape
) -> list[Array]:  # fmt: skip
    """Per axis, the input coordinate under each element of the kernel at each output [outputs, kernel]; outside: padding."""
    places = []
    for axis, size in enumerate(shape):
        span = dilation[axis] * (kernel[axis] - 1) + 1
        outputs = (size + before[axis] + after[axis] - span) // stride[axis] + 1
        if outputs < 1:
            raise _wrong(name, f"has a kernel of {kernel} that does not fit an input of {shape}")
        first = np.arange(outputs)[:, None] * stride[axis] - before[axis]
        places.append(first + np.arange(kernel[axis]) * dilation[axis])
    return places


def _padding(padding: Any, kernel: Shape, dilation: Shape, axes: int) -> tuple[Shape, Shape]:
    if isinstance(padding, bytes):
        padding = padding.decode()
    if isinstance(padding, str):
        if padding == "valid":
            return (0,) * axes, (0,) * axes
        whole = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple(width // 2 for width in whole), tuple(width - width // 2 for width in whole)
    pads = _each(padding, axes)
    return pads, pads


def _each(value: Any, axes: int) -> Shape:
    flat = np.asarray(value).ravel()
    return tuple(int(value) for value in (np.repeat(flat, axes) if flat.size == 1 else flat))


def _matrix(rows: list[Array], columns: list[Array], values: list[Array], shape: tuple[int, int]) -> Matrix:
    if not rows:
        return sparse.csr_array(shape, dtype=float)
    there = (np.concatenate(rows), np.concatenate(columns))
    return sparse.coo_array((np.concatenate(values), there), shape=shape).tocsr()


def _wrong(name: str, says: str) -> ConfigError:
    return ConfigError(Problem(f"nodes.{name}", f"{says}."))
