"""The pages on writing a contract: their code runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "contracts" / "writing.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_code_of_the_page_runs():
    pytest.importorskip("fastapi")
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), names)
    assert {"contract", "LampRoute", "TABLE"} <= set(names)
    made = names["contract"]()  # type: ignore[operator]
    assert made.health.tells({"active": {"lamp": 2}}) == {"lamps_on": 2}
    assert made.router(None).routes == []
    table = names["TABLE"]
    reading = table.read({"lamp": {"watts": 200}}, names["Reading"]())  # type: ignore[attr-defined,operator]
    with pytest.raises(Exception, match=r"lamp\.watts: must be at most 100; got 200"):
        table.config_of(reading)  # type: ignore[attr-defined]
