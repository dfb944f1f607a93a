"""Preview: who would get which data, before anything has been trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quintant.figure import Theme, cannot
from quintant.figure.plane import Drawing
from quintant.lab import Outcome, Streams
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.figures import split


def build(config: FederatedConfig, root_seed: int, chosen: Mapping[str, str], theme: Theme) -> Drawing:
    """The figure `split` of the partition that this seed draws, for the first strategy."""
    import pyarrow as pa

    from quintant.labs.federated.engine import data
    from quintant.labs.federated.engine.data.shares import shares

    plan = config.plans[0]
    if plan.dataset_keyword not in data.PACKAGED:
        raise cannot(split.NAME, f"the data of {plan.dataset_keyword} are looked for when a run begins")
    dataset = data.load(plan, None)
    rng = np.random.Generator(np.random.PCG64(Streams.derive(root_seed, ("partition",))["partition"]))
    rows = [
        {"strategy": 0, "participant": participant, "label": int(label), "samples": int(count)}
        for participant, own in enumerate(shares(plan, dataset, rng)[0])
        for label, count in zip(*np.unique(dataset.labels[own], return_counts=True), strict=True)
    ]
    outcome = Outcome(
        run_id="", name="", state="preview", config=config, root_seed=root_seed, metrics={},
        tables={"split": pa.Table.from_pylist(rows)}, documents={}, events=(),
    )  # fmt: skip
    return split.build([outcome], theme)
