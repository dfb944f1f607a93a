"""/api/datasets/validate: whether a data set of the hub can be used here.

Nothing leaves this machine: names of the hub are looked up among the data sets that this lab knows, and told from what is
here. Of any other name nothing is said but that the hub is not asked.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant.errors import QuintantError
from quintant.json_value import Json
from quintant.labs.federated import datasets
from quintant.labs.federated.config import StrategyConfig
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.decode import HUB
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.names import IMAGE_KEYWORDS, LANGUAGE_MODEL_KEYWORDS, SUBSTITUTES
from quintant.wire.facade import Runs
from quintant.wire.refusal import answer

MEDMNIST = "albertvillanova/medmnist-v2"
NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(prefix="/api/datasets", route_class=InteflRoute)

    @routes.get(
        "/validate",
        summary="Whether a data set of the hub can be used here",
        responses=examples.answers({200: examples.DATASET}, 422),
    )
    def validate(name: str = Query(description="username/dataset-name, as the hub writes it.")) -> Response:
        return answer(verdict(name.strip(), runs))

    return routes


def verdict(name: str, runs: Runs) -> dict[str, Json]:
    if not NAME.fullmatch(name):
        return _told(error=f"{name[:100]!r} is not of the form username/dataset-name.")
    if name.lower() == MEDMNIST:
        return _medmnist(runs)
    keyword = next((keyword for known, keyword in HUB.items() if known.lower() == name.lower()), None)
    if keyword is None:
        known = ", ".join(sorted(hub for hub, keyword in HUB.items() if keyword))
        return _told(error=f"The HuggingFace hub is not asked from here, so {name} is not known. Known without it: {known}.")
    place = datasets.data_files(datasets.folder(runs.settings.cache), keyword)
    if place["path"] is None and keyword not in SUBSTITUTES:
        return _told(valid=True, reason=f"The data of {name} are not here. {datasets.how_to_provide(keyword, place['looked'])}")
    try:
        info, actual = described(keyword, place)
    except QuintantError as error:
        return _told(valid=True, reason=str(error))
    return _told(valid=True, compatible=True, info=info, reason=f"dataset_keyword {keyword}: {actual}")


def _medmnist(runs: Runs) -> dict[str, Json]:
    """MedMNIST is twelve sets under one name of the hub: which of them are here."""
    folder = datasets.folder(runs.settings.cache)
    subsets = [keyword for keyword in IMAGE_KEYWORDS if keyword.endswith("mnist") and keyword not in datasets.IDX_KEYWORDS]
    here = [keyword for keyword in subsets if datasets.data_files(folder, keyword)["path"] is not None]
    if not here:
        return _told(
            valid=True, reason=f"None of its sets is here ({', '.join(subsets)}). Put MedMNIST's own .npz into {folder}"
        )
    return _told(valid=True, compatible=True, reason=f"Here by dataset_keyword: {', '.join(here)}.")


def described(keyword: str, document: dict[str, Json]) -> tuple[dict[str, Json], str]:
    """What is here of the data set, and what it is; EngineError when nothing is, with what to do."""
    from quintant.labs.federated.engine import data

    labels = keyword not in LANGUAGE_MODEL_KEYWORDS
    plan = StrategyConfig(dataset_keyword=keyword, llm_task=None if labels else "mlm")
    loaded = data.load(plan, document)
    inputs = "text" if loaded.kind == "text" else "image"
    shape = "×".join(map(str, loaded.shape))
    input = f"{inputs} of {shape}" if inputs == "image" else f"text of at most {shape} tokens"
    stand_in = data.stands_in(keyword, loaded)
    actual = loaded.actual if stand_in is None else f"{loaded.actual}; {stand_in}"
    return {
        "splits": ["train", "test"],
        "num_examples": len(loaded.inputs) + len(loaded.test_inputs),
        "features": input + (f", label of {len(loaded.classes)} classes" if labels else ""),
        "has_label": labels,
        "key_features": [inputs, "label"] if labels else [inputs],
    }, actual


def _told(
    *, valid: bool = False, compatible: bool = False, info: Json = None, error: str | None = None, reason: str | None = None
) -> dict[str, Json]:
    return {"valid": valid, "compatible": compatible, "info": info, "error": error, "reason": reason}
