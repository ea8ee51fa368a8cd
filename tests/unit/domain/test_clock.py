"""Times are aware and in UTC."""

from __future__ import annotations

from datetime import timedelta

from service.domain.clock import utc_now


def test_now_is_in_utc() -> None:
    """Two times of different machines can be compared."""
    first, second = utc_now(), utc_now()

    assert first.utcoffset() == timedelta(0)
    assert first <= second
