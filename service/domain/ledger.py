"""What a contact still wants, what became of it and what it cost: the values that decide, record and measure share.

No SQL, no clock, no HTTP. Nothing in here was said by a customer: intents, places and counts only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.effort import EventKind
from service.domain.kept_text import KeptText


class GoalState(StrEnum):
    OPEN = "open"
    """Wanted, and nobody is at it."""
    BEING_SERVED = "being_served"
    DONE = "done"
    DROPPED = "dropped"
    """Taken back or corrected by the customer."""

    @property
    def is_active(self) -> bool:
        return self in {GoalState.OPEN, GoalState.BEING_SERVED}


class RerouteCause(StrEnum):
    """What led a contact to the wrong place."""

    MODEL = "model"
    """The goal was understood wrongly."""
    POLICY = "policy"
    DOOR = "door"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGoal:
    """One goal of a contact, and how far it has come."""

    intent: str
    state: GoalState
    turn: int
    """Number of the turn that named it last."""
    opened_at: datetime
    """When it was asked for; anew, if it was done or dropped in between."""
    changed_at: datetime
    """Of the state."""
    decision_id: str | None = None
    """The newest decision that it was served by."""
    path: str | None = None
    rung: int | None = None
    """Where that decision led."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """Everything a contact came for, in the order in which it was first named; an intent is in it once."""

    goals: tuple[HeldGoal, ...] = ()

    @property
    def active(self) -> tuple[HeldGoal, ...]:
        return tuple([goal for goal in self.goals if goal.state.is_active])

    @property
    def is_done(self) -> bool:
        """Whether nothing is wanted any more."""
        return not self.active

    def find(self, intent: str) -> HeldGoal | None:
        return next((goal for goal in self.goals if goal.intent == intent), None)

    def within(self, intents: Collection[str]) -> Agenda:
        """Without goals that the catalogue has no intent for any more."""
        return Agenda(goals=tuple([goal for goal in self.goals if goal.intent in intents]))

    def changed_since(self, earlier: Agenda) -> tuple[HeldGoal, ...]:
        before = {goal.intent: goal for goal in earlier.goals}
        return tuple([goal for goal in self.goals if before.get(goal.intent) != goal])

    def with_goal(self, goal: HeldGoal) -> Agenda:
        """With this goal in the place of the one of its intent, or at the end."""
        if self.find(goal.intent) is None:
            return replace(self, goals=(*self.goals, goal))
        return replace(self, goals=tuple([goal if each.intent == goal.intent else each for each in self.goals]))


UNKNOWN_REVISION = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is held about one contact at one moment."""

    contact_key: str
    revision: int = 0
    """Counts every change; 0 while nothing is kept, below that while what is kept cannot be read."""
    turns: int = 0
    """Turns that have been applied."""
    asked: bool = False
    """Whether the one clarifying question was put."""
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    agenda: Agenda = Agenda()

    @property
    def is_known(self) -> bool:
        """Else the database is away: there may have been any number of turns before those that are told."""
        return self.revision > UNKNOWN_REVISION


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChange:
    """To be written with a decision, if nobody has changed the ledger since it was read."""

    before: Ledger
    after: Ledger
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much was erased about a contact."""

    goals: int
    decisions: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPast:
    """All that is held about a contact, but its key."""

    ledger: Ledger
    decision_ids: tuple[str, ...]
    """In the order of time."""
    effort: dict[EventKind, float]
    texts: Mapping[str, KeptText]
    """By decision; of most there is none."""
