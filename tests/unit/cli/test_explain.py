"""The words of `quintant explain`, from a lab's JSON Schema."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from quintant.cli import parameter
from quintant.config import Config, json_schema, key
from quintant.errors import NotFound


class Range(BaseModel):
    kind: Literal["range"] = "range"
    low: int = Field(ge=1, description="the lowest one")


class Fixed(BaseModel):
    kind: Literal["fixed"] = "fixed"
    value: float = Field(gt=0)


class Example(Config):
    slots: int = key(
        100, ge=1, le=100_000, unit="slots", group="Spectrum", essential=True, says="Slots per link.", source="a paper"
    )
    weight: float = key(0.3, gt=0, lt=1, group="Routing", says="A weight.")
    limit: int | None = key(None, ge=1, group="Routing", says="A limit; empty means none.")
    order: Literal["km", "hops"] = key("km", group="Routing", says="The order.")
    demand: Annotated[Range | Fixed, Field(discriminator="kind")] = key(
        Range(low=5), group="Traffic", says="What is asked for."
    )
    load: float = key(unit="Erlang", group="Traffic", says="Offered load.")


SCHEMA = json_schema(Example)


def told(name: str) -> str:
    return "\n".join(parameter.key("example", SCHEMA, name))


def test_a_parameter_has_unit_default_range_and_source():
    assert told("slots") == (
        "slots  Slots per link.\n  unit slots, default 100, integer, range 1 – 100 000\n  default from a paper"
    )


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("weight", "default 0.3, number, greater than 0 and less than 1"),
        ("limit", "default null, integer or empty (null), at least 1"),
        ("order", "default km, one of km, hops"),
        ("load", "unit Erlang, required, number"),
    ],
)
def test_what_is_allowed_is_said_in_words(name, facts):
    assert told(name).splitlines()[1] == f"  {facts}"


def test_an_object_shows_its_parts_and_a_dotted_key_reaches_one():
    assert "    Range.low  required, integer, at least 1  the lowest one" in told("demand").splitlines()
    assert told("demand.low") == "demand.low  the lowest one\n  required, integer, at least 1"
    assert told("demand.kind").splitlines() == [
        "demand.kind", "  default range, always range", "demand.kind", "  default fixed, always fixed",
    ]  # fmt: skip


def test_an_unknown_parameter_is_refused_with_a_suggestion():
    with pytest.raises(NotFound, match=r"Parameter not found: slot of example\. Did you mean 'slots'\?"):
        told("slot")
    with pytest.raises(NotFound, match=r"Parameter not found: demand\.lo of example\. Did you mean 'low'\?"):
        told("demand.lo")
    with pytest.raises(NotFound, match="All: quintant explain example"):
        told("zzzzzz")


def test_the_overview_is_grouped_and_marks_the_essential():
    lines = list(parameter.overview(SCHEMA))
    assert [line for line in lines if line and not line.startswith(" ")] == ["Spectrum", "\nRouting", "\nTraffic"]
    assert lines[1].startswith(" • slots   100 slots") and lines[1].endswith("Slots per link.")
    assert any(line.startswith("   load    required") for line in lines)
