"""`quintant settings`: where a value comes from, and that secrets stay secret."""

from __future__ import annotations

import pytest

from quintant.cli import settings
from quintant.client.discovery import settings_of
from quintant.errors import ConfigError
from quintant.settings import Settings


def test_each_setting_has_its_variable_value_and_source(monkeypatch, tmp_path):
    monkeypatch.setenv("QUINTANT_PORT", "8123")
    monkeypatch.setenv("QUINTANT_API_KEY", "very-secret-and-long")
    monkeypatch.setenv("QUINTANT_STORE_URL", "postgresql+psycopg://me:very-secret-and-long@host/name")
    rows = {row["name"]: row for row in settings.read(settings_of(tmp_path), {"data_dir"})}
    assert set(rows) == set(Settings.model_fields)
    assert (rows["port"]["value"], rows["port"]["from"], rows["port"]["variable"]) == (8123, "environment", "QUINTANT_PORT")
    assert (rows["data_dir"]["value"], rows["data_dir"]["from"]) == (str(tmp_path), "command line")
    assert rows["host"]["from"] == "default"
    assert all(row["says"] for row in rows.values())
    assert "very-secret-and-long" not in str(rows) and rows["api_key"]["value"] == "********"
    assert rows["store_url"]["value"] == "postgresql+psycopg://me:********@host/name"


def test_a_bad_variable_is_named_with_its_value(monkeypatch):
    monkeypatch.setenv("QUINTANT_PORT", "eighty")
    with pytest.raises(ConfigError, match=r"QUINTANT_PORT: .*valid integer.*got 'eighty'"):
        settings_of(None)


def test_what_is_given_wins_over_the_environment_and_that_over_the_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("quintant_workers", "3")  # in any case of letters
    monkeypatch.setenv("QUINTANT_HEARTBEAT_S", "0.5")
    monkeypatch.setenv("QUINTANT_DATA_DIR", "/elsewhere")
    monkeypatch.setenv("QUINTANT_NOT_A_SETTING", "x")
    found = Settings(data_dir=tmp_path)
    assert (found.workers, found.heartbeat_s, found.data_dir, found.port) == (3, 0.5, tmp_path, 8000)
    with pytest.raises(ValueError, match="frozen"):
        found.workers = 4


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("port", "70000", "less than or equal to 65535; got '70000'"),
        ("executor", "celery", "Input should be 'local'; got 'celery'"),
    ],
)
def test_every_kind_of_bad_variable_is_named(monkeypatch, name, text, said):
    monkeypatch.setenv(f"QUINTANT_{name.upper()}", text)
    with pytest.raises(ConfigError, match=f"QUINTANT_{name.upper()}: .*{said}"):
        settings_of(None)
