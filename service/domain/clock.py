"""The clock of a running service."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The clock of every running service; tests pass another."""
    return datetime.now(UTC)
