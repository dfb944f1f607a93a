"""What to run: a request."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, ValidatorFunctionWrapHandler, field_validator

from quintant.lab import DEFAULT_PRESET
from quintant.server.native.shapes.base import PresetName, example


class Range(BaseModel):
    """Values from one end to another, both included: evenly spaced, in the logarithm too, or drawn by a design."""

    model_config = example({"start": 190, "stop": 270, "step": 20}, extra="forbid", strict=True)

    start: int | float
    stop: int | float
    step: int | float | None = Field(None, description="From one value to the next; either this or `n`.")
    n: int | None = Field(None, description="How many values.")
    scale: Literal["lin", "log"] | None = Field(None, description="With `n`: evenly spaced, or so in the logarithm.")
    design: Literal["lhs", "sobol"] | None = Field(
        None, description="With `n`: points of a Latin hypercube or of a Sobol sequence over all such axes."
    )
    seed: int | None = Field(None, description="Of the design; 0 when left out.")


def _kind(value: Any) -> str:
    return "range" if isinstance(value, (dict, Range)) else "text" if isinstance(value, str) else "values"


Axis = Annotated[
    Annotated[list[Any], Tag("values")] | Annotated[Range, Tag("range")] | Annotated[str, Tag("text")], Discriminator(_kind)
]


def one_fault(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Of `seeds`: a union would tell a fault for each of its kinds."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError(f"must be an integer, or a list of root seeds; got {value!r:.60}.") from None


class CreateBody(BaseModel):
    """What to run: one Run, or a Sweep when there are several seeds or swept keys."""

    model_config = example(
        {
            "lab": "coin",
            "preset": "fair",
            "config": {"steps": 7},
            "sweep": {"bias": {"start": 0.1, "stop": 0.9, "step": 0.2}},
            "seeds": 10,
            "root_seed": 42,
            "name": "load study",
        },
        extra="forbid",
        strict=True,
    )

    lab: str | None = Field(None, description="Name of the lab; may be left out with `from_run`.")
    preset: PresetName = DEFAULT_PRESET
    from_run: str | None = Field(
        None,
        description="Run whose config is the base, and its root seed unless one is given; of a Sweep also its axes and seeds.",
    )
    config: dict[str, Any] = Field({}, description="Keys that replace those of the base, whole; dotted ones reach inside.")
    seeds: int | list[int] | None = Field(
        None, description="How many replicates per point, or their root seeds; empty: those of the preset, else 1."
    )
    root_seed: int | None = Field(None, ge=0, lt=2**63, description="Root seed of replicate 0; replicate i has + i.")

    _one_fault = field_validator("seeds", mode="wrap")(one_fault)

    until: list[str] = Field(
        [],
        max_length=20,
        description="Add seeds at each point until these metrics are so precise: blocking+-5%, or in the metric's unit.",
    )
    max_seeds: int | None = Field(None, description="With `until`: the most seeds at a point; 200 when left out.")
    sweep: dict[str, Axis] = Field({}, description="Swept keys; tied ones with commas. A list of values, a range, or text.")
    name: str | None = Field(None, min_length=1, max_length=200, description="For people; made up when left out.")
    retries: int = Field(
        2, ge=0, le=10, description="How often a Run that was lost without a checkpoint starts again from the beginning."
    )
    fresh: bool = Field(False, description="Execute also what an identical Run has the result of.")


class ExtendBody(BaseModel):
    """What a Sweep gets beside the Runs that it has."""

    model_config = example({"seeds": 20, "sweep": {"bias": [0.95]}}, extra="forbid", strict=True)

    seeds: int | list[int] | None = Field(
        None, description="How many replicates at each point in all, or further root seeds; empty: as many as it has."
    )
    sweep: dict[str, Axis] = Field({}, description="Further values of its swept keys.")
    until: list[str] = Field([], max_length=20, description="From now on add seeds until these metrics are so precise.")
    max_seeds: int | None = Field(None, description="With `until`: the most seeds at a point; 200 when left out.")

    _one_fault = field_validator("seeds", mode="wrap")(one_fault)
