"""Garbage: how often Python looks for objects that only hold each other.

A command imports thousands of classes and functions, none of which is garbage, and Python looks through all of them dozens of
times meanwhile: a sixth of what a short command costs. Long-lived processes (a server, a zygote's Workers) look as often as
Python thinks right.
"""

from __future__ import annotations

import gc

USUAL = gc.get_threshold()
SELDOM = 100_000
"""New objects between two looks; some tens of megabytes at the very most."""


def seldom() -> None:
    gc.set_threshold(SELDOM, *USUAL[1:])


def usual() -> None:
    gc.set_threshold(*USUAL)
