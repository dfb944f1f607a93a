"""The federated lab: participants that learn together, attackers among them, and rules that defend.

    names         strategies, data sets, attacks, tables and events by name
    config        the keys of a run and of each of its strategies     rules      which combinations are impossible or doubtful
    wire          the contract's bodies as a config                   selection  who is turned malicious
    presets/      defences, splits, published anchors                 datasets   where files of data lie
    engine/       the pure simulator; engine/__init__.py is its map   plugins    rules, attacks and data of your own
    contract/     the InteFL wire dialect                             folder/    the files that it serves
    log           one line per event                                  clock      how long a rule took
    figures/      what is drawn; figure_list names it                 testing    checks for rules and attacks of your own
    fetching      data sets through package clients                   commands   quintant federated …

Every rule, attack and data set with its source, and how each was verified: docs/labs/federated.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.figure_list import FIGURES
from quintant.labs.federated.log import line
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
    tag="FL",
    says="Simulates participants that train a model together, attackers among them, and aggregation rules that resist.",
    version="1",
    config=FederatedConfig,
    presets=PRESETS,
    default_preset="krum-vs-label-flip",
    engine="quintant.labs.federated.engine:FederatedEngine",
    purposes=("attacks", "participants", "partition", "training", "weights"),
    headline=Headline("test_accuracy", "test accuracy"),
    figures=FIGURES,
    files="quintant.labs.federated.folder:files",
    contract="quintant.labs.federated.contract:router",
    data="quintant.labs.federated.fetching:fetchable",
    commands="quintant.labs.federated.commands:app",
    answers="quintant.labs.federated.datasets:answer",
    warm="quintant.labs.federated.engine:warm",
    log_line=line,
    log_path="output.log",
    resumable=True,
    extra="federated",
    needs=("torch", "sklearn", "mlxtend"),
    exact="platform",
    cite=CITE,
)
