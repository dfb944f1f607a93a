"""What a run of spiking rests on: the lab's own sources, and those of the neuron models that its config has."""

from __future__ import annotations

from collections.abc import Iterator

from quintant.labs.spiking.config import SpikingConfig

MODELS = {
    "hh": """@article{hodgkin1952quantitative,
  author = {Hodgkin, Alan L. and Huxley, Andrew F.},
  title = {A quantitative description of membrane current and its application to conduction and excitation in nerve},
  journal = {The Journal of Physiology}, year = {1952}, doi = {10.1113/jphysiol.1952.sp004764},
}""",
    "adex": """@article{brette2005adaptive,
  author = {Brette, Romain and Gerstner, Wulfram},
  title = {Adaptive Exponential Integrate-and-Fire Model as an Effective Description of Neuronal Activity},
  journal = {Journal of Neurophysiology}, year = {2005}, doi = {10.1152/jn.00686.2005},
}""",
    "connor_stevens": """@article{connor1971prediction,
  author = {Connor, John A. and Stevens, Charles F.},
  title = {Prediction of repetitive firing behaviour from voltage clamp data on an isolated neurone soma},
  journal = {The Journal of Physiology}, year = {1971}, doi = {10.1113/jphysiol.1971.sp009366},
}""",
    "fitzhugh": """@article{fitzhugh1961impulses,
  author = {FitzHugh, Richard},
  title = {Impulses and Physiological States in Theoretical Models of Nerve Membrane},
  journal = {Biophysical Journal}, year = {1961}, doi = {10.1016/S0006-3495(61)86902-6},
}""",
    "qif": """@article{ermentrout1986parabolic,
  author = {Ermentrout, G. Bard and Kopell, Nancy},
  title = {Parabolic Bursting in an Excitable System Coupled with a Slow Oscillation},
  journal = {SIAM Journal on Applied Mathematics}, year = {1986}, doi = {10.1137/0146017},
}""",
    "izhikevich": """@article{izhikevich2003simple,
  author = {Izhikevich, Eugene M.},
  title = {Simple model of spiking neurons},
  journal = {IEEE Transactions on Neural Networks}, year = {2003}, doi = {10.1109/TNN.2003.820440},
}""",
}
"""By `neuron_model`. The leaky integrate-and-fire neuron and `mqif` have no source of their own here."""


def citations(config: SpikingConfig) -> Iterator[str]:
    from quintant.labs.spiking import CITE

    yield CITE
    if config.neuron_model in MODELS:
        yield MODELS[config.neuron_model]
