"""Several readings of one contact made one verdict: of a text and its clauses, of the turns of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.domain.understanding import Abstention, Evidence, Goal, Status, Verdict

LEANING = 0.5
"""Confidence of a text, not sure enough to be accepted, from which it is heard against a clause of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of a text, read on its own."""

    verdict: Verdict
    asks: bool
    """Reads like a request or a question, not like the story around one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One customer turn of a conversation."""

    verdict: Verdict
    keeps_goals: bool = False
    """A yes, a number, a name: it keeps the goals before it and has none."""
    adds_goals: bool = False
    """"And also …": its goals join those before it."""
    drops_goals: bool = False
    """"Never mind", "no wait, …": whatever it comes to, the goals before it are gone."""
    answers_agent: bool = False
    """The agent spoke just before it."""


def together(whole: Verdict, clauses: Sequence[Clause], *, is_abridged: bool = False) -> Verdict:
    """The goals of a text, where its clauses were read as well.

    A clause has to be accepted on its own, and to ask for something or to be urgent. It lacks what was said around it,
    so it does not outvote the whole text: where that was accepted, others join its goal only if some clause bears it
    out; where it was not, a lone goal has to be what it leaned to, unless what was read of it was abridged.
    """
    asked = _by_intent(clause for clause in clauses if clause.asks or _is_urgent(clause.verdict))
    if whole.goals:
        (goal,) = whole.goals
        borne_out = _by_intent(clauses).get(goal.intent)
        others = [found for intent, found in asked.items() if intent != goal.intent]
        return _understood([replace(goal, evidence=borne_out.evidence), *others]) if borne_out is not None else whole
    is_enough = len(asked) > 1 or is_abridged or any(_leans_to(whole, intent) for intent in asked)
    return _understood(asked.values()) if asked and is_enough else whole


def taken_back(verdict: Verdict) -> Verdict:
    """The verdict on a text that ends in "never mind": whatever it named is wanted no more."""
    return Verdict(
        status=Status.NO_GOAL_YET,
        reason=Abstention.NO_GOAL_YET,
        goals=(),
        options=(),
        confidence=verdict.confidence,
    )


def looks_back(said: Said) -> bool:
    """Whether the turn before this one has a say as well."""
    if said.drops_goals:
        return False
    if said.keeps_goals or said.adds_goals:
        return True
    match said.verdict.status:
        case Status.UNDERSTOOD:
            return False
        case Status.NO_GOAL_YET:
            return True
        case _:
            return said.answers_agent


def concluded(newest_first: Sequence[Said]) -> tuple[int, Verdict]:
    """The turn that decides, and the verdict on the conversation.

    The newest goal wins; a turn that only answers or is not understood counts where no other named a goal.
    """
    decisive = min(range(len(newest_first)), key=lambda turn: (_weakness(newest_first[turn]), turn))
    goals: dict[str, Goal] = {}
    for said in newest_first[decisive:]:
        for goal in () if goals and said.keeps_goals else said.verdict.goals:
            goals.setdefault(goal.intent, goal)
        if said.verdict.goals and not said.adds_goals:
            break
    urgent_first = tuple(sorted(goals.values(), key=lambda goal: not goal.urgent))
    return decisive, replace(newest_first[decisive].verdict, goals=urgent_first)


def _weakness(said: Said) -> int:
    if said.keeps_goals or said.verdict.status is Status.NO_GOAL_YET:
        return 2
    return 0 if said.verdict.goals else 1


def _leans_to(whole: Verdict, intent: str) -> bool:
    """Whether the whole text, though not sure enough, says nothing else."""
    if whole.status is Status.AMBIGUOUS:
        return whole.options[0] == intent or whole.confidence < LEANING
    return whole.status is Status.NO_GOAL_YET


def _is_urgent(verdict: Verdict) -> bool:
    return any(goal.urgent for goal in verdict.goals)


def _by_intent(clauses: Iterable[Clause]) -> dict[str, Goal]:
    """Accepted goals: the surest clause speaks for its intent, all of them are evidence."""
    found: dict[str, Goal] = {}
    for clause in clauses:
        for goal in clause.verdict.goals:
            known = found.get(goal.intent, goal)
            evidence = known.evidence if known is goal else known.evidence + goal.evidence
            found[goal.intent] = replace(max(known, goal, key=lambda each: each.confidence), evidence=evidence)
    return found


def _understood(goals: Iterable[Goal]) -> Verdict:
    """Most urgent first, then in the order of the text."""
    ordered = tuple(sorted(goals, key=lambda goal: (not goal.urgent, _position(goal.evidence))))
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=ordered, options=(), confidence=ordered[0].confidence)


def _position(evidence: tuple[Evidence, ...]) -> tuple[int, int]:
    return min((each.turn, each.start) for each in evidence)
