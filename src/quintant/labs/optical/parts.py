"""Parts: the nested objects of an optical Config: demands, formats, a topology of one's own, a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import Is, Part, key

Share = Annotated[float, Field(ge=0)]


class RateShares(Part):
    """Bit rates in Gb/s, each with its share of the requests; shares sum to 1."""

    kind: Literal["rates"] = key("rates", says="Bit rates with shares.")
    shares_by_gbps: Mapping[str, Share] = key(says="Bit rate in Gb/s -> its share of the requests.")


class UniformRates(Part):
    """Integer bit rates drawn uniformly from low..high Gb/s, both ends included."""

    kind: Literal["uniform"] = key("uniform", says="Every whole rate of a range alike.")
    low_gbps: int = key(ge=1, unit="Gb/s", says="Lowest bit rate.")
    high_gbps: int = key(ge=1, unit="Gb/s", says="Highest bit rate.")


class SlotShares(Part):
    """Demands given directly in frequency slots (no modulation, no reach), each with its share of the requests."""

    kind: Literal["slots"] = key("slots", says="Slot counts with shares.")
    shares_by_slots: Mapping[str, Share] = key(says="Slots -> their share of the requests.")


Demand = Annotated[RateShares | UniformRates | SlotShares, Field(discriminator="kind")]


class Format(Part):
    """A modulation format at one bit rate: how far it reaches and how many slots it needs."""

    name: str = key(says="Name of the format.")
    reach_km: float = key(gt=0, unit="km", says="Longest path that it may take.")
    slots: int = key(ge=1, unit="slots", says="Slots that the bit rate takes with it.")


class EfficiencyFormat(Part):
    """A modulation format by spectral efficiency: slots = ceil(rate / (efficiency x slot width))."""

    name: str = key(says="Name of the format.")
    reach_km: float = key(gt=0, unit="km", says="Longest path that it may take.")
    bits_per_symbol: float = key(gt=0, unit="bit", says="Bits of a symbol: its spectral efficiency in b/s/Hz.")


class OwnNode(Part):
    id: str = key(min_length=1, says="What links name it by.")
    label: str | None = key(None, says="What maps write beside it.")
    lat: float | None = key(None, unit="°", says="Latitude, for maps.")
    lon: float | None = key(None, unit="°", says="Longitude, for maps.")
    x: float | None = key(None, says="Place on a map without degrees.")
    y: float | None = key(None, says="Place on a map without degrees.")


class OwnLink(Part):
    source: str = key(says="Node at one end.")
    target: str = key(says="Node at the other end.")
    length_km: float = key(gt=0, unit="km", says="Length of the fibre.")
    reverse_length_km: float | None = key(None, gt=0, unit="km", says="Length of the way back where it differs.")


class OwnTopology(Part):
    """A user's own topology, in the shape of the shipped ones."""

    name: str = key(min_length=1, says="Name of the topology.")
    description: str = key("", says="What it is, for people.")
    source: str = key("", says="Where it comes from.")
    nodes: tuple[OwnNode, ...] = key(min_length=2, says="Nodes, each once.")
    links: tuple[OwnLink, ...] = key(min_length=1, says="Fibres between nodes; either way unless `directed`.")
    core_nodes: tuple[str, ...] = key((), says="Nodes that traffic_nodes = core lets originate traffic.")


class Failure(Part):
    """What fails, when, and for how long; times are counted in arrivals of the iteration."""

    kind: Literal["link", "node", "srlg", "geo"] = key(says="What fails: a link, a node, a shared-risk group, a region.")
    link: tuple[str, str] | None = key(None, when=Is("kind", "link"), says="The two nodes that the link joins.")
    node: str | None = key(None, when=Is("kind", "node"), says="The node, with all its links.")
    links: tuple[tuple[str, str], ...] = key((), when=Is("kind", "srlg"), says="The links of the group.")
    center_node: str | None = key(None, when=Is("kind", "geo"), says="The middle of the region.")
    hop_radius: int = key(2, ge=1, unit="hops", when=Is("kind", "geo"), says="How far the region reaches.")
    at_arrival: int = key(-1, ge=-1, says="Index of the arrival; -1 is the middle one.")
    repair_after_arrivals: int = key(1000, ge=1, unit="arrivals", says="For how long.")
