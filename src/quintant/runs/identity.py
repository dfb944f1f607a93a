"""Identity: what the result of a Run follows from. Two Runs that agree in all of it have the same result, as `verify` tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quintant.lab import Lab
from quintant.runs import record
from quintant.runs.run import Run

PARTS = {
    "lab": "lab", "lab_version": "version of the lab", "code_sha256": "code of the lab", "config_hash": "config",
    "root_seed": "root seed", "platform": "platform",
}  # fmt: skip
"""The parts in the order in which a difference is told, with their words. The config's hash is also taken over the digests of
what it names beyond itself."""


@dataclass(frozen=True)
class Identity:
    """`platform`: "" for a lab whose results are the same bits anywhere."""

    lab: str
    lab_version: str
    code_sha256: str
    config_hash: str
    root_seed: int
    platform: str

    @staticmethod
    def ground(lab: Lab) -> tuple[str, str]:
        """The lab's code as it is now, and this platform where its results hang on it: what a Run executed here stands on."""
        return record.code_on_disk(lab), "" if lab.exact == "anywhere" else record.platform_tag(lab)

    @property
    def on(self) -> tuple[str, str]:
        """Its own ground."""
        return self.code_sha256, self.platform

    @classmethod
    def here(cls, run: Run, lab: Lab) -> Identity:
        """Of a Run that would be executed here and now."""
        code, platform = cls.ground(lab)
        return cls(run.lab, run.lab_version, code, run.config_hash, run.root_seed, platform)

    @classmethod
    def recorded(cls, run: Run, lab: Lab) -> Identity:
        """Of a Run that was executed, by its record; what that does not tell is "", which is like nothing."""
        platform = "" if lab.exact == "anywhere" else str(run.record.get("platform", ""))
        code = str(run.record.get("code_sha256", ""))
        return cls(run.lab, run.lab_version, code, run.config_hash, run.root_seed, platform)

    def differs(self, other: Identity) -> Mapping[str, tuple[str, str]]:
        """By part: this one's and the other's, as texts."""
        pairs = {part: (str(getattr(self, part)), str(getattr(other, part))) for part in PARTS}
        return {part: pair for part, pair in pairs.items() if pair[0] != pair[1]}
