"""The time that a report is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.errors import InvalidRequestError
from service.pipeline.outcome_report import span_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "days", "end"),
    [
        (None, None, 7, NOW),
        ("2026-11-20T12:00:00Z", None, 1, NOW),
        (None, "2026-11-01T02:00:00+02:00", 7, datetime(2026, 11, 1, tzinfo=UTC)),
        ("2025-01-01T00:00Z", "2026-01-02T00:00Z", 366, datetime(2026, 1, 2, tzinfo=UTC)),
        (None, "1970-01-01T00:00:00Z", 7, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_week_until_now_unless_told_otherwise(since: str | None, until: str | None, days: int, end: datetime) -> None:
    """Either end may be left out; both are told in UTC."""
    span = span_of(since, until, NOW)

    assert (span.until, span.until - span.since, span.since.tzinfo) == (end, timedelta(days=days), UTC)


@pytest.mark.parametrize(
    ("since", "until", "field", "says"),
    [
        ("2026-11-20T12:00:00", None, "since", "zone"),
        ("2026-11-20T12:00:00 02:00", None, "since", "ISO 8601"),
        (None, "1763726400", "until", "ISO 8601"),
        (None, "0001-01-01T00:00:00+01:00", "until", "year"),
        (None, "9999-12-31T23:59:59-01:00", "until", "year"),
        ("2026-11-21T12:00:00Z", None, "since", "before until"),
        ("2025-01-01T00:00:00Z", "2026-01-02T00:00:01Z", "since", "366 days"),
    ],
)
def test_a_time_that_cannot_be_is_refused(since: str | None, until: str | None, field: str, says: str) -> None:
    """By the name of the one at fault, with what to send instead."""
    with pytest.raises(InvalidRequestError, match=says) as refused:
        span_of(since, until, NOW)

    assert (refused.value.field, bool(refused.value.mend)) == (field, True)
