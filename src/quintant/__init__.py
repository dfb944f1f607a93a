"""Quintant: run, watch, repeat, compare and keep simulations from five fields."""

__version__ = "0.1.0"
