"""`quintant settings`: where a value comes from, and that secrets stay secret."""

from __future__ import annotations

import pytest

from quintant.cli import settings
from quintant.client.discovery import settings_of
from quintant.errors import ConfigError
from quintant.settings import Settings


def test_each_setting_has_its_variable_value_and_source(monkeypatch, tmp_path):
    monkeypatch.setenv("QUINTANT_PORT", "8123")
    monkeypatch.setenv("QUINTANT_API_KEY", "very-secret")
    monkeypatch.setenv("QUINTANT_STORE_URL", "postgresql+psycopg://me:very-secret@host/name")
    rows = {row["name"]: row for row in settings.read(settings_of(tmp_path), {"data_dir"})}
    assert set(rows) == set(Settings.model_fields)
    assert (rows["port"]["value"], rows["port"]["from"], rows["port"]["variable"]) == (8123, "environment", "QUINTANT_PORT")
    assert (rows["data_dir"]["value"], rows["data_dir"]["from"]) == (str(tmp_path), "command line")
    assert rows["host"]["from"] == "default"
    assert all(row["says"] for row in rows.values())
    assert "very-secret" not in str(rows) and rows["api_key"]["value"] == "********"
    assert rows["store_url"]["value"] == "postgresql+psycopg://me:********@host/name"


def test_a_bad_variable_is_named_with_its_value(monkeypatch):
    monkeypatch.setenv("QUINTANT_PORT", "eighty")
    with pytest.raises(ConfigError, match=r"QUINTANT_PORT: .*valid integer.*got 'eighty'"):
        settings_of(None)
