"""Two Runs side by side."""

from __future__ import annotations

from pydantic import Field

from quintant.server.native.shapes.base import RUN_ID, SHA, Shape, example


class ComparisonShape(Shape):
    model_config = example(
        {
            "run": RUN_ID,
            "against": "8a3a9c0d1e2b",
            "identical": True,
            "config": True,
            "seed": True,
            "exact": True,
            "result": True,
            "same_platform": True,
            "same_code": True,
            "platforms": ["linux-x86_64-cp311-np2.4", "linux-x86_64-cp311-np2.4"],
            "exact_hashes": [SHA, SHA],
            "result_hashes": [SHA, SHA],
            "differences": [],
        },
        extra="forbid",
    )

    run: str
    against: str
    identical: bool = Field(description="Everything agrees that the lab promises on these two platforms.")
    config: bool
    seed: bool
    exact: bool = Field(description="All counts, names and flags are the same.")
    result: bool = Field(description="Every bit of the result is the same.")
    same_platform: bool = Field(description="Both ran where the same bits are promised.")
    same_code: bool
    platforms: list[str] = Field(description="Of the two Runs, in their order; so are the hashes.")
    exact_hashes: list[str]
    result_hashes: list[str]
    differences: list[str] = Field(description="What differs, the first difference first.")
