"""Filter expressions: `lab:optical and load_erlang>200 and blocking<1%`.

expression   what an expression is, and how it is written
parser       from text to an expression, with faults that have a place and a cure
unit         quantities: 1 % of a metric without unit is 0.01, 2 s of a key in ms is 2000
binding      names and units looked up in what the labs and the Store know
meaning      what an expression says of one Run, in plain Python; the SQL (`store/where.py`) must agree
"""

from quintant.runs.filter.binding import Vocabulary, bound
from quintant.runs.filter.expression import EVERYTHING, Expression, Fault, Token, written
from quintant.runs.filter.parser import Parsed, parse

__all__ = ["EVERYTHING", "Expression", "Fault", "Parsed", "Token", "Vocabulary", "bound", "parse", "written"]
