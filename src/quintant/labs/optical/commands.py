"""`quintant optical …`: the verbs that this lab adds to the command line.

quintant optical topology list                 the shipped networks
quintant optical topology show nsfnet          one of them, as JSON to start an own one from
quintant optical topology import net.graphml   an own network (GraphML or JSON), checked, as a config takes it:
quintant optical topology import net.graphml > net.json && quintant run optical --set topology=@net.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from quintant.labs.optical.topology import Topology

app = typer.Typer(name="optical", help="What the optical lab adds.", no_args_is_help=True, add_completion=False)
topology = typer.Typer(help="Networks: shipped ones, and your own.", no_args_is_help=True)
app.add_typer(topology, name="topology")


@app.callback()
def _optical() -> None:
    """What the optical lab adds."""


@topology.command("list")
def list_() -> None:
    """List the shipped networks."""
    from quintant.labs.optical import topology as networks

    found = [networks.find(name) for name in networks.names()]
    width = max(len(one.name) for one in found)
    for one in found:
        print(f"{one.name:<{width}}  {len(one.node_ids):3d} nodes  {len(one.links):3d} links  {one.description}")


@topology.command()
def show(name: Annotated[str, typer.Argument(help="Name of a shipped network.")]) -> None:
    """Print a shipped network as JSON, in the shape of an own one."""
    from quintant.labs.optical import topology as networks

    _print(_own(networks.find(name)))


@topology.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="GraphML (.graphml, .xml), or JSON in the shape of the shipped networks.")
    ],
) -> None:
    """Check an own network and print it as a config takes it: --set topology=@FILE.json."""
    from quintant.errors import ConfigError, Problem
    from quintant.labs.optical import topology as networks

    readers = {".graphml": networks.from_graphml, ".xml": networks.from_graphml, ".json": networks.from_json}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise ConfigError(Problem("FILE", f"must end in {', '.join(readers)}; got {file.name!r}.", file.name, list(readers)))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(Problem("FILE", f"cannot be read: {file}: {error.strerror or error}.", str(file))) from None
    _print(reader(data).model_dump(mode="json", exclude_none=True))


def _own(one: Topology) -> dict[str, Any]:
    columns = zip(one.node_ids, one.labels, one.lat, one.lon, one.x, one.y, strict=True)
    names = ("id", "label", "lat", "lon", "x", "y")
    return {
        "name": one.name,
        "description": one.description,
        "source": one.source,
        "nodes": [{name: v for name, v in zip(names, node, strict=True) if v is not None} for node in columns],
        "links": [{name: v for name, v in vars(link).items() if v is not None} for link in one.links],
        "core_nodes": list(one.core_nodes),
    }


def _print(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))
