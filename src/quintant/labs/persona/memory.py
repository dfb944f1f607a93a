"""Memory: events as vectors that a persona recalls by what they say, how long ago they were and how much they weighed.

Embedded Qdrant (local mode) in the Run's own folder, or a Qdrant server by URL with one collection per Run. Point ids are made
of Run, persona and event, and nothing later than today is recalled: going on from a checkpoint gives what the first time gave.

    score = similarity · recency · importance,   recency = 1 - 0.5 · age / window,   importance = 0.5 + 0.5 · intensity

after retrieval by recency, importance and relevance in Park et al. 2023 (arXiv 2304.03442); the two halves keep old and light
memories within reach.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends.choice import address, allowed
from quintant.labs.persona.backends.minilm import WIDTH
from quintant.labs.persona.settings import QDRANT_API_KEY

FOLDER = ".memory"
MOST_CANDIDATES = 200
_SPACE = uuid.UUID("6e5a2a5c-4f0e-5a43-9f31-6a2d7f5b8c10")

Embed = Callable[[Sequence[str]], list[list[float]]]


class Memory:
    """The memories of one Run's personas."""

    def __init__(self, run_id: str, folder: Path, url: str | None, embed: Embed) -> None:
        try:
            from qdrant_client import QdrantClient
        except ImportError:
            raise EngineError('memory needs qdrant-client: pip install "quintant[persona]", or --set memory=false') from None
        self.run_id, self.embed = run_id, embed
        self.collection = f"quintant_{run_id}"
        self.url = allowed(address("memory_url", url)).rstrip("/") if url else None
        with self._failures_named():
            if self.url:
                key = QDRANT_API_KEY.read()
                self.client = QdrantClient(url=self.url, timeout=10, api_key=key, check_compatibility=False)
            else:
                (folder / FOLDER).mkdir(parents=True, exist_ok=True)
                self.client = QdrantClient(path=os.fspath(folder / FOLDER))
            self._ready()

    def remember(self, persona_id: str, points: Sequence[Mapping[str, Any]]) -> int:
        """Keep events {event_id, text, day, importance 0..1, kind}. Telling the same event again changes nothing."""
        from qdrant_client import models

        if not points:
            return 0
        vectors = self.embed([point["text"] for point in points])
        made = [
            models.PointStruct(
                id=str(uuid.uuid5(_SPACE, f"{self.run_id}|{persona_id}|{point['event_id']}")),
                vector=vector,
                payload={
                    "persona_id": persona_id,
                    **{name: point.get(name) for name in ("event_id", "text", "day", "importance", "kind")},
                },
            )
            for point, vector in zip(points, vectors, strict=True)
        ]
        with self._failures_named():
            self.client.upsert(self.collection, made, wait=True)
        return len(made)

    def recall(
        self,
        persona_id: str,
        query: str,
        day: int,
        limit: int,
        window_days: int,
        least_similarity: float = -1.0,
        without: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """The `limit` memories of the highest score, of the last `window_days` days up to `day`."""
        from qdrant_client import models

        if limit <= 0:
            return []
        within = models.Filter(
            must=[
                models.FieldCondition(key="persona_id", match=models.MatchValue(value=persona_id)),
                models.FieldCondition(key="day", range=models.Range(gt=day - window_days, lte=day)),
            ],
            must_not=[models.FieldCondition(key="event_id", match=models.MatchAny(any=list(without)))] if without else None,
        )
        with self._failures_named():
            hits = self.client.query_points(
                self.collection,
                query=self.embed([query])[0],
                query_filter=within,
                limit=MOST_CANDIDATES,
                score_threshold=least_similarity,
                with_payload=True,
            ).points
        memories = [self._scored(hit, day, window_days) for hit in hits]
        memories.sort(key=lambda memory: (-memory["score"], memory["event_id"]))
        return memories[:limit]

    def _scored(self, point: Any, day: int, window_days: int) -> dict[str, Any]:
        kept = point.payload
        importance = float(kept.get("importance") or 0.0)
        recency = 1 - 0.5 * (day - kept["day"]) / window_days
        similarity = float(point.score)
        score = similarity * recency * (0.5 + 0.5 * importance)
        return {
            "event_id": kept["event_id"],
            "text": kept["text"],
            "day": kept["day"],
            "similarity": round(similarity, 6),
            "importance": importance,
            "score": round(score, 6),
        }

    def forget(self) -> None:
        """Drop everything of this Run."""
        with self._failures_named():
            self.client.delete_collection(self.collection)

    def close(self) -> None:
        self.client.close()

    def _ready(self) -> None:
        from qdrant_client import models

        if not self.client.collection_exists(self.collection):
            self.client.create_collection(
                self.collection, vectors_config=models.VectorParams(size=WIDTH, distance=models.Distance.COSINE)
            )

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        """What Qdrant refuses, as one of our errors; no URL with credentials is told."""
        try:
            yield
        except EngineError:
            raise
        except Exception as error:
            where = "the Qdrant server" if self.url else "the run's own memory"
            details = "" if self.url else f": {str(error)[:300]}"  # what a foreign server says is not repeated
            raise EngineError(f"{where} failed: {type(error).__name__}{details}") from None
