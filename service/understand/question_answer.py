"""Understand the answer to a question that offered goals: their words, their places, yes, both or a refusal.

The words are English. The answer is a redacted utterance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.ledger import QuestionKind
from service.domain.understanding import Candidate, NoGoal, Verdict
from service.understand.spelling import edit_distance

PRIOR: Final = 0.2
"""Confidence from which an offered goal is meant by a free sentence."""
AHEAD: Final = 1.25
"""Factor by which the likeliest option leads the second likeliest if a free sentence is to mean it."""
SHORT: Final = 10
"""Words above which a text is more than a place in a list."""
FEW: Final = 4
"""Telling words up to which a text means an option, whatever the classifier reads in it."""
TYPO: Final = 4
"""Letters from which a word may be misspelt by one letter."""
WORD: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|\N{THUMBS UP SIGN}|\N{THUMBS DOWN SIGN}")

_TAIL = r"(?:[\s,.!;:)-]+|$)"
YES: Final = re.compile(
    rf"""(?:yes|yeah|yea|yep|yup|ya|yah|aye|y|si|correct|exactly|precisely|indeed|absolutely|definitely|certainly
    |affirmative
      |sure(?:\ thing)?|of\ course|right|true|(?:please\ )?(?:go\ ahead|do(?:\ it|\ that|\ so)?)|please|confirm(?:ed)?
      |(?:i|we)\ (?:do|am|did)|it\ is|you\ got\ it|spot\ on|bingo|go\ on|ok(?:ay)?|fine|perfect|\N{{THUMBS UP SIGN}}
      |(?:that(?:'s|\ is)\ )(?:right|correct|it|the\ one|what\ i\ (?:want|meant|need))|that\ one|this\ one
      |that\ would\ be\ (?:right|great|it|the\ one)){_TAIL}""",
    re.IGNORECASE | re.VERBOSE,
)
WEAK_YES: Final = re.compile(rf"(?:please|ok(?:ay)?|fine|perfect|right){_TAIL}", re.IGNORECASE)
"""Words that also end a talk."""
NO: Final = re.compile(
    rf"""(?:no(?:pe)?|nah|naw|n|negative|never|wrong|incorrect|don'?t|do\ not|stop|not\ (?:really|quite|at\ all
    |that(?:\ one)?
      |it|yet|now|exactly|anymore|any\ more|right)|(?:i|we)\ (?:don'?t|do\ not|didn'?t|did\ not)(?:\ (?:want|mean
      |need|think))?
      |(?:that(?:'s|\ is)|it(?:'s|\ is))\ (?:not|wrong|incorrect)|that\ isn'?t|it\ isn'?t|(?:please\ )?(?:keep
      |leave)\ (?:it|my|the)
      |(?:i|i've|i\ have)\ changed\ my\ mind|certainly\ not|absolutely\ not|of\ course\ not|hell\ no|god\ no
      |rather\ not|i'd\ rather\ not|on\ second\ thoughts?|\N{{THUMBS DOWN SIGN}})(?:\b|{_TAIL})""",
    re.IGNORECASE | re.VERBOSE,
)
NEITHER: Final = re.compile(
    r"""\b(?:neither|none\ (?:of\ (?:them|those|these|the\ above|that|it)|fit|match|apply)|nothing\ (?:of
    |like)\ (?:that|those)
      |(?:not|isn't|is\ not)\ (?:any|either|one)\ of\ (?:them|those|these)|(?:it'?s|it\ is)?\ ?(?:something
      |sth)\ (?:else|different|other)
      |none)\b""",
    re.IGNORECASE | re.VERBOSE,
)
BOTH: Final = re.compile(
    r"""\W*(?:(?:yes|oh|um|well|ok|i\ (?:want|need)|i'd\ like|for)\W+)?
      (?:both|all(?:\ (?:three|two|of\ (?:them|those|these|it)))?|each(?:\ of\ them)?)
      (?:\ (?:of\ (?:them|those|these)|please|thanks|actually|really|if\ possible))*\W*""",
    re.IGNORECASE | re.VERBOSE,
)
PLACES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("1", "1st", "first", "former", "one", "a"), 0),
    **dict.fromkeys(("2", "2nd", "second", "two", "b", "middle"), 1),
    **dict.fromkeys(("3", "3rd", "third", "three", "c"), 2),
    **dict.fromkeys(("4", "4th", "fourth", "four", "d"), 3),
    **dict.fromkeys(("5", "5th", "fifth", "five", "e"), 4),
    **dict.fromkeys(("last", "latter", "final", "bottom"), -1),
    "top": 0,
}
LETTERS: Final = frozenset("abcde")
OTHER_OF: Final[Mapping[int, tuple[int, ...]]] = {1: (), 2: (1,)}
"""Places that "the other one" means, by the number of options."""
POLITE: Final = frozenset({"please", "thanks", "um", "uh", "er"})
LISTING: Final = frozenset({"number", "option", "choice", "nr", "letter", "answer", "press", "digit"})
_AROUND = """
    the please thanks thank you um uh er hmm well ok okay so it it's is that's that i i'd i'll i'm think guess
    mean want need would like choose pick take go going with let's lets say said of those these them just oh sorry
    yes yeah yep sure for me prefer thing no and one ones definitely probably be must was my have mentioned
"""
AROUND: Final = frozenset(_AROUND.split())
"""Words around a place in a list."""
_EMPTY = """
    a an the my your our his her their it its this that these those to of for in on at about with and or from by
    as i i'm i'd you we me us do does did is are was be been am can could would will want need like get got make
    ask have has something some any please thanks thank just one ones thing things what which how where when no
    not yes yeah help question questions problem issue
"""
EMPTY: Final = frozenset(_EMPTY.split())
"""Words that every option may have."""
NEGATIONS: Final = frozenset({"not", "isn't", "no", "don't", "without", "never", "dont", "isnt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A goal that a question offered, with its names."""

    intent: str
    names: tuple[str, ...]
    """Title, spoken title and label."""

    @property
    def words(self) -> frozenset[str]:
        """Words that may name the goal."""
        texts = (*self.names, self.intent.replace("_", " "))
        return frozenset(word for text in texts for word in _words(text)) - EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer:
    """An answer that was understood."""

    intents: tuple[str, ...] = ()
    """Goals that the customer chose or confirmed."""
    is_denied: bool = False
    """True if the customer refused all options."""


def answer_to(
    utterance: str,
    kind: QuestionKind,
    offered: Sequence[Offered],
    verdict: Verdict,
    candidates: Iterable[Candidate] = (),
    *,
    is_late: bool = False,
) -> QuestionAnswer | None:
    """Return the answer to a question, or `None` if the turn has to be read on its own.

    `verdict` and `candidates` are the reading of the turn alone. A new goal in the answer wins over the question. If
    somebody else has spoken since the question (`is_late`), then yes, no and places are meant for them.
    """
    if not offered:
        return None
    text = utterance.replace("\u2019", "'").strip()
    if verdict.no_goal is NoGoal.CLOSING and not is_late:
        return _closing(text, kind, offered)
    if is_late:
        return None if verdict.goals or verdict.no_goal is not None else _meant(text, offered, candidates)
    return _direct(text, kind, offered, verdict, candidates)


def _direct(
    text: str, kind: QuestionKind, offered: Sequence[Offered], verdict: Verdict, candidates: Iterable[Candidate]
) -> QuestionAnswer | None:
    """Return the answer of a turn that comes right after the question."""
    if (places := places_in(text, len(offered))) is not None:
        return _chosen([offered[place] for place in places]) if places else QuestionAnswer(is_denied=True)
    if verdict.goals and not _few_words_name_one(text, offered, verdict):
        return None
    if kind is not QuestionKind.CHOOSE:
        return _confirmed(text, kind, offered[0], verdict, candidates)
    return _picked(text, offered, candidates)


def places_in(text: str, options: int) -> tuple[int, ...] | None:
    """Return the places in the list that a short text names: "the second one", "2", "both", "1 and 3".

    Empty for "the other one" of a single option. `None` if the text says anything else.
    """
    if BOTH.fullmatch(text):
        return tuple(range(options)) if options > 1 else None
    words = _words(text)
    if not words or len(words) > SHORT:
        return None
    if [word for word in words if word not in AROUND] == ["other"]:
        return OTHER_OF.get(options)
    is_listed = any(word in LISTING for word in words)
    left = [word for word in words if word not in AROUND | LISTING] or _lone_one(words, is_listed=is_listed)
    is_place = [word in PLACES and (is_listed or word not in LETTERS) for word in left]
    places = [PLACES[word] for word in left] if all(is_place) else []
    found = dict.fromkeys([place % options if place < 0 else place for place in places])
    return tuple(found) if found and all(place < options for place in found) else None


def _lone_one(words: Sequence[str], *, is_listed: bool) -> list[str]:
    """Return "one" if it is a place, as in "number one". In "that one" it only stands for a noun."""
    is_alone = [word for word in words if word not in POLITE] == ["one"]
    return ["one"] if "one" in words and (is_listed or is_alone) else []


def is_yes(text: str) -> bool:
    """Return whether a text begins with a word of consent."""
    return YES.match(text.lstrip(" \t\n,.!")) is not None


def is_no(text: str) -> bool:
    """Return whether a text begins with a word of refusal."""
    return NO.match(text.lstrip(" \t\n,.!")) is not None


def named_by_words(text: str, offered: Sequence[Offered]) -> Offered | None:
    """Return the one option whose own words a text holds, one letter wrong at most."""
    words = _words(text)
    scores = {option.intent: _score(words, own) for option, own in zip(offered, _own_words(offered), strict=True)}
    named = [option for option in offered if scores[option.intent] > 0]
    best = max((scores[option.intent] for option in named), default=0)
    leading = [option for option in named if scores[option.intent] == best]
    if len(leading) == 1:
        return leading[0]
    left = [option for option in offered if scores[option.intent] >= 0]
    return left[0] if not named and len(left) == 1 < len(offered) else None


def _meant(text: str, offered: Sequence[Offered], candidates: Iterable[Candidate]) -> QuestionAnswer | None:
    """Return the option that a free sentence names or means."""
    named = named_by_words(text, offered) if " or " not in text.lower() else None
    found = named or _likeliest(offered, candidates)
    return None if found is None else _chosen([found])


def _closing(text: str, kind: QuestionKind, offered: Sequence[Offered]) -> QuestionAnswer | None:
    """Return the answer in closing words: "yes, thanks" confirms, and its opposite refuses a call."""
    if kind is QuestionKind.CHOOSE:
        return None
    if is_yes(text) and WEAK_YES.match(text) is None:
        return _chosen(offered[:1])
    return QuestionAnswer(is_denied=True) if kind is QuestionKind.CONFIRM_ACTION and is_no(text) else None


def _confirmed(
    text: str, kind: QuestionKind, option: Offered, verdict: Verdict, candidates: Iterable[Candidate]
) -> QuestionAnswer | None:
    """Return the answer to a question about one goal."""
    if NEITHER.search(text) or is_no(text) or option.intent in verdict.refused:
        return QuestionAnswer(is_denied=True)
    if is_yes(text) or kind is QuestionKind.CONFIRM_ACTION:
        return _chosen([option])
    if _score(_words(text), option.words) > 0 or _likeliest([option], candidates) is not None:
        return _chosen([option])
    return None


def _picked(text: str, offered: Sequence[Offered], candidates: Iterable[Candidate]) -> QuestionAnswer | None:
    """Return the answer to a choice."""
    if NEITHER.search(text):
        return QuestionAnswer(is_denied=True)
    named = named_by_words(text, offered) if " or " not in text.lower() else None
    if named is None and is_no(text):
        return QuestionAnswer(is_denied=True)
    if named is None and is_yes(text) and len(offered) == 1:
        return _chosen(offered)
    return _meant(text, offered, candidates)


def _few_words_name_one(text: str, offered: Sequence[Offered], verdict: Verdict) -> bool:
    """Return whether a short text holds the words of one option. Its goal alone would be a guess."""
    intents = {option.intent for option in offered}
    if any(goal.urgent or goal.intent in intents for goal in verdict.goals) or len(offered) == 1:
        return False
    return len([word for word in _words(text) if word not in EMPTY]) <= FEW and (
        named_by_words(text, offered) is not None
    )


def _likeliest(offered: Sequence[Offered], candidates: Iterable[Candidate]) -> Offered | None:
    shares = {candidate.intent: candidate.confidence for candidate in candidates}
    ranked = sorted(offered, key=lambda option: -shares.get(option.intent, 0.0))
    best, second = ranked[0], ranked[1:2]
    share = shares.get(best.intent, 0.0)
    is_ahead = all(share >= shares.get(option.intent, 0.0) * AHEAD for option in second)
    return best if share >= PRIOR and is_ahead else None


def _chosen(options: Sequence[Offered]) -> QuestionAnswer:
    return QuestionAnswer(intents=tuple([option.intent for option in options]))


def _own_words(offered: Sequence[Offered]) -> list[frozenset[str]]:
    """Return the words that each option has for itself."""
    return [
        frozenset(
            word
            for word in option.words
            if not any(_is_like(word, other) for each in offered if each is not option for other in each.words)
        )
        for option in offered
    ]


def _score(words: Sequence[str], own: frozenset[str]) -> int:
    """Count the words that name an option. Negated words count against the option."""
    score = 0
    for place, word in enumerate(words):
        if word not in EMPTY and any(_is_like(word, each) for each in own):
            score += -1 if NEGATIONS.intersection(words[max(0, place - 3) : place]) else 1
    return score


def _is_like(word: str, other: str) -> bool:
    """Return whether two words are the same, but for an ending or a typo."""
    if word == other or _stem(word) == _stem(other):
        return True
    return min(len(word), len(other)) >= TYPO and edit_distance(word, other) <= 1


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= TYPO - 1:
            return word[: -len(ending)]
    return word


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("\u2019", "'"))
