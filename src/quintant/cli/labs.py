"""`quintant labs`: what is installed, and the verbs that a lab adds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url


def labs(
    lab: Annotated[
        str | None, typer.Argument(metavar="[LAB]", help="One lab: its page, as Markdown with TeX.", show_default=False)
    ] = None,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """List the labs with their presets; of one lab, tell what it simulates, its equations, presets and how it was verified."""
    from quintant.cli.door import open_door

    if lab is not None:
        with open_door(url, data_dir) as door:
            text = door.page(lab)
        if json:
            import orjson

            text = orjson.dumps({"lab": lab, "page": text}).decode()
        print(text.rstrip("\n"))
        return

    with open_door(url, data_dir) as door:
        cards, broken = door.labs(), door.broken()
    if json:
        import orjson

        rows = [
            {
                "name": card.name,
                "title": card.title,
                "version": card.version,
                "state": card.state,
                "reason": card.missing,
                "default_preset": card.default_preset,
                "presets": list(card.presets),
            }
            for card in cards
        ]
        rows += [{"name": name, "state": "broken", "reason": reason} for name, reason in broken.items()]
        print(orjson.dumps({"labs": rows}).decode())
        return
    for card in cards:
        print(f"{card.name}  {card.title}   {card.missing or 'ready'}")
        print(f"  {card.says}")
        width = max((len(name) for name in card.presets), default=0)
        for name, preset in card.presets.items():
            mark = "  (default)" if name == card.default_preset else ""
            print(f"    {name:<{width}}  {preset.title}{mark}")
    for name, reason in broken.items():
        print(f"{name}  cannot be loaded: {reason}")
    if not cards and not broken:
        print("No lab is installed.")


def commands(name: str) -> Any:
    """The Typer app that a lab adds as `quintant NAME …`, None when no lab of that name adds one."""
    from importlib.metadata import entry_points

    from quintant.registry import GROUP

    if not entry_points(group=GROUP, name=name):
        return None
    from quintant import registry
    from quintant.lab import load

    lab = registry.labs().get(name)
    return load(lab.commands) if lab is not None and lab.commands else None
