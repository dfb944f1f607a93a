"""docs/contracts/federated.md names every route and every door of the terminal."""

import re
from pathlib import Path

from fastapi import FastAPI

from quintant.labs.federated.contract import router, status
from quintant.labs.federated.contract.results import POLICY
from quintant.labs.federated.contract.terminal import MOST_CHARACTERS, MOST_SIDE, door, shell
from quintant.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "contracts" / "federated.md").read_text(encoding="utf-8")
WORDS = re.sub(r"\s+", " ", PAGE)


def test_the_page_names_every_route():
    app = FastAPI()
    app.include_router(router(None))
    for path, methods in app.openapi()["paths"].items():
        named = path.replace("{simulation_id}", "{id}").replace("{result_filename}", "{path}")
        assert named in PAGE, path
        assert any(f"{method.upper()} " in PAGE for method in methods)


def test_the_page_says_what_the_terminal_does():
    knobs = Settings.model_fields
    assert f"`QUINTANT_TERMINAL_SESSIONS` ({knobs['terminal_sessions'].default})" in WORDS
    assert f"`QUINTANT_TERMINAL_IDLE_S` ({knobs['terminal_idle_s'].default:g} s)" in WORDS
    assert f"within {door.TOKEN_LIVES_S} s" in WORDS
    assert f"1 to {MOST_SIDE}" in WORDS
    assert f"{MOST_CHARACTERS:,} characters" in WORDS
    assert all(f"`{name}`" in PAGE for name in shell.KEPT)
    assert POLICY in WORDS


def test_the_page_has_every_status():
    assert all(f"`{word}`" in PAGE for word in status.COUNTED)
