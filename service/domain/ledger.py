"""Goals of a contact, their states and their cost: values shared by decide, record and measure.

SQL, HTTP and the clock stay outside. The values are intents, places and counts, without a word of the customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.effort import EventKind
from service.domain.kept_text import KeptText
from service.domain.promise import HeldPromise


class GoalState(StrEnum):
    OPEN = "open"
    """Wanted, and waiting to be served."""
    BEING_SERVED = "being_served"
    DONE = "done"
    DROPPED = "dropped"
    """Withdrawn or corrected by the customer."""

    @property
    def is_active(self) -> bool:
        return self in {GoalState.OPEN, GoalState.BEING_SERVED}


class RerouteCause(StrEnum):
    """Cause of a wrong destination."""

    MODEL = "model"
    """The goal was misunderstood."""
    POLICY = "policy"
    DOOR = "door"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGoal:
    """One goal of a contact, and its progress."""

    intent: str
    state: GoalState
    turn: int
    """Number of the latest turn that named the goal."""
    opened_at: datetime
    """Time at which the goal was requested. A goal that was done or dropped gets a new time if it is requested anew."""
    changed_at: datetime
    """Time of the current state."""
    decision_id: str | None = None
    """Newest decision that served the goal."""
    path: str | None = None
    rung: int | None = None
    """Rung that the decision led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """All goals of a contact, in the order in which they were first named. Each intent appears once."""

    goals: tuple[HeldGoal, ...] = ()

    @property
    def active(self) -> tuple[HeldGoal, ...]:
        return tuple([goal for goal in self.goals if goal.state.is_active])

    @property
    def is_done(self) -> bool:
        """True if every goal is done or dropped."""
        return not self.active

    def find(self, intent: str) -> HeldGoal | None:
        return next((goal for goal in self.goals if goal.intent == intent), None)

    def within(self, intents: Collection[str]) -> Agenda:
        """Return the agenda without goals whose intent is missing from the catalogue."""
        return Agenda(goals=tuple([goal for goal in self.goals if goal.intent in intents]))

    def changed_since(self, earlier: Agenda) -> tuple[HeldGoal, ...]:
        before = {goal.intent: goal for goal in earlier.goals}
        return tuple([goal for goal in self.goals if before.get(goal.intent) != goal])

    def with_goal(self, goal: HeldGoal) -> Agenda:
        """Return the agenda with this goal in place of the goal of the same intent, or at the end."""
        if self.find(goal.intent) is None:
            return replace(self, goals=(*self.goals, goal))
        return replace(self, goals=tuple([goal if each.intent == goal.intent else each for each in self.goals]))


class QuestionKind(StrEnum):
    """Purpose of a question."""

    CHOOSE = "choose"
    """Several goals are likely, or the goal is still open."""
    CONFIRM = "confirm"
    """One goal is likely."""
    CONFIRM_ACTION = "confirm_action"
    """The goal is clear, and its call is irreversible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldQuestion:
    """The question that a contact was asked last. The next turn of the contact is read as its answer."""

    kind: QuestionKind
    options: tuple[str, ...] = ()
    """Intents in the order in which they were offered. Empty if the customer was asked for any goal."""
    is_opening: bool = False
    """True if the contact had named no goal yet. A question about its goal may then follow."""


UNKNOWN_REVISION = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Stored state of one contact at one moment."""

    contact_key: str
    revision: int = 0
    """Counter of changes. 0 if nothing is stored about the contact, `UNKNOWN_REVISION` if the stored state is
    unreadable."""
    turns: int = 0
    """Number of turns that have been applied."""
    asked: bool = False
    """True if the one clarifying question was put, and the goal is still unclear."""
    question: HeldQuestion | None = None
    """Question that waits for its answer. The next turn of the contact answers or withdraws it."""
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    agenda: Agenda = Agenda()

    @property
    def is_known(self) -> bool:
        """False if the database is away. Any number of turns may then have come before."""
        return self.revision > UNKNOWN_REVISION


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChange:
    """Change to write with a decision, only if the ledger is unchanged since it was read."""

    before: Ledger
    after: Ledger
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Counts of records erased about a contact."""

    goals: int
    decisions: int
    events: int
    promises: int = 0
    """Promises that lost their detail and their link to the contact. Open promises were withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPast:
    """Everything that is stored about a contact, except its key."""

    ledger: Ledger
    decision_ids: tuple[str, ...]
    """In order of time."""
    effort: dict[EventKind, float]
    texts: Mapping[str, KeptText]
    """Kept texts by decision. Few decisions have a text."""
    promises: tuple[HeldPromise, ...] = ()
    """In order of time."""
