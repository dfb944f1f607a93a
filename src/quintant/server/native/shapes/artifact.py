"""Artifacts: files of a Run, and previews of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from quintant.server.native.shapes.base import RUN_ID, SHA, T2, Shape, example


class ArtifactShape(Shape):
    path: str
    size: int = Field(description="Bytes.")
    sha256: str
    media_type: str
    at: str
    href: str
    preview: Literal["table", "json", "text", "image"] | None = Field(
        default=None, description="What `preview/{path}` shows of it; null: nothing."
    )


class ArtifactPreviewShape(Shape):
    model_config = example(
        {"kind": "table", "rows": 32, "columns": {"step": "int64"}, "head": [[0], [1]], "cut": True}, extra="forbid"
    )

    kind: Literal["table", "json", "text", "image"]
    cut: bool = Field(default=False, description="There is more of it.")
    value: Any = Field(default=None, description="Of JSON: long lists and texts are cut.")
    text: str | None = Field(default=None, description="Of text: its first 64 KiB.")
    rows: int | None = Field(default=None, description="Of a table: all its rows.")
    columns: dict[str, str] | None = Field(default=None, description="Of a table: name and type of each column.")
    head: list[list[Any]] | None = Field(default=None, description="Of a table: its first 20 rows.")
    href: str | None = Field(default=None, description="Of an image: where it is.")


class ArtifactList(Shape):
    model_config = example(
        {
            "artifacts": [
                {
                    "path": "result.json",
                    "size": 512,
                    "sha256": SHA,
                    "media_type": "application/json",
                    "at": T2,
                    "href": f"/api/v2/runs/{RUN_ID}/artifacts/result.json",
                    "preview": "json",
                }
            ]
        },
        extra="forbid",
    )

    artifacts: list[ArtifactShape]
