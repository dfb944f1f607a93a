"""The contract's limits: 100 requests a minute, 5 exports an hour and 10 sockets, each per address.

Windows move: a request is counted for exactly a minute. `QUINTANT_RATE_LIMITS=off` lifts all three.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from quintant.errors import QuintantError

REQUESTS = RateLimitItemPerMinute(100)
EXPORTS = RateLimitItemPerHour(5)
MOST_SOCKETS = 10


class TooMany(QuintantError):
    """A limit is reached; the headers tell which, and when it may be tried again."""

    code, status = "too-many", 429

    def __init__(self, what: str, most: int, after_s: int) -> None:
        super().__init__(f"Rate limit exceeded: {what}. Try again in {after_s} s.")
        self.headers = {"Retry-After": str(after_s), **_told(most, 0, after_s)}


class Limits:
    def __init__(self, on: bool) -> None:
        self.on = on
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._sockets: Counter[str] = Counter()
        self._lock = threading.Lock()

    def request(self, address: str) -> dict[str, str]:
        """Count a request; the headers that tell how many are left. TooMany when there is none."""
        return self._hit(REQUESTS, "requests", address, f"{REQUESTS.amount} requests per minute and address")

    def export(self, address: str) -> None:
        self._hit(EXPORTS, "exports", address, f"{EXPORTS.amount} exports per hour and address")

    def open_socket(self, address: str) -> bool:
        """Take one of the address's sockets; False when all are taken."""
        with self._lock:
            if self.on and self._sockets[address] >= MOST_SOCKETS:
                return False
            self._sockets[address] += 1
            return True

    def close_socket(self, address: str) -> None:
        with self._lock:
            self._sockets[address] -= 1
            if self._sockets[address] <= 0:
                del self._sockets[address]

    def _hit(self, item: RateLimitItem, kind: str, address: str, what: str) -> dict[str, str]:
        if not self.on:
            return {}
        taken = self._windows.hit(item, kind, address)
        window = self._windows.get_window_stats(item, kind, address)
        after_s = max(1, math.ceil(window.reset_time - time.time()))
        if not taken:
            raise TooMany(what, item.amount, after_s)
        return _told(item.amount, window.remaining, after_s)


def _told(most: int, left: int, after_s: int) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(after_s)}
