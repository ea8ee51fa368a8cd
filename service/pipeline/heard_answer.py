"""The answer to a question that the contact was asked, read from its newest turn.

The ledger keeps the question of `/route`. The caller of `/intent` sends the options along. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from service.catalogue.schema import Catalogue
from service.domain.ledger import HeldQuestion, QuestionKind
from service.domain.understanding import Abstention, Goal, NoGoal, Status, Understanding, Verdict
from service.pipeline.incoming import IncomingContact
from service.understand.correction import last_correction
from service.understand.merge import taken_back
from service.understand.question_answer import Offered, QuestionAnswer, answer_to, named_by_words

RESTATED: Final = 0.5
"""Confidence from which the one likely goal in an answer is accepted."""


def read_answer(
    contact: IncomingContact, understanding: Understanding, held: HeldQuestion | None, catalogue: Catalogue
) -> tuple[Verdict, QuestionAnswer | None]:
    """Return the verdict on a turn that may answer a question. The question of the ledger wins over the caller's."""
    question = held or _asked_by(contact, catalogue)
    if question is None or understanding.verdict.no_goal is NoGoal.AUTOMATIC:
        return understanding.verdict, None
    own = _own_verdict(contact, understanding)
    answer = _answer(contact, understanding, own, question, catalogue)
    if answer is None:
        return understanding.verdict, None
    return (_declined(own) if answer.is_denied else chosen_verdict(answer.intents, catalogue)), answer


def offered(intents: Iterable[str], catalogue: Catalogue) -> list[Offered]:
    """Return goals with their names in the catalogue."""
    found = [catalogue.intents[intent] for intent in intents]
    labels = [catalogue.paths[intent.path].label for intent in found]
    return [
        Offered(intent=intent.name, names=tuple(filter(None, (intent.title, intent.spoken, label))))
        for intent, label in zip(found, labels, strict=True)
    ]


def chosen_verdict(intents: Iterable[str], catalogue: Catalogue) -> Verdict:
    """Return the verdict on an answer that names options. The customer chose, so all doubt is gone."""
    found = [catalogue.intents[intent] for intent in intents]
    goals = [Goal(intent=each.name, title=each.title, confidence=1.0, urgent=each.urgent) for each in found]
    urgent_first = tuple(sorted(goals, key=lambda goal: not goal.urgent))
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=urgent_first, options=(), confidence=1.0)


def _answer(
    contact: IncomingContact,
    understanding: Understanding,
    own: Verdict,
    question: HeldQuestion,
    catalogue: Catalogue,
) -> QuestionAnswer | None:
    options = offered(question.options, catalogue)
    is_newest = understanding.newest in {None, understanding.utterance}
    answer = answer_to(
        _corrected(understanding.newest_utterance),
        question.kind,
        options,
        own,
        understanding.prediction.candidates if is_newest else (),
        is_late=_is_late(contact, options),
    )
    # Another goal, said in answer to the question, needs no second question.
    is_restated = bool(options) and is_newest and len(own.options) == 1 and own.confidence >= RESTATED
    return QuestionAnswer(intents=own.options) if answer is None and is_restated else answer


def _asked_by(contact: IncomingContact, catalogue: Catalogue) -> HeldQuestion | None:
    options = tuple([intent for intent in contact.asked if intent in catalogue.intents])
    if not options:
        return None
    kind = QuestionKind.CONFIRM if len(options) == 1 else QuestionKind.CHOOSE
    return HeldQuestion(kind=kind, options=options)


def _own_verdict(contact: IncomingContact, understanding: Understanding) -> Verdict:
    """Return the verdict without goals that only earlier turns of the request name."""
    verdict, newest = understanding.verdict, contact.newest
    places = [goal.evidence for goal in verdict.goals]
    is_own = any(not evidence or any(each.turn == newest for each in evidence) for evidence in places)
    return verdict if is_own or not places else taken_back(verdict, verdict.no_goal)


def _is_late(contact: IncomingContact, options: Iterable[Offered]) -> bool:
    """Return whether an agent has said something else since the question."""
    said = contact.agent_said
    return bool(said) and not any(named_by_words(said, [option]) for option in options)


def _corrected(words: str) -> str:
    """Return the words after "no, I meant …"."""
    correction = last_correction(words, 0, len(words))
    return words if correction is None or correction.withdraws else words[correction.end :]


def _declined(verdict: Verdict) -> Verdict:
    """Return the verdict on a customer that declined the options."""
    reason = Abstention.LOW_CONFIDENCE
    return replace(verdict, status=Status.AMBIGUOUS, reason=reason, goals=(), options=(), no_goal=None)
