"""Documents: what a lab keeps beside its Runs — accounts, networks, a pointer — as JSON under unique keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from quintant.runs.store import Store


class Documents:
    """The documents of one lab and kind. Every method is one transaction."""

    def __init__(self, store: Store, lab: str, kind: str) -> None:
        self._store, self._lab, self._kind = store, lab, kind

    def get(self, key: str) -> dict[str, Any] | None:
        return self._store.document(self._lab, self._kind, key)

    def all(self) -> dict[str, dict[str, Any]]:
        return self._store.documents(self._lab, self._kind)

    def put(self, key: str, body: Mapping[str, Any], *, unique: bool = True) -> None:
        """Store a new document; Conflict if the key is taken, unless `unique` is False, which replaces."""
        self._store.put_document(self._lab, self._kind, key, body, new=unique)

    def change(self, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Read, change and write in one transaction; NotFound without the document; `change` may raise to stop it."""
        return self._store.change_document(self._lab, self._kind, key, change)

    def delete(self, key: str) -> None:
        self._store.delete_document(self._lab, self._kind, key)
