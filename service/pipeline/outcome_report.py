"""The report on outcomes: the time that the report is about, and the JSON shape of its answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.effort import Effort
from service.domain.outcome import Group, OutcomeReport, OutcomeResult, OutcomesBy, Resolution, Span
from service.errors import InvalidRequestError
from service.measure.effort import effort_of

USUAL = timedelta(days=7)
LONGEST = timedelta(days=366)
YEARS = range(1970, 9999)
OTHER = "other"
"""Key of all rows together that are too small to be shown one by one."""
MEND = "Write it as 2026-11-21T12:00:00Z. In an address, a + has to be written as %2B."


def span_of(since: str | None, until: str | None, now: datetime) -> Span:
    """Return the time between two ISO 8601 instants. The default is the seven days until now.

    Raises InvalidRequestError, naming the instant at fault.
    """
    end = now if until is None else _instant("until", until)
    begin = end - USUAL if since is None else _instant("since", since)
    if begin >= end:
        raise InvalidRequestError("since: This is not before until.", field="since", mend="Send an earlier instant.")
    if end - begin > LONGEST:
        raise InvalidRequestError(
            f"since: This is more than {LONGEST.days} days before until.", field="since", mend="Send a later instant."
        )
    return Span(since=begin, until=end)


def _instant(field: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(
            f"{field}: This is not an ISO 8601 instant such as 2026-11-21T12:00:00Z.", field=field, mend=MEND
        ) from None
    if moment.tzinfo is None:
        raise InvalidRequestError(f"{field}: This instant has no zone; Z at its end is UTC.", field=field, mend=MEND)
    if moment.year not in YEARS:
        raise InvalidRequestError(f"{field}: This year is out of range.", field=field, mend=MEND)
    return moment.astimezone(UTC)


def shape(report: OutcomeReport, span: Span, by: OutcomesBy) -> dict[str, Any]:
    """Return the answer as plain values."""
    return {
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "by": by,
        "first_contact_resolution": _resolution(report.resolution),
        "rows": [_row(group) for group in report.groups],
        "withheld": {"rows": report.withheld},
    }


def _resolution(found: Resolution | None) -> dict[str, Any]:
    if found is None:
        return {"told": None, "resolved": None, "share": None}
    return {"told": found.told, "resolved": found.resolved, "share": _rounded(found.share)}


def _row(group: Group) -> dict[str, Any]:
    effort = effort_of(dict(group.effort))
    told = sum(group.outcomes.values())
    return {
        "key": OTHER if group.key is None else dict(group.key),
        "decisions": group.decisions,
        "outcomes": {result.value: count for result, count in group.outcomes.items()},
        "told": told,
        "done_share": _rounded(group.outcomes[OutcomeResult.DONE] / told) if told else None,
        "wrong_door": group.wrong_door,
        "effort": asdict(effort),
        "effort_per_decision": _per(group.decisions, effort),
    }


def _per(decisions: int, effort: Effort) -> dict[str, float]:
    return {name: round(amount / decisions, 4) for name, amount in asdict(effort).items()}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
