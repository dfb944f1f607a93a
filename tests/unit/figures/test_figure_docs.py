"""The how-to's own code runs, and its tables name what exists."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

from quintant.figure import FORMATS
from quintant.labs.optical.figure_list import FIGURES

PAGE = (Path(__file__).parents[3] / "docs" / "howto" / "figures.md").read_text(encoding="utf-8")


def test_the_code_on_the_page_runs(monkeypatch):
    module = types.ModuleType("howto_figures")
    monkeypatch.setitem(sys.modules, "howto_figures", module)
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.S):
        exec(compile(block, "docs/howto/figures.md", "exec"), module.__dict__)
    assert module.pdf.startswith(b"%PDF-")
    assert module.spec["usermeta"]["quintant"]["alt"] == "The value reaches 16. Minimum 1, maximum 16. n = 1 run."


def test_the_page_names_every_figure_and_format():
    names = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert names == {figure.name for figure in FIGURES} | set(FORMATS)
