"""The chip engine: integer neurons, the same bits on any machine."""
