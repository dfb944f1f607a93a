"""The page of a lab."""

from __future__ import annotations

from pydantic import Field

from quintant.server.native.shapes.base import Shape, example


class SectionShape(Shape):
    id: str
    title: str
    text: str = Field(description="Markdown with TeX between $…$ and $$…$$.")


class PageShape(Shape):
    model_config = example(
        {
            "lab": "coin",
            "title": "Coins",
            "sections": [{"id": "what", "title": "What it simulates", "text": "Heads with $p$."}],
        },
        extra="forbid",
    )

    lab: str
    title: str
    sections: list[SectionShape]
