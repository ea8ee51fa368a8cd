"""The one question to a customer with an unclear goal, and the question before an irreversible call.

Questions name concrete goals, in the customer's terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.catalogue.schema import Catalogue
from service.domain.ledger import HeldQuestion, QuestionKind
from service.domain.understanding import Channel, NoGoal, Status, Verdict

__all__ = ("Clarification", "Option", "QuestionKind", "clarification", "confirm_action")

MAX_OPTIONS = 3
NUMBERED: Final = frozenset({Channel.SMS, Channel.VOICE})
"""Channels on which a number is the easiest answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    intent: str
    title: str
    spoken: str
    """The title as it is said inside a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    question: str
    options: tuple[Option, ...]
    kind: QuestionKind = QuestionKind.CHOOSE
    is_opening: bool = False
    """True if the contact has named no goal yet."""

    @property
    def held(self) -> HeldQuestion:
        """The question as the ledger keeps it."""
        intents = tuple([option.intent for option in self.options])
        return HeldQuestion(kind=self.kind, options=intents, is_opening=self.is_opening)


def clarification(
    verdict: Verdict, catalogue: Catalogue, entry_point: str | None, channel: Channel | None = None
) -> Clarification | None:
    """Return the question for a contact that is ambiguous or has no goal yet, otherwise `None`.

    A question is useless in all other cases.
    """
    if verdict.no_goal in {NoGoal.CLOSING, NoGoal.AUTOMATIC}:
        return None
    if verdict.status is Status.AMBIGUOUS and verdict.options:
        options = _options(verdict.options, catalogue)
        if len(options) == 1:
            return _confirming(options[0], QuestionKind.CONFIRM)
        listed = _numbered(options) if channel in NUMBERED else _joined([_inside(option) for option in options])
        return Clarification(question=f"Which of these is it: {listed}?", options=options)
    if verdict.status is Status.NO_GOAL_YET:
        # An entry point is made for certain intents, so they are the likeliest answers.
        door = catalogue.entry_points.get(entry_point or "")
        options = _options(door.made_for[:MAX_OPTIONS], catalogue) if door is not None else ()
        return Clarification(question="What would you like to get done?", options=options, is_opening=True)
    return None


def confirm_action(intent: str, catalogue: Catalogue) -> Clarification:
    """Return the question before an irreversible call. Its words are made from the title."""
    return _confirming(_options((intent,), catalogue)[0], QuestionKind.CONFIRM_ACTION)


def _confirming(option: Option, kind: QuestionKind) -> Clarification:
    return Clarification(question=f"You want to {_inside(option)}. Is that right?", options=(option,), kind=kind)


def _options(intents: tuple[str, ...], catalogue: Catalogue) -> tuple[Option, ...]:
    found = [catalogue.intents[intent] for intent in intents[:MAX_OPTIONS]]
    return tuple([Option(intent=intent.name, title=intent.title, spoken=intent.said) for intent in found])


def _inside(option: Option) -> str:
    return option.spoken[:1].lower() + option.spoken[1:]


def _numbered(options: tuple[Option, ...]) -> str:
    return _joined([f"{number}, {_inside(option)}" for number, option in enumerate(options, start=1)], comma=True)


def _joined(parts: list[str], *, comma: bool = False) -> str:
    return f"{', '.join(parts[:-1])}{',' if comma else ''} or {parts[-1]}"
