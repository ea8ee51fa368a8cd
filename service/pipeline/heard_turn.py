"""The newest turn of a contact, read with the ledger: with the question that was asked, and with the goals held.

Pure. The reader has found the goals that the turn names by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.catalogue.schema import Catalogue, SelfServiceRung
from service.decide.agenda import SaidNow, next_goal, other_goal, said_now
from service.domain.ledger import HeldGoal, Ledger, QuestionKind
from service.domain.understanding import NoGoal, Status, Understanding, Verdict
from service.pipeline.heard_answer import RESTATED, offered, read_answer
from service.pipeline.incoming import IncomingContact
from service.pipeline.turn import WITHOUT_ERRAND
from service.understand.agenda_words import NO_CUES, AgendaWords, agenda_words
from service.understand.correction import Move, move_of
from service.understand.merge import taken_back
from service.understand.question_answer import QuestionAnswer, is_no, named_by_words
from service.understand.turn_answer import answers_agent, denies_proposal

ALLUDED: Final = 0.05
"""Confidence from which words like "it" are about the goal under way, if all other goals are unsure."""
SURE: Final = 0.9
"""Confidence of another goal from which "it" is about that goal."""
SHORT_PROPOSAL: Final = 5
"""Words up to which an agent's question is about the goal that is being served, as in "are you sure?"."""
ALLUSION: Final = re.compile(r"\b(?:it|that|this|them|those|these|one)\b", re.IGNORECASE)
DECLINES: Final = re.compile(r"\W*(?:no|nope|nah)(?:,?\ thank(?:s|\ you))?\b", re.IGNORECASE)
"""Answers an agent's offer. The words after it speak for themselves."""
NEGATION: Final = re.compile(
    r"n't\b|\b(?:not|no|never|dont|without|keep|leave|stop|nor|neither|rather)\b", re.IGNORECASE
)
REQUEST: Final = re.compile(
    r"\?|\b(?:can|could|would|please|but|instead|want|need|like to|how|where|when|just|rather)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardTurn:
    """A turn as the contact meant it."""

    verdict: Verdict
    said: SaidNow
    is_denied: bool = False
    """True for "no" or "neither" to the question. A person takes the contact at once."""
    confirmed: str | None = None
    """Goal whose irreversible call the customer has agreed to."""


def heard_turn(
    contact: IncomingContact, understanding: Understanding, ledger: Ledger, catalogue: Catalogue, now: datetime
) -> HeardTurn:
    """Return the newest turn of a request, read with the ledger before the turn."""
    verdict, answer = understanding.verdict, None
    if contact.choice is None:
        verdict, answer = read_answer(contact, understanding, ledger.question, catalogue)
    said = said_now(verdict, ledger.agenda, newest=contact.newest, turn=ledger.turns + 1, at=now)
    if contact.choice is not None:
        return HeardTurn(verdict=verdict, said=said, confirmed=contact.choice)
    if verdict.no_goal in WITHOUT_ERRAND and answer is None:
        return HeardTurn(verdict=verdict, said=said)
    hearing = _Hearing(contact=contact, understanding=understanding, ledger=ledger, catalogue=catalogue, answer=answer)
    return hearing.heard(verdict, said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hearing:
    """One turn, and everything that gives its words a meaning."""

    contact: IncomingContact
    understanding: Understanding
    ledger: Ledger
    catalogue: Catalogue
    answer: QuestionAnswer | None

    def heard(self, verdict: Verdict, said: SaidNow) -> HeardTurn:
        held, cues = next_goal(self.ledger.agenda), self._cues()
        if held is not None and self._alludes(verdict, held, cues):
            verdict, said = taken_back(verdict, verdict.no_goal), replace(said, intents=(), goes_on=True)
        drops = self._drops(said, cues)
        kept = [intent for intent in _named(verdict) if intent not in drops]
        if cues.page_fails and held is not None and self._is_at_page(held):
            kept = [intent for intent in kept if self._is_pressing(intent) or intent == held.intent]
            said = replace(said, pushes=True)
        verdict, said = _keeping(verdict, said, kept)
        said = self._moved(verdict, said, cues, drops)
        is_denied = self.answer is not None and self.answer.is_denied
        if not verdict.goals and not is_denied and self._ends(said):
            verdict = taken_back(verdict, NoGoal.CLOSING)
        elif not verdict.goals and held is not None and (said.goes_on or said.pushes):
            verdict = taken_back(verdict, verdict.no_goal)
        return HeardTurn(verdict=verdict, said=said, is_denied=is_denied, confirmed=self._confirmed(said))

    def _cues(self) -> AgendaWords:
        # An answer to the question has its meaning from the question, so its words say nothing about the agenda.
        is_answer = self.answer is not None and bool(self.answer.intents)
        return NO_CUES if is_answer else agenda_words(self._words)

    @property
    def _words(self) -> str:
        return self.understanding.newest_utterance

    def _alludes(self, verdict: Verdict, held: HeldGoal, cues: AgendaWords) -> bool:
        """Return whether the turn is about the goal under way and names it by a pronoun, as in "just cancel it"."""
        if self.answer is not None or any(self._is_pressing(intent) for intent in _named(verdict)):
            return False
        if self.contact.agent_said and answers_agent(self.understanding, self.contact.agent_said):
            return True
        if held.intent in self.understanding.verdict.refused and self.contact.agent_said and not self._refuses:
            return True
        if held.intent in _named(verdict) or verdict.status is Status.NO_GOAL_YET or verdict.confidence >= SURE:
            return False
        if held.intent in verdict.options and move_of(self._words) is not Move.ADDS:
            return True
        candidates = self.understanding.prediction.candidates
        share = next((each.confidence for each in candidates if each.intent == held.intent), 0.0)
        is_allusion = cues.is_in_vain or ALLUSION.search(self._words) is not None
        return is_allusion and share >= ALLUDED and not (cues.comes_instead or cues.replaces or cues.is_settled)

    @property
    def _refuses(self) -> bool:
        """Whether the words negate more than an agent's offer: "no thanks, just cancel it" still wants to cancel."""
        offer = DECLINES.match(self._words) if self.contact.agent_said else None
        return NEGATION.search(self._words, 0 if offer is None else offer.end()) is not None

    def _is_pressing(self, intent: str) -> bool:
        return self.catalogue.intents[intent].urgent or intent == self.catalogue.policy.human_intent

    def _is_at_page(self, held: HeldGoal) -> bool:
        path = self.catalogue.paths.get(held.path or "")
        if path is None or held.rung is None or held.rung >= len(path.rungs):
            return False
        return isinstance(path.rungs[held.rung], SelfServiceRung)

    def _drops(self, said: SaidNow, cues: AgendaWords) -> set[str]:
        """Return the intents that the turn takes back."""
        drops = {*self._settled(cues)}
        # "I already asked for it, still nothing" reads like a refusal too, and the goal is wanted more than ever.
        if self._refuses and not (cues.is_in_vain or cues.page_fails):
            drops |= self.understanding.verdict.refused
        if cues.is_settled and self.ledger.agenda.active and REQUEST.search(self._words) is None:
            drops |= set(said.intents)  # "forget the receipt, I found it" asks for nothing
        if denies_proposal(self.contact.agent_said, self._words):
            drops.update(self._proposed())
        action = self._action
        is_denied = self.answer is not None and self.answer.is_denied
        if action is not None and action not in said.intents and (is_denied or is_no(self._words)):
            drops.add(action)
        return drops

    def _settled(self, cues: AgendaWords) -> Collection[str]:
        """Return the goal that is settled: the one that the words name, otherwise the one being served."""
        agenda, last = self.ledger.agenda, next_goal(self.ledger.agenda)
        if not cues.is_settled or last is None:
            return ()
        if cues.thing is None:
            return (last.intent,)
        active = [goal.intent for goal in agenda.active]
        named = named_by_words(cues.thing, offered(active, self.catalogue))
        if named is not None:
            return (named.intent,)
        # The thing may belong to a goal that was never accepted. The goals of the contact then stay as they are.
        best = self.understanding.prediction.candidates[0]
        return (best.intent if best.intent in active or best.confidence >= RESTATED else last.intent,)

    def _proposed(self) -> Collection[str]:
        """Return the goal that an agent's "shall I …?" is about."""
        question, last = self.contact.agent_said, next_goal(self.ledger.agenda)
        if last is None:
            return ()
        is_short = len(question.split()) <= SHORT_PROPOSAL
        is_named = named_by_words(question, offered([last.intent], self.catalogue)) is not None
        return (last.intent,) if is_short or is_named else ()

    def _moved(self, verdict: Verdict, said: SaidNow, cues: AgendaWords, drops: Collection[str]) -> SaidNow:
        """Return the effect of the turn on the agenda, by its words."""
        agenda, move = self.ledger.agenda, move_of(self._words)
        is_own = bool(said.intents)
        is_newest = is_own or not verdict.goals
        dropped = [goal.intent for goal in agenda.active if goal.intent in drops]
        replaces = move is Move.REPLACES or cues.replaces or (cues.comes_instead and is_own)
        return replace(
            said,
            corrects=replaces and is_newest and not dropped,
            withdraws=move is Move.WITHDRAWS and is_newest and cues.thing is None,
            drops=tuple(dropped),
            resumes=other_goal(agenda) if cues.turns_to_other and not is_own else None,
            goes_on=not is_own and (said.goes_on or cues.asks_presence),
            pushes=said.pushes or cues.is_in_vain,
        )

    def _ends(self, said: SaidNow) -> bool:
        """Return whether the turn takes back the last goal of the contact."""
        left = [goal for goal in self.ledger.agenda.active if goal.intent not in said.drops]
        return said.withdraws or (bool(said.drops) and not left)

    @property
    def _action(self) -> str | None:
        """Goal whose call was asked about."""
        question = self.ledger.question
        if question is None or question.kind is not QuestionKind.CONFIRM_ACTION or not question.options:
            return None
        return question.options[0]

    def _confirmed(self, said: SaidNow) -> str | None:
        """Return the goal whose call the turn agrees to: with a yes, or by naming the same goal again."""
        action = self._action
        is_agreed = self.answer is not None and action in self.answer.intents
        return action if is_agreed or action in said.intents else None


def _named(verdict: Verdict) -> list[str]:
    return [goal.intent for goal in verdict.goals]


def _keeping(verdict: Verdict, said: SaidNow, kept: Iterable[str]) -> tuple[Verdict, SaidNow]:
    """Keep only these goals."""
    left = frozenset(kept)
    goals = tuple([goal for goal in verdict.goals if goal.intent in left])
    said = replace(said, intents=tuple([intent for intent in said.intents if intent in left]))
    if goals == verdict.goals:
        return verdict, said
    return (replace(verdict, goals=goals) if goals else taken_back(verdict)), said
