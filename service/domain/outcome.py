"""Outcomes of the goals of decisions, and the counts in a report on outcomes."""

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
    """Result for a goal."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"
    WRONG_PLACE = "wrong_place"


class OutcomesBy(StrEnum):
    """Groupings of a report on outcomes."""

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
    """Result for the goal of one decision, as reported."""

    decision_id: str
    result: OutcomeResult
    reported_at: datetime
    reported_by: Reporter | None = None
    transfers: int | None = None
    customer_effort_score: int | None = None
    """Answer to a survey, from 1 (very much effort) to 7 (very little)."""
    actual_intent: str | None = None

    def says_the_same_as(self, other: Outcome) -> bool:
        return replace(self, reported_at=other.reported_at) == other


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWrite:
    """An outcome of a decision, and its effect on the agenda of the contact."""

    outcome: Outcome
    decision: Decision
    concluded: Callable[[Agenda], Agenda]
    expires_at: datetime
    steps: tuple[Step, ...] = ()
    """The extra mile after done. Empty if the decision has already had an extra mile."""
    dispatches: tuple[Dispatch, ...] = ()
    """The dispatch of each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTold:
    outcome: Outcome
    """The stored outcome. Of equal reports the first is stored."""
    is_new: bool
    agenda: Agenda
    """Agenda of the contact after the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Time from `since` (inclusive) to `until` (exclusive)."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    key: Mapping[str, str | None] | None
    """Names of `COLUMNS` with their values. `None` stands for all groups together that are too small to be shown."""
    decisions: int
    wrong_door: int
    outcomes: Mapping[OutcomeResult, int]
    effort: Mapping[EventKind, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    groups: tuple[Group, ...]
    """Largest first. The small groups together come last."""
    withheld: int
    """Number of groups left out, because they cover too few decisions even together."""
    resolution: Resolution | None
    """`None` if it would cover too few contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    told: int
    """Number of contacts with a reported outcome."""
    resolved: int
    """Number of contacts among them with all goals done, at the first place and the first request."""

    @property
    def share(self) -> float | None:
        """Share of resolved contacts, or `None` without any report."""
        return self.resolved / self.told if self.told else None
