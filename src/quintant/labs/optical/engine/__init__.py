"""The optical engine: request by request, slot by slot."""
