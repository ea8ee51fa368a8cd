"""What an attempt at a delivery came to, in closed sets."""

from __future__ import annotations

import pytest

from service.domain.delivery import EXTRA_MILE, DeliveryOutcome, DeliveryState, Lease
from tests.support.deliveries import a_dispatch, failed, served, the_step_of

ANSWERS = {DeliveryOutcome.SERVED, DeliveryOutcome.CANNOT_SERVE, DeliveryOutcome.NEEDS_CUSTOMER}
PASSING = {DeliveryOutcome.TIMEOUT, DeliveryOutcome.CONNECT, DeliveryOutcome.CUT, DeliveryOutcome.STATUS}


@pytest.mark.parametrize("outcome", DeliveryOutcome)
def test_an_outcome_is_an_answer_or_a_failure(outcome: DeliveryOutcome) -> None:
    """A failure that may pass is no answer, and most failures do not pass by themselves."""
    assert outcome.is_answer == (outcome in ANSWERS)
    assert outcome.may_pass == (outcome in PASSING)


@pytest.mark.parametrize(("number", "is_extra_mile"), [(0, False), (EXTRA_MILE - 1, False), (EXTRA_MILE, True)])
def test_the_extra_mile_has_a_number_of_its_own(number: int, *, is_extra_mile: bool) -> None:
    """A decision has at most one."""
    dispatch = a_dispatch(number=number)

    assert dispatch.is_extra_mile == the_step_of(dispatch).is_extra_mile == is_extra_mile


def test_a_delivery_ends_done_or_dead() -> None:
    """Done means that the fulfilment system has answered."""
    lease = Lease(dispatch=a_dispatch(), attempt=1, calls=0)

    assert (served(lease).state, failed(lease).state) == (DeliveryState.DONE, DeliveryState.DEAD)


def test_details_of_a_customer_are_not_shown() -> None:
    """A dispatch in a log keeps them to itself."""
    assert "parcel-number-4471" not in repr(a_dispatch())
