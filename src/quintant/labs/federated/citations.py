"""What a run of federated rests on: the lab's contract, its aggregation rules, its data sets."""

from __future__ import annotations

from collections.abc import Iterator

from quintant.labs.federated.config import FederatedConfig

MNIST = """@article{lecun1998gradient,
  author = {LeCun, Yann and Bottou, L{\\'e}on and Bengio, Yoshua and Haffner, Patrick},
  title = {Gradient-based learning applied to document recognition},
  journal = {Proceedings of the IEEE}, year = {1998}, doi = {10.1109/5.726791},
}"""
DATA = {
    "digits": """@misc{alpaydin1998optical,
  author = {Alpaydin, E. and Kaynak, C.},
  title = {Optical Recognition of Handwritten Digits}, note = {UCI Machine Learning Repository}, year = {1998},
  doi = {10.24432/C50P49},
}""",
    "mnist": MNIST,
    "mnist_5k": MNIST,
    "femnist_iid": MNIST,
    "femnist_niid": MNIST,
    "fashion_mnist": """@misc{xiao2017fashion,
  author = {Xiao, Han and Rasul, Kashif and Vollgraf, Roland},
  title = {{Fashion-MNIST}: a Novel Image Dataset for Benchmarking Machine Learning Algorithms}, year = {2017},
  eprint = {1708.07747},
}""",
    "reuters_r8": """@misc{lewis1997reuters,
  author = {Lewis, David},
  title = {{Reuters-21578} Text Categorization Collection}, note = {UCI Machine Learning Repository}, year = {1997},
  doi = {10.24432/C52G6M},
}""",
}
"""By `dataset_keyword`; the FEMNIST keywords are stood in for by digits of MNIST."""
YIN = """@inproceedings{yin2018byzantine,
  author = {Yin, Dong and Chen, Yudong and Ramchandran, Kannan and Bartlett, Peter},
  title = {Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates},
  booktitle = {ICML}, year = {2018}, eprint = {1803.01498},
}"""
RULES = {
    "bulyan": """@inproceedings{mhamdi2018hidden,
  author = {El Mhamdi, El Mahdi and Guerraoui, Rachid and Rouault, S{\\'e}bastien},
  title = {The Hidden Vulnerability of Distributed Learning in {B}yzantium},
  booktitle = {ICML}, year = {2018}, eprint = {1802.07927},
}""",
    "trimmed_mean": YIN,
    "median": YIN,
    "rfa": """@article{pillutla2022robust,
  author = {Pillutla, Krishna and Kakade, Sham M. and Harchaoui, Zaid},
  title = {Robust Aggregation for Federated Learning},
  journal = {IEEE Transactions on Signal Processing}, year = {2022}, doi = {10.1109/TSP.2022.3153135},
}""",
}
"""By `aggregation_strategy_keyword`, of those that the lab does not cite anyway."""


def citations(config: FederatedConfig) -> Iterator[str]:
    from quintant.labs.federated import CITE

    yield CITE
    for plan in config.plans:
        for table, word in ((RULES, plan.aggregation_strategy_keyword), (DATA, plan.dataset_keyword)):
            if word in table:
                yield table[word]
