"""What `--set` and `--sweep` mean: text of the command line becomes JSON values at dotted paths.

--set k_paths=50                       JSON first: a number
--set routing=congestion_aware         else text
--set demand.high_gbps=200             reaches into a nested object, whose other keys stay
--set topology=@net.json               the JSON in a file
--set config.k_paths=50                as the API's bodies have it: the same key
--set tau_gaba=9                       a key without its unit, or another word for it: tau_gaba_ms, told on stderr
--sweep load_erlang=190:270:20         190, 210, … 270, both ends included
--sweep routing=k_shortest_path,xt_aware     (the whole grammar: `quintant.runs.axis`)
--sweep drive_e_start,drive_e_end=1:3:0.25   two keys that go together
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from quintant.cli.naming import CONFIG, naming
from quintant.errors import ConfigError, Problem

if TYPE_CHECKING:
    from quintant.lab import OwnFile


def overrides(pairs: Sequence[str]) -> dict[str, Any]:
    """The keys that are set, dotted ones too, in the order of the command line."""
    changed: dict[str, Any] = {}
    for pair in pairs:
        path, text = _split(pair, "--set", "--set key=value")
        if path in changed:
            raise _bad(f"--set {path}", "is given twice; once is enough.", pair)
        changed[path] = value(path, text)
    return changed


def axes(
    pairs: Sequence[str],
    schema: Callable[[], Mapping[str, Any]] = dict,
    lines: Mapping[str, Sequence[Sequence[Any]]] | None = None,
) -> dict[str, list[Any]]:
    """The swept keys with their values, in the order of the command line and read by `quintant.runs.axis`; tied ones as
    `a,b` with rows. `lines`: those of a file of points, which stand behind the others."""
    from quintant.runs import axis

    texts: dict[str, Any] = {}
    for pair in pairs:
        path, text = _split(pair, "--sweep", "--sweep key=190:270:20 or key=a,b")
        if path in texts:
            raise _bad(f"--sweep {path}", "is given twice; put all values in one.", pair)
        parts = [part.strip() for part in text.split(",")]
        texts[path] = [value(path, part) for part in parts] if any(part.startswith("@") for part in parts) else text
    return axis.axes({**texts, **(lines or {})}, whole=axis.integers(schema), named="--sweep ", replicates="--seeds").wire


def seeds(text: str) -> int | list[int]:
    """ "10": so many; "7,11,13": these root seeds."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise _bad("--seeds", f"must be a number of replicates, or root seeds with commas; got {text!r}.", text) from None
    if "," not in text and numbers[0] < 1:
        raise _bad("--seeds", f"must be at least 1; got {text}.", text)
    return numbers if "," in text else numbers[0]


def points(file: Path, schema: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    """The lines of a CSV file as an axis of tied keys, by its heads (`quintant.cli.naming`); cells are read as by --set."""
    import csv

    try:
        with file.expanduser().open(newline="", encoding="utf-8-sig") as opened:
            heads, *rows = list(csv.reader(opened)) or [[]]
    except OSError as error:
        raise _bad("--points", f"cannot read {file}: {error.strerror or error}.", str(file)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad("--points", f"{file} is not CSV: {error}.", str(file)) from None
    rows = [row for row in rows if row]
    if not heads or not rows:
        raise _bad("--points", f"{file} must have a line of keys and a line for each point.", str(file))
    for number, row in enumerate(rows, 2):
        if len(row) != len(heads) or not all(cell.strip() for cell in row):
            raise _bad("--points", f"line {number} of {file} must have {len(heads)} values; got {','.join(row)!r:.60}.", number)
    keys = [naming(head, schema).path for head in heads]
    table = [[value(key, cell.strip()) for key, cell in zip(keys, row, strict=True)] for row in rows]
    return {keys[0]: [row[0] for row in table]} if len(keys) == 1 else {",".join(keys): table}


def named(pairs: Sequence[str], schema: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The pairs under the names of their keys, and a note on each that had another (`quintant.cli.naming`)."""
    named, notes = [], []
    for pair in pairs:
        word, equals, text = pair.partition("=")
        if not equals or not word.strip():
            named.append(pair)
            continue
        keys = [naming(part, schema) for part in word.split(",")]  # several are tied
        named.append(f"{','.join(key.path for key in keys)}={text}")
        notes += [key.note for key in keys if key.note]
    return named, notes


def read(
    pairs: Sequence[str], schema: Mapping[str, Any], reader: Callable[[str, Path], OwnFile]
) -> tuple[list[str], list[str]]:
    """The pairs with `key=@FILE` of a key that takes such files replaced by what the file sets, and a note on each file.
    `reader(key, file)` reads one."""
    replaced, notes = [], []
    for pair in pairs:
        key, _, text = pair.partition("=")
        file = Path(text[1:]).expanduser()
        if not text.startswith("@") or file.suffix.lower() not in schema.get("properties", {}).get(key, {}).get("x-file", ()):
            replaced.append(pair)
            continue
        own = reader(key, file)
        replaced += [f"{name}={orjson.dumps(own_value).decode()}" for name, own_value in own.values.items()]
        notes.append(f"{file.name}: {own.says}")
    return replaced, notes


def value(path: str, text: str) -> Any:
    """JSON first, else the text itself; `@file` is the JSON in a file."""
    if text.startswith("@"):
        return _from_file(path, Path(text[1:]).expanduser())
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _from_file(path: str, file: Path) -> Any:
    if file.suffix.lower() != ".json":
        raise _bad(
            f"--set {path}",
            f"@ takes a .json file here; got {file.name!r}.",
            str(file),
            f"quintant explain LAB {path} says which files it takes; a lab's own commands turn others into JSON.",
        )
    try:
        return orjson.loads(file.read_bytes())
    except OSError as error:
        raise _bad(f"--set {path}", f"cannot read {file}: {error.strerror or error}.", str(file)) from None
    except orjson.JSONDecodeError as error:
        raise _bad(f"--set {path}", f"{file} is not JSON: {error}.", str(file)) from None


def _split(pair: str, option: str, form: str) -> tuple[str, str]:
    path, equals, text = pair.partition("=")
    path = ",".join(part.strip().removeprefix(CONFIG) for part in path.split(","))
    if not equals or not all(all(part.split(".")) for part in path.split(",")):
        raise _bad(option, f"must read {form}; got {pair!r}.", pair)
    return path, text.strip()


def _bad(path: str, message: str, value: Any, hint: str | None = None) -> ConfigError:
    return ConfigError(Problem(path, message, value, hint=hint))
