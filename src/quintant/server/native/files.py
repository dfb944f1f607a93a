"""Files of one's own: read for a key of a lab, answered with the values of a config. Nothing is kept under their names."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from quintant import registry
from quintant.own_file import read_file
from quintant.runs import Runs
from quintant.server.native.shapes import SHA, Shape, example
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings


class ReadFileShape(Shape):
    model_config = example({
        "key": "tosses", "name": "mine.csv", "size": 120, "sha256": SHA, "values": {"tosses": [1, 0, 1]}, "says": "3 tosses",
    })  # fmt: skip

    key: str
    name: str
    size: int = Field(description="Bytes.")
    sha256: str
    values: dict[str, Any] = Field(description="The keys that it sets, as a config says them.")
    says: str = Field(description="What is in it.")


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/labs", tags=["labs"], route_class=NativeRoute, responses=REFUSALS)

    @router.put(
        "/{lab}/files/{key}/{name}",
        summary="Read a file of one's own for a key that takes one (x-file in the schema); answers its values",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {}, "example": "(the file)"}},
            }
        },
    )
    async def put(lab: str, key: str, name: str, request: Request) -> ReadFileShape:
        known_lab = registry.find(lab, settings.labs)
        read = await asyncio.to_thread(read_file, known_lab, key, name, await request.body(), settings.cache)
        return ReadFileShape(
            key=read.key, name=read.name, size=read.size, sha256=read.sha256, values=dict(read.file.values), says=read.file.says
        )

    return router
