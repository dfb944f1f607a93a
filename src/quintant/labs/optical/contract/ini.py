"""INI text as FUSION writes it: sections of `key = value`, comments on lines of their own, keys in lower case."""

from __future__ import annotations

import configparser
from collections.abc import Mapping

from quintant.errors import ConfigError, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract.options import SECTIONS, locate

LARGEST_BYTES = 1 << 20


def parse(text: str) -> dict[str, dict[str, str]]:
    """Sections of texts, or ConfigError with the line that could not be read."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_BYTES:
        raise ConfigError(Problem("content", f"must be at most {LARGEST_BYTES} bytes of INI; got {len(text)} characters."))
    parser = configparser.ConfigParser(interpolation=None, default_section="\x00")
    try:
        parser.read_string(text, source="config")
    except configparser.MissingSectionHeaderError as error:
        raise _malformed(
            error.lineno, f"stands before the first section: {error.line.strip()[:80]!r}", "Begin with [general_settings]."
        ) from None
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        name = f"section [{error.section}]"
        if isinstance(error, configparser.DuplicateOptionError):
            name = f"key '{error.option}' of [{error.section}]"
        raise _malformed(error.lineno, f"gives the {name} a second time") from None
    except configparser.ParsingError as error:
        number = error.errors[0][0]
        line = text.splitlines()[number - 1].strip()
        raise _malformed(number, f"is neither [section] nor key = value: {line[:80]!r}") from None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def render(nested: Mapping[str, Mapping[str, Json]], comment: str = "") -> str:
    """The INI text of typed nested values; what it parses back to is the same."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for section in (*(name for name in SECTIONS if name in nested), *(name for name in nested if name not in SECTIONS)):
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        for name, value in nested[section].items():
            option = locate(section, name)
            lines.append(f"{name} = {option.text(value) if option else value}")
    return "\n".join(lines) + "\n"


def _malformed(line: int | None, what: str, hint: str | None = None) -> ConfigError:
    return ConfigError(Problem(f"line {line}", f"{what}.", None, None, hint))
