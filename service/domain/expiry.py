"""What has expired by a moment, and how much of it was forgotten."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    now: datetime
    """Whatever carries a time of its own goes by this one."""
    decided_by: datetime
    """Decisions of this moment and before go."""

    @classmethod
    def of(cls, now: datetime, retention: timedelta) -> Expiry:
        return cls(now=now, decided_by=now - retention)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How much went."""

    idempotency_keys: int = 0
    contacts: int = 0
    """With their goals."""
    events: int = 0
    outcomes: int = 0
    decisions: int = 0
    deliveries: int = 0
    """Of decisions; also those that had not ended."""
    steps: int = 0
    announcements: int = 0
    """That were never sent."""
    texts: int = 0
    """Redacted ones, by their own time or with their decisions."""

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))

    def __add__(self, other: Purged) -> Purged:
        return Purged(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})
