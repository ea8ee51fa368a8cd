"""The part that one customer turn plays in a conversation: it answers, adds, corrects, or states something new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from service.domain.understanding import NoGoal, Speaker, Status, Understanding
from service.understand.correction import Move, move_of
from service.understand.merge import CustomerTurn

TURNS_OF_AN_ANSWER: Final = 2
"""People answer a question in one message or in two."""
LONGEST_ANSWER_WORDS: Final = 12
"""Words above which a turn says more than the answer to a question."""
LONGEST_DENIAL: Final = 60
"""Characters above which a turn is more than a refusal."""
SURE_OF_NEW: Final = 0.9
"""Confidence from which a request inside an answer is a goal of its own."""
PROPOSAL: Final = re.compile(
    r"""\b(?:shall\ (?:i|we)|should\ (?:i|we)|do\ you\ (?:really\ |still\ )?(?:want|wish|mean)|would\ you\ like
        |are\ you\ sure|is\ (?:that|this)\ (?:right|correct|ok|okay)|can\ i\ (?:go\ ahead|confirm|cancel|close)
        |you(?:'d|\ would)?\ (?:want|like)\ (?:me|us)?\ ?to|right\?|correct\?|may\ i|want\ me\ to)""",
    re.IGNORECASE | re.VERBOSE,
)
"""An agent's question that yes and no answer."""
_NO: Final = r"""(?:no\ way|no|nope|nah|naw|don'?t|do\ not|please\ don'?t|never|negative|god\ no|hell\ no
        |not\ (?:yet|now|really|that|at\ all)|leave\ it|keep\ it|stop|wait|rather\ not
        |(?:of\ course|absolutely|certainly)\ not)"""
DENIAL: Final = re.compile(
    rf"""\W*+(?:{_NO}\b\W*+
        (?:(?:thanks|thank\ you|please|sorry|it|that|not|do|no|i|am|i'm|don'?t|want|to|sure|yet|changed|my|mind|as
        |is)\b\W*+(?={_NO}\b|\Z))?+)++""",
    re.IGNORECASE | re.VERBOSE,
)
QUESTION: Final = re.compile(
    r"\?\s*$|^\W*(?:which|what|when|where|who|why|how|may i have|can i have|could you tell)\b", re.IGNORECASE
)
OFFER_OF_HELP: Final = re.compile(
    r"""\b(?:anything\ else|something\ else|how\ (?:can|may)\ (?:i|we)|what\ (?:can|may)\ (?:i|we)\ (?:do|help)
        |what\ (?:is|was|brings|would)|what's\ (?:up|the\ (?:matter|problem|issue))|help\ you|tell\ me\ more)""",
    re.IGNORECASE | re.VERBOSE,
)
"""An agent's question that asks for any goal."""
REQUEST: Final = re.compile(
    r"""\?|\b(?:i\ (?:want|need|would\ like|'d\ like)|i'd\ like|can\ (?:you|i)|could\ (?:you|i)|please\ \w+|cancel
    |refund
        |where\ is|how\ do|speak\ to|talk\ to|call\ me|instead|actually)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def said_in(understanding: Understanding, *, before: Sequence[tuple[Speaker, str]]) -> CustomerTurn:
    """The part of a turn, given the turns before it."""
    utterance, verdict = understanding.utterance, understanding.verdict
    move = move_of(utterance)
    spoken = [(speaker, text) for speaker, text in before if speaker is not Speaker.SYSTEM]
    question = spoken[-1][1] if spoken and spoken[-1][0] is Speaker.AGENT else ""
    denies = denies_proposal(question, utterance)
    keeps = move is Move.ANSWERS or verdict.no_goal is NoGoal.ANSWER or _answers(understanding, question)
    return CustomerTurn(
        verdict=verdict,
        keeps_goals=keeps and not denies,
        adds_goals=move is Move.ADDS,
        drops_goals=denies or move in {Move.REPLACES, Move.WITHDRAWS},
        answers_agent=Speaker.AGENT in [speaker for speaker, _ in spoken[-TURNS_OF_AN_ANSWER:]],
    )


def answers_agent(understanding: Understanding, question: str) -> bool:
    """Whether a turn only gives details to an agent. A sure goal in the turn counts as a request."""
    verdict = understanding.verdict
    is_sure = verdict.status is Status.UNDERSTOOD and verdict.confidence >= SURE_OF_NEW
    if is_sure or OFFER_OF_HELP.search(question) is not None:
        return False
    return _answers(understanding, question)


def is_denial(utterance: str) -> bool:
    """Whether a short turn is a refusal."""
    return len(utterance) <= LONGEST_DENIAL and DENIAL.fullmatch(utterance) is not None


def denies_proposal(question: str, utterance: str) -> bool:
    """Whether a turn refuses an agent's "shall I …?"."""
    return PROPOSAL.search(question) is not None and is_denial(utterance)


def _answers(understanding: Understanding, question: str) -> bool:
    """Whether a turn answers the agent's question, so that its words are only details."""
    verdict, utterance = understanding.verdict, understanding.utterance
    if not question or QUESTION.search(question) is None or len(utterance.split()) > LONGEST_ANSWER_WORDS:
        return False
    if any(goal.urgent for goal in verdict.goals):
        return False
    is_request = REQUEST.search(utterance) is not None
    is_new = verdict.status is Status.UNDERSTOOD and verdict.confidence >= SURE_OF_NEW
    return not (is_request and is_new)
