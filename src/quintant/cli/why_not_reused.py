"""`quintant why-not-reused RUN`: what differs from the nearest run that is there."""

from __future__ import annotations

from quintant.cli.options import DataDir, Json, Url, Which


def why_not_reused(which: Which, json: Json = False, url: Url = None, data_dir: DataDir = None) -> None:
    """Say why a run was executed though runs like it are there: the parts in which the nearest one differs."""
    from quintant.cli import table
    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:
        target = door.find(which)
        if isinstance(target, Sweep):
            raise Refused(f"{target.id} is a sweep; each of its runs has an answer of its own.", "quintant list --each")
        answer = door.why_not_reused(target.id)
    if json:
        import orjson

        print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    print(answer["reason"])
    if answer["differs"]:
        lines = [[part["name"], part["nearest"] or "–", part["this"] or "–"] for part in answer["differs"]]
        print()
        table.show(["what", f"run {answer['nearest']}", f"run {target.id}"], lines, flexible=(1, 2))
