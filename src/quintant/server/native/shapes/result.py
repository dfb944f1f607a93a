"""Results: metrics, tables, documents."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.server.native.shapes.base import RUN_ID, SHA, Shape, example


class MetricShape(Shape):
    value: float | int | None
    unit: str
    low: float | None
    high: float | None
    n: int | None
    method: str | None
    upper_limit: bool
    reason: str | None = Field(description="Why there is no value.")
    effective: float | None = Field(None, description="How many independent observations stand behind it, where that is known.")


class TableShape(Shape):
    name: str
    rows: int
    columns: dict[str, str] = Field(description="Name and Arrow type.")
    links: dict[str, str]


class ResultShape(Shape):
    model_config = example(
        {
            "run": RUN_ID,
            "metrics": {
                "heads_share": {
                    "value": 0.502,
                    "unit": "1",
                    "low": 0.494,
                    "high": 0.511,
                    "n": 100000,
                    "method": "95 % batch means, 32 batches",
                    "upper_limit": False,
                    "reason": None,
                }
            },
            "tables": [
                {
                    "name": "batches",
                    "rows": 1,
                    "columns": {"bias": "double"},
                    "links": {"arrow": f"/api/v2/runs/{RUN_ID}/tables/batches.arrow"},
                }
            ],
            "documents": {"network": {"nodes": 14}},
            "exact_hash": SHA,
            "result_hash": SHA,
        },
        extra="forbid",
    )

    run: str
    metrics: dict[str, MetricShape]
    tables: list[TableShape]
    stopped_after: str | None = Field(
        None, description="The run was stopped after so much, and this is what had been measured; no summary counts it."
    )
    documents: dict[str, Any]
    exact_hash: str | None
    result_hash: str | None


class TableList(Shape):
    model_config = example(
        {
            "tables": [
                {
                    "name": "batches",
                    "rows": 1,
                    "columns": {"bias": "double"},
                    "links": {"csv": f"/api/v2/runs/{RUN_ID}/tables/batches.csv"},
                }
            ]
        },
        extra="forbid",
    )

    tables: list[TableShape]
