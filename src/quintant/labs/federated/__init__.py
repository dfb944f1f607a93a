"""The federated lab: participants that learn together, attackers among them, and rules that defend.

    names         strategies, data sets, attacks, tables and events by name
    config        the keys of a run and of each of its strategies     rules      which combinations are impossible or doubtful
    presets/      defences, splits, published anchors                 selection  who is turned malicious
    concessions   what the contract's door puts in the place          datasets   where files of data lie
    engine/       the pure simulator; engine/__init__.py is its map   plugins    rules, attacks and data of your own
    contract/     the InteFL wire dialect                             folder/    the files that it serves
    log           one line per event                                  clock      how long a rule took
    figures/      what is drawn; figure_list names it                 testing    checks for rules and attacks of your own
    fetching      data sets through package clients                   commands   quintant federated …

Every rule, attack and data set with its source, and how each was verified: page.md, docs/labs/federated-defences.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab, Preview
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.figure_list import FIGURES
from quintant.labs.federated.log import event_line
from quintant.labs.federated.presets import PRESETS

__all__ = ["LAB"]

CITE = """@misc{intefl,
  title = {{InteFL}: a framework for federated learning under attack},
  note = {The contract that this lab serves},
}
@inproceedings{mcmahan2017communication,
  author = {McMahan, Brendan and Moore, Eider and Ramage, Daniel and Hampson, Seth and Ag{\\"u}era y Arcas, Blaise},
  title = {Communication-Efficient Learning of Deep Networks from Decentralized Data},
  booktitle = {AISTATS}, year = {2017},
}
@inproceedings{blanchard2017machine,
  author = {Blanchard, Peva and El Mhamdi, El Mahdi and Guerraoui, Rachid and Stainer, Julien},
  title = {Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent},
  booktitle = {NIPS}, year = {2017},
}"""

LAB = Lab(
    name="federated",
    title="Federated learning under attack",
    tag="FE",
    says="Simulates participants that train a model together, attackers among them, and aggregation rules that resist.",
    version="2",
    config=FederatedConfig,
    presets=PRESETS,
    default_preset="krum-vs-label-flip",
    engine="quintant.labs.federated.engine:FederatedEngine",
    purposes=("attacks", "participants", "partition", "training", "weights"),
    headline=Headline("test_accuracy", "test accuracy"),
    shares=("test_accuracy*", "best_test_accuracy*", "average_accuracy*", "asr*", "removal_*"),
    figures=FIGURES,
    previews=(
        Preview(
            "split",
            "Data split",
            "Which participant gets how many samples of which class.",
            "quintant.labs.federated.figures.preview:build",
        ),
    ),
    page="quintant.labs.federated:page.md",
    contract="quintant.labs.federated.contract:contract",
    data="quintant.labs.federated.fetching:fetchable",
    commands="quintant.labs.federated.commands:app",
    answers="quintant.labs.federated.datasets:answer",
    outside="quintant.labs.federated.outside:outside",
    warm="quintant.labs.federated.engine:warm",
    log_line=event_line,
    resumable=True,
    extra="federated",
    needs=("torch", "sklearn", "mlxtend"),
    exact="platform",
    files={"dataset_keyword": "quintant.labs.federated.own_files:dataset_keyword"},
    cite=CITE,
    citations="quintant.labs.federated.citations:citations",
)
