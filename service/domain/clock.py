"""The clock of a running service."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time. Every running service uses this clock. Tests pass another clock."""
    return datetime.now(UTC)
