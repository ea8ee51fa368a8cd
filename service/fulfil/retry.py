"""Waits before a call is tried again: capped exponential back-off with full jitter.

Full jitter is from Brooker, "Exponential Backoff and Jitter" (2015). Retry-After is RFC 9110, section 10.2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_RETRY_AFTER_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    first_seconds: float = 1.0
    longest_seconds: float = 300.0

    def wait(self, attempt: int, draw: float, *, retry_after_seconds: float | None = None) -> float:
        """Seconds to wait after an attempt (1 is the first). `draw` is a random number from 0 to 1.

        The wait is at least the time that the destination asked for, up to an hour. Jitter is added to it, to spread
        callers that were told the same time.
        """
        ceiling = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 60))
        told = min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)
        return told + draw * ceiling


def read_retry_after(value: str | None, *, now: float) -> float | None:
    """Seconds that a `Retry-After` asks for at a Unix time, at most an hour. `None` if the value is unusable."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
        seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)
