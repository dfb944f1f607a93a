"""Lines of a log as entries: our own, and every form that the contract knows."""

import pytest

from quintant.labs.federated.contract.logline import entry


@pytest.mark.parametrize(
    ("line", "timestamp", "level", "message"),
    [
        ("2026-11-22 10:00:00 INFO Round 1/5: a: b", "2026-11-22 10:00:00", "INFO", "Round 1/5: a: b"),
        ("2026-11-22 10:00:00,123 | ERROR | root | it | broke", "2026-11-22 10:00:00,123", "ERROR", "it | broke"),
        ("2026-11-22T10:00:00.5Z - DEBUG - x", "2026-11-22T10:00:00.5Z", "DEBUG", "x"),
        ("[10:00:00] CRITICAL: x", "10:00:00", "CRITICAL", "x"),
        ("WARNING: x", None, "WARNING", "x"),
        ("ERROR:flwr.server:x", None, "ERROR", "x"),
        ("Traceback (most recent call last):", None, "INFO", "Traceback (most recent call last):"),
        ("INFORMATION is no level", None, "INFO", "INFORMATION is no level"),
    ],
)
def test_a_line_is_an_entry(line, timestamp, level, message):
    told = entry(line)
    assert (told["level"], told["message"]) == (level, message)
    if timestamp is not None:
        assert told["timestamp"] == timestamp
    else:
        assert told["timestamp"].endswith("Z")
