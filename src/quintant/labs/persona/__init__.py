"""The persona lab (being built)."""
