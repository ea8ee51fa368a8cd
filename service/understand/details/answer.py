"""Bare answers to the question for one detail: `the Ottoline doll`, `214`, `no`, `skip`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from service.understand.details.phrase import group_from, mention_of
from service.understand.details.said import Mention, Said
from service.understand.details.vocabulary import (
    DETERMINERS,
    FILLERS,
    LEADS,
    NUMBERLESS,
    POLITE,
    PRONOUNS,
    VERBS,
    in_order,
)

LONGEST_ANSWER = 12
"""Words of a clause above which the clause is more than a name."""
_YES = frozenset(in_order("yes yeah yep yup ya aye correct right sure ok okay exactly indeed definitely absolutely"))
_NO = frozenset(in_order("no nope nah not never"))
_NO_VALUE = re.compile(
    r"""(?:i\ |we\ )?(?:really\ |honestly\ )?(?:do\ not|don't|dont|didn't|cannot|can't|cant|haven't|couldn't)
      \ (?:really\ |even\ )?(?:know|have|remember|recall|got|get|see|want|mind|care|think|find|understand|need|say)\b.*
    |(?:i\ have\ |i've\ |got\ )?(?:no\ idea|no\ clue|none|nothing|nope|no\ number|no\ preference)\b.*
    |(?:i'm\ |im\ |i\ am\ )?not\ (?:sure|certain|really|now|today|telling|saying
        |important|applicable|that|yet)\b.*
    |(?:i'd\ |i\ would\ |i'll\ )?(?:rather\ not|prefer\ not|pass|skip)\b.*|skip(?:\ (?:it|that|this))?|next(?:\ one)?
    |n/a|na|any(?:thing|\ one|\ of\ them)?|either
    |whatever|whichever|(?:it\ )?(?:doesn't|does\ not)\ matter|all\ of\ them
    |never\ ?mind|forget\ (?:it|that)|no(?:\ no)*|yes|yeah|yep|ok|okay|sure|thanks|thank\ you|hello|hi|maybe|dunno
    |idk|hang\ on|hold\ on|wait|one\ (?:sec|second|moment|minute)|just\ a\ (?:sec|second|moment|minute)|sorry
    |let\ me\ (?:check|see|look|think)\b.*|lost\ it|i\ lost\ it|it's\ gone|stop|cancel|help|back|menu|nobody|no\ one""",
    re.VERBOSE,
)
"""A clause without a value. Fillers and politeness around the clause are cut off before."""
_EMPTY = FILLERS | POLITE
_TALK = (PRONOUNS - {"it's", "its", "that's", "one", "ones", "me", "us"}) | frozenset(
    in_order(
        """want need have got get is are was were can could would will do does did where when what how why who which
        buy looking search searching speak talk think guess am isn't don't can't"""
    )
)
"""Words of a sentence. A name seldom holds one of them."""
_OBJECTS = DETERMINERS | PRONOUNS | {"to"}
_COMMANDS = (
    frozenset(in_order("cancel track refund return speak talk call change stop send put transfer delete tell")) | VERBS
)
_QUESTIONS = frozenset(in_order("where when what how why who which"))
_FOR_SOMEBODY = frozenset(("for", owner) for owner in ("my", "our", "her", "his", "their", "a"))
_OPENINGS = (
    ("it", "is"),
    ("that", "is"),
    ("it", "was"),
    ("i", "think"),
    ("i", "guess"),
    ("i", "said"),
    ("i", "meant"),
    ("i", "mean"),
    ("called", "the"),
    ("it's", "called"),
    ("i'd", "like"),
    ("i", "want"),
    ("i", "need"),
    ("looking", "for"),
    ("i", "would"),
    ("the", "name"),
    ("it's", "about"),
)
_OPENING_WORDS = LEADS | _YES | frozenset(in_order("it's its that's no nope it is was called and but for about named"))
_AROUND = (
    LEADS
    | _YES
    | frozenset(
        in_order(
            """it's it is was that's that number room i think about of at on in for be will would make say from by
            we're we are i'm im am there and no not sorry only us table said day date time
            tonight today tomorrow morning evening"""
        )
    )
)
"""Words around a value, which leave the value as it is."""


def is_yes(said: Said) -> Mention | None:
    return _reply(said, _YES)


def is_no(said: Said) -> Mention | None:
    return _reply(said, _NO)


def bare_phrase(said: Said, barred: Collection[int]) -> Mention | None:
    """Return the phrase in the first clause that answers the question for a phrase."""
    for clause in clauses(said):
        if _is_empty(said, clause):
            continue
        start = _after_opening(said, clause)
        if _is_command(said, start, clause.stop):
            return None
        group = _whole(said, range(start, clause.stop), barred) or group_from(said, start, barred)
        if group and group.stop <= clause.stop:
            return mention_of(said, group) if said.words[group.stop - 1].text not in NUMBERLESS else None
        if said.words[start if start < clause.stop else clause.start].text in _QUESTIONS:
            return None
    return None


def is_bare(said: Said, span: range) -> bool:
    """Return whether an utterance holds little but a value."""
    return all(at in span or word.text in _AROUND for at, word in enumerate(said.words[: LONGEST_ANSWER + 1]))


def clauses(said: Said) -> Iterator[range]:
    start = 0
    for at in range(1, len(said.words) + 1):
        if at == len(said.words) or said.words[at].clause != said.words[start].clause:
            yield range(start, at)
            start = at


def _reply(said: Said, replies: Collection[str]) -> Mention | None:
    """Return the first word that is no filler, if that word is one of the replies."""
    for word in said.words:
        if word.text in replies:
            return Mention(word.start, word.end, value=True)
        if word.text not in _EMPTY:
            return None
    return None


def _is_empty(said: Said, clause: range) -> bool:
    words = [said.words[at].text for at in clause]
    while words and words[0] in _EMPTY:
        words = words[1:]
    while words and words[-1] in _EMPTY:
        words = words[:-1]
    return not words or _NO_VALUE.fullmatch(" ".join(words[: LONGEST_ANSWER + 4])) is not None


def _after_opening(said: Said, clause: range) -> int:
    at = clause.start
    while at < clause.stop:
        if tuple(word.text for word in said.words[at : at + 2]) in _OPENINGS:
            at += 2
        elif said.words[at].text in _OPENING_WORDS:
            at += 1
        else:
            break
    return at


def _whole(said: Said, clause: range, barred: Collection[int]) -> range | None:
    """Return the rest of a clause if it reads like a name, with its prepositions: `Lord of the Rings`."""
    stop = clause.stop
    while stop > clause.start and said.words[stop - 1].text in _EMPTY:
        stop -= 1
    words = [said.words[at].text for at in range(clause.start, stop)]
    if not words or len(words) > LONGEST_ANSWER or _is_talk(words) or any(at in barred for at in clause):
        return None
    return range(clause.start, stop)


def _is_command(said: Said, start: int, stop: int) -> bool:
    """Return whether a clause is another errand: `cancel it`, `speak to an agent`."""
    words = [word.text for word in said.words[start : min(start + 2, stop)]]
    return bool(words) and words[0] in _COMMANDS and (len(words) == 1 or words[1] in _OBJECTS)


def _is_talk(words: list[str]) -> bool:
    has_owner = any(pair in _FOR_SOMEBODY for pair in pairwise(words))
    return has_owner or any(word in _TALK or word.startswith("<") for word in words)
