"""Reports on outcomes, as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.outcome import Outcome, OutcomeResult, Reporter, Resolution
from tests.support.decisions import NOON

TOLD = Outcome(decision_id="d-1", result=OutcomeResult.DONE, reported_at=NOON, reported_by=Reporter.AGENT)


def test_a_report_that_comes_again_says_the_same() -> None:
    """Only its time differs."""
    assert replace(TOLD, reported_at=NOON + timedelta(days=1)).says_the_same_as(TOLD)


@pytest.mark.parametrize(
    "change",
    [
        {"decision_id": "d-2"},
        {"result": OutcomeResult.PARTLY},
        {"reported_by": Reporter.CUSTOMER},
        {"transfers": 0},
        {"customer_effort_score": 7},
        {"actual_intent": "track_order"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_difference_is_news(change: dict[str, Any]) -> None:
    """Zero transfers are another report than none told."""
    assert not replace(TOLD, **change).says_the_same_as(TOLD)


@pytest.mark.parametrize(("told", "resolved", "share"), [(4, 3, 0.75), (4, 0, 0.0), (0, 0, None)])
def test_a_share_needs_a_report(told: int, resolved: int, share: float | None) -> None:
    """Without any report nothing is known, which is not zero."""
    assert Resolution(told=told, resolved=resolved).share == share
