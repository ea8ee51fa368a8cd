"""The moments by which records expire, and the counts of deleted records."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    now: datetime
    """Moment for records with an expiry time of their own."""
    decided_by: datetime
    """Decisions of this moment and before expire."""

    @classmethod
    def of(cls, now: datetime, retention: timedelta) -> Expiry:
        return cls(now=now, decided_by=now - retention)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """Counts of deleted records."""

    idempotency_keys: int = 0
    contacts: int = 0
    """Contacts with their goals."""
    events: int = 0
    outcomes: int = 0
    decisions: int = 0
    deliveries: int = 0
    """Deliveries of the deleted decisions, including pending deliveries."""
    steps: int = 0
    announcements: int = 0
    """Announcements that were still unsent."""
    texts: int = 0
    """Redacted texts, by their own time or with their decisions."""
    promise_details: int = 0
    """Contact details of promises, by their own time."""
    promises: int = 0
    """Promises, by their own time or, once ended, with their decisions."""

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))

    def __add__(self, other: Purged) -> Purged:
        return Purged(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})
