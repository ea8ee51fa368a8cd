"""What became of the goal of a decision, and the counts by which outcomes are reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.decision import Decision
from service.domain.delivery import Dispatch, Step
from service.domain.effort import EventKind
from service.domain.ledger import Agenda


class OutcomeResult(StrEnum):
    """What became of a goal."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"
    WRONG_PLACE = "wrong_place"


class OutcomesBy(StrEnum):
    """What outcomes are reported by."""

    INTENT = "intent"
    PATH = "path"
    ENTRY_POINT = "entry_point"
    VERSION = "version"
    """Bundle and catalogue."""


class Reporter(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the goal of one decision, as told by somebody."""

    decision_id: str
    result: OutcomeResult
    reported_at: datetime
    reported_by: Reporter | None = None
    transfers: int | None = None
    customer_effort_score: int | None = None
    """A survey's answer, 1 (very much effort) to 7 (very little)."""
    actual_intent: str | None = None

    def says_the_same_as(self, other: Outcome) -> bool:
        return replace(self, reported_at=other.reported_at) == other


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWrite:
    """An outcome of a decision, and what it does to the agenda of the decision's contact."""

    outcome: Outcome
    decision: Decision
    concluded: Callable[[Agenda], Agenda]
    expires_at: datetime
    steps: tuple[Step, ...] = ()
    """The extra mile after done; none of a decision that has had its own."""
    dispatches: tuple[Dispatch, ...] = ()
    """That of each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTold:
    outcome: Outcome
    """As it is held: the first of equal reports."""
    is_new: bool
    agenda: Agenda
    """Of the contact, afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` on, and before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    key: Mapping[str, str | None] | None
    """Names of `COLUMNS` with their values; `None` for all those together that are too small to be shown."""
    decisions: int
    wrong_door: int
    outcomes: Mapping[OutcomeResult, int]
    effort: Mapping[EventKind, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    groups: tuple[Group, ...]
    """Largest first, those that are too small for themselves last."""
    withheld: int
    """Groups that are in none of these, since they are about too few even together."""
    resolution: Resolution | None
    """`None` where it would be about too few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    told: int
    """Contacts of which somebody has told an outcome."""
    resolved: int
    """Those among them whose goals were all done, at the first place and the first time of asking."""

    @property
    def share(self) -> float | None:
        """`None` where nothing was told."""
        return self.resolved / self.told if self.told else None
