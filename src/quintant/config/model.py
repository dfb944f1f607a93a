"""Model: a Config and its nested parts, frozen and strict; their keys are declared with `key`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pydantic import BaseModel, ConfigDict

from quintant.config import applicability
from quintant.errors import Problem


class Part(BaseModel):
    """A nested object of a Config: frozen, without unknown keys, without NaN and infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False)


class Config(Part):
    """Base of every lab's Config. Holds no seed: a Run has one root seed (`quintant.lab.Streams`)."""

    def check(self) -> Iterable[Problem]:
        """Rules across keys. Yield a Problem for each broken one; called once, after the keys themselves passed."""
        return ()

    def warnings(self) -> Iterable[Problem]:
        """What is accepted but should be known, other than keys without effect, which `when` of each key tells."""
        return ()

    def unread(self, own_keys: Collection[str] = ()) -> Iterable[Problem]:
        """A Problem for each key that was given and is not read; `own_keys`: dotted paths that were set by hand."""
        return applicability.unread(self, own_keys)

    def why_unread(self, path: str) -> Problem | None:
        """Why the key at a dotted path is not read; None when it is."""
        return applicability.why_unread(self, path)
