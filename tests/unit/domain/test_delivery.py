"""Outcomes of deliveries, and which of them end the asking."""

from __future__ import annotations

import pytest

from service.domain.delivery import DeliveryOutcome

ANSWERS = {DeliveryOutcome.SERVED, DeliveryOutcome.CANNOT_SERVE, DeliveryOutcome.NEEDS_CUSTOMER}
PASSING = {DeliveryOutcome.TIMEOUT, DeliveryOutcome.CONNECT, DeliveryOutcome.CUT, DeliveryOutcome.STATUS}


@pytest.mark.parametrize("outcome", DeliveryOutcome)
def test_three_outcomes_are_answers(outcome: DeliveryOutcome) -> None:
    """A system that asks for time has not answered yet."""
    assert outcome.is_answer is (outcome in ANSWERS)


@pytest.mark.parametrize("outcome", DeliveryOutcome)
def test_some_failures_pass_by_themselves(outcome: DeliveryOutcome) -> None:
    """Others stay until somebody has changed something."""
    assert outcome.may_pass is (outcome in PASSING)
