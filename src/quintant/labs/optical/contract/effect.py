"""Effect: which of the keys that a request gives change nothing, and why. None of them is left unsaid.

A key is told where its value differs from the default and from the template's: whoever sends a whole frozen configuration
back is not told of what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from quintant.errors import Problem
from quintant.json_value import Json
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract.option import Option
from quintant.labs.optical.contract.options import OPTIONS, TABLE
from quintant.labs.optical.contract.translate import SNR

NAMES: Mapping[str, str] = {key: path.rpartition(".")[2] for key, path in TABLE.paths.items() if "." not in key}
"""Key of an OpticalConfig -> name of the key of FUSION that says it."""
CHECKS: Mapping[str, str] = {own: str(name) for name, own in SNR.items()}
WORDS = re.compile(rf"\b({'|'.join(sorted(NAMES, key=len, reverse=True))})(?= is\b)")
CHECK = re.compile(rf"\bsnr is (not )?({'|'.join(CHECKS)})\b")
LISTED_CHECK = re.compile(r"\bsnr is nli or gsnr\b")


def unread(
    config: OpticalConfig, values: Mapping[str, Json], base: Mapping[str, Json], places: Mapping[str, str]
) -> Iterator[Problem]:
    """A Problem for each key of `values` (by path) that the run does not read. `base`: the template's; `places`: where each
    key was written."""
    for option in OPTIONS:
        if option.path in values and _changed(option, values[option.path], base):
            why = option.idle or _why(config, option)
            if why:
                yield Problem(places[option.path], f"Has no effect: {why}.", values[option.path])


def _changed(option: Option, value: Json, base: Mapping[str, Json]) -> bool:
    return bool(value != option.default and value != base.get(option.path, option.default))


def _why(config: OpticalConfig, option: Option) -> str | None:
    """Why none of the keys that `option` sets is read, in FUSION's words; None where one is."""
    keys = [key for key, path in TABLE.paths.items() if path == option.path and "." not in key]
    faults = [config.why_unread(key) for key in keys]
    if not keys or None in faults:
        return None
    fault = faults[0]
    assert fault is not None
    return _words(fault.message.removeprefix("is ").removesuffix(": it has no effect here."))


def _words(sentence: str) -> str:
    """The sentence about the keys of an OpticalConfig, about FUSION's instead; that the mode is replay goes without saying."""
    sentence = sentence.replace("mode is replay, ", "").replace("mode is replay and ", "")
    sentence = LISTED_CHECK.sub(f"snr_type is {CHECKS['nli']} or {CHECKS['gsnr']}", sentence)
    sentence = CHECK.sub(lambda match: f"snr_type is {match[1] or ''}{CHECKS[match[2]]}", sentence)
    return WORDS.sub(lambda match: NAMES[match[1]], sentence)
