"""Explain a refusal: the words that made a part of a text promotional, and a way to say the part otherwise.

Pure: the caller gives the function that scores a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from string import punctuation
from typing import NamedTuple

from service.catalogue.customer_text import PLAIN_MEND

MOST_WORDS = 4
"""Limit of words that a refusal names."""
MOST_TRIES = 32
"""Limit of words that are left out one by one. In a longer text, neighbours are left out together."""
MARKS = f"{punctuation}\u201c\u201d\u2018\u2019\u2026\u2013\u2014"


class Refusal(NamedTuple):
    """The reason for refusing a text."""

    clause: str
    """Part of the text that most surely promotes, flatters or pleads."""
    words: tuple[str, ...]
    """Words of the clause that promote, in order. Neighbours stand together."""
    mend: str
    """A way to say the clause, as one sentence."""


class Cue(NamedTuple):
    """Words that show a kind of promotion."""

    words: re.Pattern[str]
    mend: str


def _cue(words: str, mend: str) -> Cue:
    return Cue(re.compile(rf"\b(?:{words})\b", re.IGNORECASE), mend)


CUES = (
    _cue(
        "sorry to (?:see|lose)|(?:see|let) you go|leav(?:e|es|ing) (?:us|so|now|already)|stay(?:ing)?|lose|losing|miss"
        "(?:ed|ing)? (?:you|out)|you(?:.ll| will) miss|giv(?:e|ing) up|goodbyes?|reconsider|think (?:of|about|again|"
        "twice)|chang(?:e|ed) (?:your|my) mind|sure you want|don.t (?:go|leave|cancel)|win you back|before you "
        "(?:go|leave|cancel)|come back|second chance|hearts?|without us|rather than (?:cancel|end)\\w*",
        "Confirm what the customer chose, and do not ask to think again.",
    ),
    _cue(
        "hotline|call cent(?:re|er)|help cent(?:re|er)|chatbot|portal|faq|self-service|our (?:app|website|web shop)|"
        "(?:call|ring|phone|dial|contact|visit|try|use|ask|download|install|turn to|write to) (?:\\w+ )?(?:us|our|the|"
        "another|other|a)|somewhere else|another (?:time|department|number)|elsewhere",
        "Do it here, or name the desk that takes over and when it answers.",
    ),
    _cue(
        "reviews?|stars?|rat(?:e|ing)|thumbs|recommend us|friends?|neighbours?|refer(?:ral)?|invite|share|follow us|"
        "tell (?:the world|your|others)|subscribe|newsletter|survey",
        "Leave out the request. Customers rate and recommend unasked.",
    ),
    _cue(
        "hurry|last chance|while stocks? lasts?|selling|sells? fast|only today|today only|tonight|quick(?:ly)?|almost "
        "gone|nearly gone|running out|before (?:it|they).?\\w*|only \\w+ left|don.t (?:miss|wait)|final|ends|"
        "limited|exclusive(?:ly)?",
        "Name a date or a number that is left only if the errand depends on it.",
    ),
    _cue(
        "sales?|offers?|deals?|discounts?|vouchers?|coupons?|codes?|bargains?|sav(?:e|es|ings?)|free|gifts?|presents?|"
        "treat|bonus|points|rewards?|win|prices?|cheaper|half|percent|upgrade|premium|plus|gold|club|members?(?:hip)?|"
        "join|plans?|trial|add|extra|cover|insurance|buy|shop|order|collection|new|brochure|discover|explore|bestsell"
        "\\w*|popular|\\d+ ?%",
        "Leave out the offer. Name a price only if the customer asked for the price.",
    ),
    _cue(
        "love(?:d|ly)?|adore|best|better|favou?rites?|amazing|great(?:est)?|perfect|wonderful|delicious|beautiful|dream"
        "|award\\w*|passion\\w*|proud|priv?ilege|honou?red|delight\\w*|thrilled|excit\\w*|valued?|loyal\\w*|special|"
        "important to us|family|care about|deserve|worth|stunning|gorgeous|unbeatable|finest|leading|trusted",
        "State the fact without praise, of the customer or of the company.",
    ),
)
"""Kinds of promotion with their mends. The first kind with words in the text counts."""


def mend_for(clause: str, words: Sequence[str]) -> str:
    """Return a way to say a refused clause, by its telling words, or else by the whole clause."""
    for text in (" … ".join(words), clause):
        for cue in CUES:
            if cue.words.search(text):
                return cue.mend
    return PLAIN_MEND


def telling_words(clause: str, score: Callable[[str], float], least: float) -> tuple[str, ...]:
    """Return the words of a clause whose removal lowers its score most, until the score is under `least`.

    At most `MOST_WORDS` words or groups of neighbours are returned, in the order of the clause.
    """
    words = clause.split()
    step = -(-len(words) // MOST_TRIES)
    groups = [range(start, min(start + step, len(words))) for start in range(0, len(words), step)]
    ranked = sorted(groups, key=lambda group: score(_without(words, set(group))))
    gone: set[int] = set()
    for group in ranked[:MOST_WORDS]:
        gone.update(group)
        if score(_without(words, gone)) < least:
            break
    return _phrases(words, sorted(gone))


def _without(words: Sequence[str], gone: set[int]) -> str:
    return " ".join(word for place, word in enumerate(words) if place not in gone)


def _phrases(words: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    """Join neighbours, without the marks around them."""
    ends = [after for before, after in pairwise(places) if after != before + 1]
    starts = [*places[:1], *ends]
    phrases = [
        " ".join(words[place] for place in places if start <= place < end).strip(MARKS)
        for start, end in zip(starts, [*ends, len(words)], strict=True)
    ]
    return tuple(phrase for phrase in phrases if phrase)
