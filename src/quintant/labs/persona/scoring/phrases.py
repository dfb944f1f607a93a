"""Phrases: what stands around a number or a label in an answer and says whether it is one. ⟦2⟧ is a label's place in a text."""

from __future__ import annotations

import re

WORDS = {
    word: n for n, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))
}
UNIT = (
    r"(?:second|minute|hour|night|morning|day|week|month|year|time|people|person|percent|point)s?\b|"
    r"%|周|星期|天|个月|年|次|小时|주|일|週間|日"
)
COUNTED = re.compile(rf"\b(?:{'|'.join(WORDS)}|\d+)\s*(?:-\s*)?(?:{UNIT})(?:\s+ago\b)?", re.I)
"""A number that counts something: "over the last 2 weeks", "2 days ago"."""
NUMBERED = re.compile(
    r"\b(?:question|item|step|statement|line|part|page|session|day|week|age|aged|no\.)\s*:?\s*#?\d+(?:\s*(?:of|/)\s*\d+)?", re.I
)
"""A number that is a name: "question 3", "item 3 of 9", "age 34"."""
NAMED = re.compile(r"\b[a-z]{2,}-\d+\b", re.I)
"""GAD-7, PHQ-9."""
SCALE = re.compile(
    r"\b(?:scale|range|ranges|from)\b(?:\s+(?:of|from|is|goes))*\s*\(?\d+\s*(?:-|–|—|to|through|…)\s*\d+\)?", re.I
)
"""The scale said over again: "on a scale of 0-3"."""
CUE = (
    r"(?:answer|score|rating|value|choice|option|response|number|selection|antwort|respuesta|réponse|reponse|risposta|resposta|"
    r"antwoord|svar|odpowiedź|cevap|ответ|답변|답|答案|回答|选择|उत्तर|الجواب)"
)
NOUN = re.compile(rf"\b{CUE}\s*(?:(?:is|was|would be|will be|of|number|option)\b|=|:)*\s*[\"'(\[]*(\d+|⟦\d+⟧)", re.I)
"""A number or a label that is called the answer."""
VERB = re.compile(
    r"\b(?:choose|choosing|chose|select|selecting|pick|picking|say|saying|rate|rating|answer|respond|give|"
    r"go with|going with|put)\b"
    r"(?:\s+(?:it|this|that|myself|a|an|is|as|with|option|number|the|it's|it is))*\s*:?\s*[\"'(\[]*(\d+|⟦\d+⟧|"
    + "|".join(WORDS)
    + r")(?!\w)",
    re.I,
)
"""A number or a label that somebody chooses or says."""
CHOSEN = re.compile(r"(?:我选|选)\s*(\d+)")
"""The same in Chinese, where no blank stands between."""
BOUND = re.compile(
    r"\b(?:at least|at most|no more than|no less than|not more than|less than|more than|fewer than|up to|closer to|between|"
    r"either|neither|anything but|except|other than|rather than|instead of|total|sum|overall|tied|torn)\b|\d\s*\+|[<>≤≥±]",
    re.I,
)
"""Words that make a value a bound, one of two, or a sum."""
TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|sorry|i mean|scratch that|correction|correct that|on second thoughts?|changed? my mind|let me change|"
    r"no,|rather|instead|at first|first thought|initially|originally|previously|used to|was going to|wanted to)\b",
    re.I,
)
"""Words that take back what was said first; with a second value in the text, none is certain."""
ALOUD = re.compile(
    r"\A\s*(?:let me|let us|let's|first\b|okay,? (?:so|let)|ok,? (?:so|let)|alright|hmm|i need to|we need to|to answer this)",
    re.I,
)
"""The begin of a thought that was never marked as one."""
ENDED = re.compile(r"\b(?:answer|score|rating|response|choice)\b\s*(?:is|would be|:|=)", re.I)
"""… and of the answer that such a thought may come to."""
DENIED = re.compile(
    r"(?:\b(?:not|never|no|isn't|wasn't|don't|doesn't|didn't|wouldn't|won't|can't|cannot|hardly|than)\b)[\s\"'(]+(?:\w+\s+)?\Z",
    re.I,
)
"""A negation right before a value, with at most one word between ("not very", "don't"); a comma ends its reach."""
JOINED = re.compile(r"(?<![\d.])(\d+)\s*(?:-|–|—|to|or|and|through|&|,|;|、|~)\s*(?=(\d+)(?![\d.]))", re.I)
"""Two numbers in one breath: 1-2, "0 or 1"."""
SHARE = re.compile(r"(?<![\d./])(\d+)\s*(?:/|out of|of)\s*(\d+)(?![\d./])", re.I)
"""A score over the top of the scale."""
OPENING = (
    r"(?:i|i'd|i'm|i've|it|it's|its|that|that's|this|is|was|am|has|have|been|would|be|say|guess|think|mostly|lately|honestly|"
    r"probably|perhaps|maybe|well|yes|no|um|uh|so|then|for me|to be honest|really|right now|now|recently|my)"
)
CLOSING = (
    r"(?:really|honestly|i think|i guess|i'd say|i would say|lately|recently|for me|to be honest|now|these days|mostly|please)"
)
CLAUSE = re.compile(rf"\s*(?:{OPENING}\s+)*(⟦\d+⟧)(?:\s+{CLOSING})*\s*", re.I)
"""A label that is a whole clause, with words around it that say nothing else."""
ABOUT_IT = re.compile(
    r"\b(?:bother(?:ed|s|ing)?|felt|feel|feeling|been|had|happen(?:ed|s)?|experienced?|this way|that way|"
    r"like this|like that)\b",
    re.I,
)
"""What a sentence says that is about the item: a label of two words and more may stand anywhere in it."""
IDIOM = re.compile(r"⟦\d+⟧\s+(?:sure|certain|clear|convinced|what|why|who|the point|to)\b", re.I)
"""A label's words with another meaning: "not at all sure"."""
