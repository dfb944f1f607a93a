"""`quintant explain LAB [KEY]`: what a parameter means, from the lab's JSON Schema; the same words as form and docs."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir, Json, Url


def explain(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="Whose parameters.")],
    parameter: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One parameter; without it all, by group.", show_default=False)
    ] = None,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Explain a lab's parameters: unit, default, range, source, one sentence each."""
    from quintant.cli.door import open_door
    from quintant.cli.parameter import key, keys, meant, overview

    with open_door(url, data_dir) as door:
        schema = door.lab(lab).schema
    if json:
        import orjson

        known = keys(schema)
        if parameter is not None:
            naming, nodes = meant(lab, schema, parameter)
            known = {naming.path: dict(nodes[0]) if len(nodes) == 1 else {"anyOf": nodes}}
        print(orjson.dumps(known, option=orjson.OPT_INDENT_2).decode())
    elif parameter is not None:
        for line in key(lab, schema, parameter):
            print(line)
    else:
        for line in overview(schema):
            print(line)
        print(f"\nMore about one: quintant explain {lab} KEY")
