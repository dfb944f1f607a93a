"""Data sets by keyword. What lies in files is asked for (the Driver answers where); what is packaged is loaded here.

`dataset` says what a data set is; `packaged`, `idx`, `npz` and `text` read the kinds; `partition` spreads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant.errors import EngineError
from quintant.labs.federated import names, plugins
from quintant.labs.federated.datasets import how_to_provide
from quintant.labs.federated.engine.data import idx, npz, packaged, text
from quintant.labs.federated.engine.data.dataset import Dataset

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig

__all__ = ["Dataset", "asks_for", "load"]

PACKAGED = {"digits": packaged.digits, "mnist_5k": packaged.mnist_5k}
STAND_INS = {"femnist_iid": packaged.mnist_5k, "femnist_niid": packaged.pseudo_femnist}


def asks_for(keyword: str) -> bool:
    """Whether the keyword's data may lie in files."""
    return keyword not in PACKAGED and keyword not in plugins.points("dataset")


def load(plan: StrategyConfig, answer: Mapping[str, Any] | None) -> Dataset:
    """The data set of `plan`. `answer` is what was found when it was asked for; a substitute says so in `actual`."""
    keyword = plan.dataset_keyword
    if keyword in PACKAGED:
        return PACKAGED[keyword]()
    if answer is None:
        return _plugin(keyword)
    if answer["path"] is None:
        if keyword in STAND_INS:
            return STAND_INS[keyword]()
        raise EngineError(f"The data of {keyword} are not here. {how_to_provide(keyword, answer['looked'])}")
    path, sources = Path(answer["path"]), dict(answer["sources"])
    if answer["format"] == "idx":
        title, classes = ("Fashion-MNIST", idx.FASHION) if keyword == "fashion_mnist" else ("MNIST", packaged.DIGITS)
        return idx.load(path, f"{title}, 60000 + 10000 images, from {keyword}/", classes, sources)
    if answer["format"] == "npz":
        return npz.load(path, sources)
    mlm = plan.llm_task == "mlm"
    return text.load(
        path, plan.text_column or "text", plan.label_column or "label", sources,
        length=plan.filled().max_seq_length or 64, chunk=plan.llm_chunk_size if mlm else None,
    )  # fmt: skip


def _plugin(keyword: str) -> Dataset:
    made = plugins.find("dataset", keyword)()
    if not isinstance(made, Dataset):
        raise EngineError(
            f"dataset {keyword} must give a quintant.labs.federated.engine.data.Dataset; got {type(made).__name__}"
        )
    return made


def stands_in(keyword: str, dataset: Dataset) -> str | None:
    """Why `dataset` is not what `keyword` names, or None when it is."""
    if keyword in names.SUBSTITUTES and not dataset.sources:
        return f"no package carries {keyword}; {names.SUBSTITUTES[keyword]} stands for it"
    return None
