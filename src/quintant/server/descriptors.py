"""File descriptors: each connection takes one, and where they run out new clients wait without anybody being told."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
from pathlib import Path

LOOK_EVERY_S = 1.0
AGAIN_S = 60.0
"""A shortage that lasts is told once in so many seconds."""
SHARE = 0.9
OPEN = (Path("/proc/self/fd"), Path("/dev/fd"))
log = logging.getLogger("quintant.server")


def raise_limit() -> int:
    """As many descriptors as the system lets this user have; returns how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # macOS names a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def in_use() -> int | None:
    """How many are open; None where the system does not tell."""
    for folder in OPEN:
        try:
            return sum(1 for _ in folder.iterdir())
        except OSError as error:
            if error.errno == errno.EMFILE:  # looking takes one, too
                return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None


async def watch() -> None:
    """Log it when nine of ten descriptors are taken, before connections are turned away."""
    quiet_until = 0.0
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        most, taken = resource.getrlimit(resource.RLIMIT_NOFILE)[0], in_use()
        if taken is None or taken < SHARE * most or loop.time() < quiet_until:
            continue
        quiet_until = loop.time() + AGAIN_S
        text = "%d of %d file descriptors are in use: new connections will soon be refused. Close idle clients, or raise the"
        log.error(f"{text} limit (ulimit -n; LimitNOFILE= of a service).", taken, most)
