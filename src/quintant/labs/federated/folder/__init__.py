"""The run directory of the InteFL contract, as a view over what a Run left: names, columns and texts as the contract has them.

    history    one strategy's tables by round and by participant      plotdata   plot_data_<n>.json
    columns    csv/…                                                  latex      latex/…
    charts     …_history….pdf                                         manifest   MANIFEST.json, CITATION.bib
    snapshots  attack_snapshots_<n>/…                                 visuals    its pictures and pages

Texts are written into the Run's folder when it ends (`files`); pictures are drawn when somebody asks for one (`entries`),
from the same tables, so that a run does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import orjson

from quintant.json_value import Json
from quintant.lab import File, Outcome
from quintant.labs.federated.folder import charts, columns, latex, manifest, plotdata, snapshots
from quintant.labs.federated.folder.history import History, histories

FINAL = ("completed", "failed", "cancelled")
Entries = Mapping[str, Callable[[], bytes]]
"""Path in the run directory -> what renders the file."""


def files(outcome: Outcome) -> Iterator[File]:
    """What is written into the Run's folder: the texts, once it has ended. Asked when it begins, too."""
    if outcome.state not in FINAL:
        return
    for path, render in _texts(outcome, histories(outcome)).items():
        yield File(path, render())


def entries(outcome: Outcome) -> Entries:
    """Every file of the run directory: of a Run at work, the files of the strategies that have ended."""
    ended = [history for history in histories(outcome) if history.ended]
    pictures = charts.entries(ended) if _wanted(outcome, "save_plots") else {}
    return {**_texts(outcome, ended), **pictures, **snapshots.entries(outcome)}


def _texts(outcome: Outcome, strategies: list[History]) -> dict[str, Callable[[], bytes]]:
    texts: dict[str, Callable[[], bytes]] = {}
    for history in strategies:
        n = history.number
        texts[f"strategy_config_{n}.json"] = lambda history=history: document(history.config)  # type: ignore[misc]
        texts[f"plot_data_{n}.json"] = lambda history=history: document(plotdata.plot_data(history))  # type: ignore[misc]
        if _wanted(outcome, "save_csv"):
            texts |= columns.entries(history)
            texts |= latex.entries(history)
    if strategies and outcome.state in FINAL:
        texts["MANIFEST.json"] = lambda: document(manifest.manifest(outcome))
        texts["CITATION.bib"] = lambda: manifest.citation(outcome, strategies).encode()
    return texts


def _wanted(outcome: Outcome, key: str) -> bool:
    """Whether the request wants these files; a Run that did not come by the contract has them."""
    return bool((outcome.request or {}).get("output", {}).get(key, True))


def document(body: Json) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
