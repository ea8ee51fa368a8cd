"""The one question to a customer with an unclear goal: concrete goals, in the customer's terms."""

from __future__ import annotations

from dataclasses import dataclass

from service.catalogue.schema import Catalogue
from service.domain.understanding import Status, Verdict

MAX_OPTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    intent: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    question: str
    options: tuple[Option, ...]


def clarification(verdict: Verdict, catalogue: Catalogue, entry_point: str | None) -> Clarification | None:
    """Return the question for a contact that is ambiguous or has no goal yet, otherwise `None`.

    A question is useless in all other cases.
    """
    if verdict.status is Status.AMBIGUOUS:
        options = _options(verdict.options, catalogue)
        return Clarification(question=f"Which of these is it: {_spoken(options)}?", options=options)
    if verdict.status is Status.NO_GOAL_YET:
        # An entry point is made for certain intents, so they are the likeliest answers.
        door = catalogue.entry_points.get(entry_point or "")
        options = _options(door.made_for[:MAX_OPTIONS], catalogue) if door is not None else ()
        return Clarification(question="What would you like to get done?", options=options)
    return None


def _options(intents: tuple[str, ...], catalogue: Catalogue) -> tuple[Option, ...]:
    return tuple(Option(intent=intent, title=catalogue.intents[intent].title) for intent in intents[:MAX_OPTIONS])


def _spoken(options: tuple[Option, ...]) -> str:
    titles = [option.title[:1].lower() + option.title[1:] for option in options]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} or {titles[-1]}"
