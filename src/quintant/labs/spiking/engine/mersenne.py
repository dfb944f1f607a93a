"""The contract's own random numbers, compiled: MT19937 doubles and the polar Gaussian with its cached second value.

Bit for bit what `numpy.random.RandomState(seed).normal(0, std)` gives (Matsumoto & Nishimura 1998,
doi 10.1145/272991.272995; Marsaglia's polar method). NumPy promises never to change these streams (NEP 19).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled

Array = np.ndarray[Any, Any]
WORDS = 624


class Mersenne:
    """State of one stream. `key` uint32[624]; `place` int64[2]: position in it, and whether a Gaussian is cached;
    `cached` float64[1]: that Gaussian."""

    def __init__(self, seed: int) -> None:
        _, key, place, *_ = np.random.RandomState(seed).get_state(legacy=True)
        self.key: Array = np.array(key, np.uint32)
        self.place: Array = np.array([int(place), 0], np.int64)
        self.cached: Array = np.zeros(1)

    def normals(self, out: Array) -> Array:
        """Fill `out` (float64, contiguous) with standard normals."""
        gauss(self.key, self.place, self.cached, out.reshape(-1))
        return out

    def skip(self, count: int) -> None:
        """Move on as if `count` standard normals had been drawn."""
        skip_gauss(self.key, self.place, self.cached, count)

    def uniforms(self, out: Array) -> Array:
        uniform(self.key, self.place, out.reshape(-1))
        return out


@compiled
def refill(key: Array) -> None:
    for i in range(227):
        y = (key[i] & np.uint32(0x80000000)) | (key[i + 1] & np.uint32(0x7FFFFFFF))
        key[i] = key[i + 397] ^ (y >> np.uint32(1)) ^ ((np.uint32(0) - (y & np.uint32(1))) & np.uint32(0x9908B0DF))
    for i in range(227, 623):
        y = (key[i] & np.uint32(0x80000000)) | (key[i + 1] & np.uint32(0x7FFFFFFF))
        key[i] = key[i - 227] ^ (y >> np.uint32(1)) ^ ((np.uint32(0) - (y & np.uint32(1))) & np.uint32(0x9908B0DF))
    y = (key[623] & np.uint32(0x80000000)) | (key[0] & np.uint32(0x7FFFFFFF))
    key[623] = key[396] ^ (y >> np.uint32(1)) ^ ((np.uint32(0) - (y & np.uint32(1))) & np.uint32(0x9908B0DF))


@compiled
def temper(key: Array, out: Array) -> None:
    for i in range(624):
        y = key[i]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        out[i] = y ^ (y >> np.uint32(18))


@compiled
def uniform(key: Array, place: Array, out: Array) -> None:
    """Doubles in [0, 1) with 53 bits: (a 2^26 + b) / 2^53 of two words' upper 27 and 26 bits."""
    words = np.empty(624, np.uint32)
    temper(key, words)
    at = place[0]
    for k in range(out.size):
        if at == 624:
            refill(key)
            temper(key, words)
            at = 0
        a = words[at] >> np.uint32(5)
        at += 1
        if at == 624:
            refill(key)
            temper(key, words)
            at = 0
        b = words[at] >> np.uint32(6)
        at += 1
        out[k] = (np.float64(a) * 67108864.0 + np.float64(b)) * (1.0 / 9007199254740992.0)
    place[0] = at


@compiled
def accepted(key: Array, place: Array, x1: Array, x2: Array, r2: Array) -> None:
    """Fill the arrays with points of the unit disc: as many as they are long, in the order of the stream."""
    words = np.empty(624, np.uint32)
    temper(key, words)
    at = place[0]
    pool = np.empty(624 // 2 + 2)
    got = 0
    want = x1.size
    half = np.empty(2)
    pending = 0
    while got < want:
        # whole doubles of this block; an odd word left over joins the next block
        if at == 624:
            refill(key)
            temper(key, words)
            at = 0
        have = pending
        for k in range(pending):
            pool[k] = half[k]
        count = (624 - at) // 2
        for k in range(count):
            a = np.int32(words[at + 2 * k] >> np.uint32(5))
            b = np.int32(words[at + 2 * k + 1] >> np.uint32(6))
            pool[have + k] = 2.0 * ((np.float64(a) * 67108864.0 + np.float64(b)) * (1.0 / 9007199254740992.0)) - 1.0
        have += count
        first = at
        at += 2 * count
        used = 0
        while used + 1 < have and got < want:
            u = pool[used]
            v = pool[used + 1]
            s = u * u + v * v
            x1[got] = u
            x2[got] = v
            r2[got] = s
            used += 2
            got += 1 if (s < 1.0 and s != 0.0) else 0
        if got == want:
            at = first + 2 * (used - pending)
            pending = 0
            break
        if used < have:
            half[0] = pool[used]
            pending = 1
        else:
            pending = 0
        if at == 623:
            a = np.int32(words[623] >> np.uint32(5))
            refill(key)
            temper(key, words)
            b = np.int32(words[0] >> np.uint32(6))
            at = 1
            half[pending] = 2.0 * ((np.float64(a) * 67108864.0 + np.float64(b)) * (1.0 / 9007199254740992.0)) - 1.0
            pending += 1
    place[0] = at


@compiled
def gauss(key: Array, place: Array, cached: Array, out: Array) -> None:
    n = out.size
    k = 0
    if place[1] == 1 and n > 0:
        out[0] = cached[0]
        place[1] = 0
        k = 1
    size = 2048
    x1 = np.empty(size)
    x2 = np.empty(size)
    r2 = np.empty(size)
    while k < n:
        pairs = min(size, (n - k + 1) // 2)
        accepted(key, place, x1[:pairs], x2[:pairs], r2[:pairs])
        logs = x_logs(r2[:pairs])
        for i in range(pairs):
            r2[i] = math.sqrt(-2.0 * logs[i] / r2[i])
        whole = min(pairs, (n - k) // 2)
        for i in range(whole):
            out[k + 2 * i] = r2[i] * x2[i]
            out[k + 2 * i + 1] = r2[i] * x1[i]
        k += 2 * whole
        if whole < pairs:
            out[k] = r2[whole] * x2[whole]
            cached[0] = r2[whole] * x1[whole]
            place[1] = 1
            k += 1


@compiled
def x_logs(r2: Array) -> Array:
    out = np.empty(r2.size)
    for i in range(r2.size):
        out[i] = math.log(r2[i])
    return out


@compiled
def skip_gauss(key: Array, place: Array, cached: Array, count: int) -> None:
    """The last pair is drawn in full, since its second value may stay cached."""
    if place[1] == 1 and count > 0:
        place[1] = 0
        count -= 1
    size = 2048
    x1 = np.empty(size)
    x2 = np.empty(size)
    r2 = np.empty(size)
    while count > 0:
        pairs = min(size, (count + 1) // 2)
        accepted(key, place, x1[:pairs], x2[:pairs], r2[:pairs])
        if 2 * pairs > count:
            f = math.sqrt(-2.0 * math.log(r2[pairs - 1]) / r2[pairs - 1])
            cached[0] = f * x1[pairs - 1]
            place[1] = 1
        count -= 2 * pairs
