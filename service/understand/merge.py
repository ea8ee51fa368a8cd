"""Makes one verdict of several readings: of a text and its clauses, or of the turns of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from service.domain.understanding import (
    NO_GOAL_YET,
    Abstention,
    Candidate,
    Evidence,
    Goal,
    NoGoal,
    Prediction,
    Status,
    Thresholds,
    Verdict,
)
from service.understand.intents import IntentTable
from service.understand.verdict import WORTH_ASKING, judge

LEANING = 0.2
"""Confidence of a whole text in an intent from which a clause with that intent is borne out."""
SURE = 0.9
"""Confidence of a clause that counts against a whole text of another opinion."""


HINT = 0.02
"""Share of an urgent intent in the whole text from which a clause with that intent counts."""
LONE_WORD = 0.5
"""Factor of the confidences of a single word that is no example of the catalogue: it may mean several things."""
JUST_SHORT = 0.99
"""Share of the threshold to accept that such a word reaches at most."""
CERTAIN = 0.95
"""Share of an urgent intent in a clause that counts without any hint in the whole text."""
CLEAR = 0.8
"""Confidence of another goal in the whole text from which a pressing candidate needs to be sure."""
SURE_BESIDE, WISHED_BESIDE = 0.85, 0.6
"""Least share of an urgent intent, and of the wish for a person, beside a clear other goal."""
LEAST_SCOPE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text that was read on its own: a whole message, or a clause of it."""

    prediction: Prediction
    evidence: tuple[Evidence, ...]
    asks: bool = True
    """Reads like a request or a question, as opposed to the story around one."""
    is_courtesy: bool = False
    """A greeting, thanks or the like. It has no say in the goal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReader:
    """Makes verdicts of predictions, for one table of intents and one set of thresholds. Pure."""

    intents: IntentTable
    thresholds: Thresholds

    def verdict(self, whole: Part, clauses: Sequence[Part], *, is_abridged: bool = False) -> Verdict:
        """The verdict on a text and its clauses. A text without clauses is its own clause.

        Refused goals are left out. Urgent goals and the wish for a person are found in any clause, at thresholds of
        their own. A clause has less context than the whole text, so the whole text wins: the goals of other clauses
        join its goal, if some clause has the goal of the whole. If the whole text is unsure, the accepted clauses
        that ask for something count.
        """
        parts = [part for part in clauses if not part.is_courtesy] or [whole]
        refused = self._refused(parts)
        verdict = self._judged(whole, refused)
        goals = self._goals(verdict, self._accepted(parts, refused), whole, is_abridged=is_abridged)
        pressing = self._pressing([whole, *parts], refused)
        goals = self._together([*pressing, *goals])
        if goals:
            return Verdict(
                status=Status.UNDERSTOOD,
                reason=None,
                goals=goals,
                options=(),
                confidence=goals[0].confidence,
                refused=refused,
            )
        return self._without_goal(verdict, parts, refused)

    def _refused(self, parts: Iterable[Part]) -> frozenset[str]:
        """Intents that some clause refuses, unless another clause wishes for the same."""
        refused: set[str] = set()
        wished: set[str] = set()
        for part in parts:
            intent = part.prediction.candidates[0].intent
            (wished if part.prediction.stance.is_wish else refused).add(intent)
        return frozenset(refused - wished - {NO_GOAL_YET} - self.intents.urgent)

    def _judged(self, part: Part, refused: frozenset[str]) -> Verdict:
        """The verdict on one part, without the intents that are refused."""
        prediction = part.prediction
        doubt = min(LONE_WORD, JUST_SHORT * self.thresholds.accept) if prediction.is_lone_word else 1.0
        left = tuple(
            [
                replace(each, confidence=each.confidence * doubt)
                for each in prediction.candidates
                if each.intent not in refused
            ]
        )
        candidates = left or (Candidate(intent=NO_GOAL_YET, confidence=1.0 - prediction.candidates[0].confidence),)
        return judge(candidates, prediction.in_scope, part.evidence, self.intents, self.thresholds)

    def _accepted(self, parts: Sequence[Part], refused: frozenset[str]) -> list[tuple[Part, Goal]]:
        """Clauses that are accepted on their own, each with its goal."""
        found = []
        for part in parts:
            if part.prediction.stance.is_wish:
                found += [(part, goal) for goal in self._judged(part, refused).goals]
        return found

    def _goals(
        self, verdict: Verdict, accepted: Sequence[tuple[Part, Goal]], whole: Part, *, is_abridged: bool
    ) -> tuple[Goal, ...]:
        """Goals of the whole text and of its clauses, before urgent goals join."""
        shares = {each.intent: each.confidence for each in whole.prediction.candidates}
        asked = self._together(
            [goal for part, goal in accepted if part.asks or shares.get(goal.intent, 0.0) >= LEANING]
        )
        if verdict.goals:
            (goal,) = verdict.goals
            borne_out = next(
                (each for each in self._together(goal for _, goal in accepted) if each.intent == goal.intent), None
            )
            others = [each for each in asked if each.intent != goal.intent]
            if borne_out is not None:
                return self._together([replace(goal, evidence=borne_out.evidence), *others])
            sure = [each for each in others if each.confidence >= max(SURE, goal.confidence)]
            return tuple(sure) if len(sure) > 1 else verdict.goals
        leans = [each for each in asked if shares.get(each.intent, 0.0) >= LEANING]
        is_enough = len(asked) > 1 or is_abridged or leans or verdict.status is Status.NO_GOAL_YET
        return asked if is_enough else ()

    def _pressing(self, parts: Sequence[Part], refused: frozenset[str]) -> Iterator[Goal]:
        """Urgent goals, and the wish for a person, in any part. The first part is the whole text."""
        heard = [each for each in pressing(parts, self.intents) if self._is_heard(*each, refused)]
        in_clauses = {candidate.intent for part, candidate, _ in heard if part is not parts[0]}
        for part, candidate, _ in heard:
            # the words of a clause are better evidence than those of the whole text
            is_told_closer = part is parts[0] and candidate.intent in in_clauses
            yield Goal(
                intent=candidate.intent,
                title=self.intents.titles[candidate.intent],
                confidence=candidate.confidence,
                urgent=candidate.intent in self.intents.urgent,
                evidence=() if is_told_closer else part.evidence,
            )

    def _is_heard(self, part: Part, candidate: Candidate, share: float, refused: frozenset[str]) -> bool:
        """Whether a candidate that presses reaches its threshold. A danger is heard in any words."""
        if candidate.intent in self.intents.urgent:
            return share >= self.thresholds.urgent
        is_wished = candidate.intent not in refused and part.prediction.stance.is_wish
        return is_wished and share >= self.thresholds.person

    def _together(self, goals: Iterable[Goal]) -> tuple[Goal, ...]:
        """Each intent once: the surest clause speaks for its intent, all of its clauses are evidence.

        Urgent goals come first, then the order of the text.
        """
        found: dict[str, Goal] = {}
        for goal in goals:
            known = found.get(goal.intent, goal)
            evidence = known.evidence if known is goal else _merged(known.evidence, goal.evidence)
            found[goal.intent] = replace(max(known, goal, key=lambda each: each.confidence), evidence=evidence)
        return tuple(sorted(found.values(), key=lambda goal: (not goal.urgent, _position(goal.evidence))))

    def _without_goal(self, verdict: Verdict, parts: Sequence[Part], refused: frozenset[str]) -> Verdict:
        """The verdict on a text of which no goal is accepted."""
        if refused and verdict.status is Status.AMBIGUOUS and verdict.confidence < WORTH_ASKING:
            return taken_back(replace(verdict, refused=refused))  # the other intents are not worth a question
        if verdict.status is Status.OUT_OF_SCOPE and len(parts) > 1:
            inside = [self._judged(part, refused) for part in parts if part.asks]
            asking = next((each for each in inside if each.status is Status.AMBIGUOUS), None)
            verdict = asking or verdict
        return replace(verdict, refused=refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTurn:
    """One customer turn of a conversation."""

    verdict: Verdict
    keeps_goals: bool = False
    """A yes, a number or a name: the goals before it stay, and it has none."""
    adds_goals: bool = False
    """`And also …`: its goals join the goals before it."""
    drops_goals: bool = False
    """`Never mind`, `no, wait …`: the goals before it are gone."""
    answers_agent: bool = False
    """The agent spoke just before it."""


def pressing(parts: Sequence[Part], intents: IntentTable) -> Iterator[tuple[Part, Candidate, float]]:
    """Candidates that press, each with the share that is held against its threshold. The first part is the whole text.

    An urgent candidate passes the scope gate, so its share is the one without it. A clause out of its context sounds
    urgent more often than it is, so the whole text has to hint at the same. Beside a clear other goal only a sure
    candidate counts.
    """
    if not parts:
        return
    whole = {each.intent: each.confidence for each in parts[0].prediction.candidates}
    scope = max(parts[0].prediction.in_scope, LEAST_SCOPE)
    quiet = {intent for intent in whole if intent not in intents.urgent} - {intents.person, NO_GOAL_YET}
    is_beside = any(whole[intent] >= CLEAR for intent in quiet)
    for place, part in enumerate(parts):
        for candidate in part.prediction.candidates:
            is_urgent = candidate.intent in intents.urgent
            if not is_urgent and candidate.intent != intents.person:
                continue
            share = candidate.confidence
            if is_urgent:
                share /= max(part.prediction.in_scope, LEAST_SCOPE)
                if place and share < CERTAIN and whole.get(candidate.intent, 0.0) / scope < HINT:
                    continue
            if not is_beside or share >= (SURE_BESIDE if is_urgent else WISHED_BESIDE):
                yield part, candidate, share


def taken_back(verdict: Verdict, no_goal: NoGoal | None = None) -> Verdict:
    """The verdict on a text whose goals are wanted no more, or that has none."""
    return Verdict(
        status=Status.NO_GOAL_YET,
        reason=Abstention.NO_GOAL_YET,
        goals=(),
        options=(),
        confidence=verdict.confidence,
        no_goal=no_goal,
        refused=verdict.refused,
    )


def looks_back(said: CustomerTurn) -> bool:
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


def concluded(newest_first: Sequence[CustomerTurn]) -> tuple[int, Verdict]:
    """The turn that decides, and the verdict on the conversation.

    The newest goal wins. A turn that only answers or is not understood counts if no other turn names a goal.
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


def _weakness(said: CustomerTurn) -> int:
    if said.keeps_goals or said.verdict.status is Status.NO_GOAL_YET:
        return 2
    return 0 if said.verdict.goals else 1


def _merged(one: tuple[Evidence, ...], other: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _position(evidence: tuple[Evidence, ...]) -> tuple[int, int]:
    return min(((each.turn, each.start) for each in evidence), default=(0, 0))
