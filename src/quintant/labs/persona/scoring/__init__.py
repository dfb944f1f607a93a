"""Scoring: how what a language model shows or says becomes item scores.

calibration   from contrasts or answers to integers       contrast   log-probabilities of a pair to its contrast
parser        an answer in words to an option, or None
"""

from quintant.labs.persona.scoring.calibration import Scored, apportion, from_answers, from_contrasts, zero_point

__all__ = ["Scored", "apportion", "from_answers", "from_contrasts", "zero_point"]
