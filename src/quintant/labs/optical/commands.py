"""`quintant optical …`: the verbs that this lab adds to the command line.

quintant optical topology list                 the shipped networks
quintant optical topology show nsfnet          one of them, as JSON to start an own one from
quintant optical topology import net.graphml   an own network (GraphML or JSON), checked, as a config takes it:
quintant optical topology import net.graphml > net.json && quintant run optical --set topology=@net.json
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from quintant.labs.optical.parts import OwnTopology
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

    topologies = [networks.find(name) for name in networks.names()]
    width = max(len(topology.name) for topology in topologies)
    for topology in topologies:
        size = f"{len(topology.node_ids):3d} nodes  {len(topology.links):3d} links"
        print(f"{topology.name:<{width}}  {size}  {topology.description}")


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
    drop: Annotated[
        bool, typer.Option("--drop-nodes-without-place", help="GraphML without lengths: leave out nodes without lat and lon.")
    ] = False,
    default_length: Annotated[
        float | None,
        typer.Option(
            "--default-length", metavar="KM", help="GraphML: of links without a length, or between nodes at one place."
        ),
    ] = None,
    parallel: Annotated[
        str,
        typer.Option("--parallel", metavar="RULE", help="GraphML with several links between two nodes: refuse, or shortest."),
    ] = "refuse",
) -> None:
    """Check an own network and print it as a config takes it: --set topology=@FILE.json."""
    from quintant.errors import ConfigError, Problem
    from quintant.labs.optical import graphml
    from quintant.labs.optical import topology as networks

    if parallel not in ("refuse", "shortest"):
        raise ConfigError(
            Problem("--parallel", f"must be refuse or shortest; got {parallel!r}.", parallel, ["refuse", "shortest"])
        )
    if default_length is not None and not 0 < default_length < float("inf"):
        raise ConfigError(Problem("--default-length", f"must be above 0 km; got {default_length:g}.", default_length))
    rules = graphml.Rules(drop, default_length, "shortest" if parallel == "shortest" else "refuse")
    by_rule = {".graphml": partial(graphml.read, rules=rules), ".xml": partial(graphml.read, rules=rules)}
    if file.suffix.lower() == ".json" and rules != graphml.Rules():
        raise ConfigError(
            Problem("FILE", f"is JSON, in which everything is said: the rules are for GraphML; got {file.name!r}.")
        )
    readers: dict[str, Callable[[bytes], OwnTopology]] = {**by_rule, ".json": networks.from_json}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise ConfigError(Problem("FILE", f"must end in {', '.join(readers)}; got {file.name!r}.", file.name, list(readers)))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(Problem("FILE", f"cannot be read: {file}: {error.strerror or error}.", str(file))) from None
    _print(reader(data).model_dump(mode="json", exclude_none=True))


def _own(topology: Topology) -> dict[str, Any]:
    columns = zip(topology.node_ids, topology.labels, topology.lat, topology.lon, topology.x, topology.y, strict=True)
    names = ("id", "label", "lat", "lon", "x", "y")
    return {
        "name": topology.name,
        "description": topology.description,
        "source": topology.source,
        "nodes": [{name: v for name, v in zip(names, node, strict=True) if v is not None} for node in columns],
        "links": [{name: v for name, v in vars(link).items() if v is not None} for link in topology.links],
        "core_nodes": list(topology.core_nodes),
    }


def _print(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))
