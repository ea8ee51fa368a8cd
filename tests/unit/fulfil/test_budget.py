"""Retries stay a fifth of the calls, whatever comes in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fulfil.budget import RetryBudget


def retries_granted(budget: RetryBudget, now: float, *, wanted: int) -> int:
    granted = 0
    for _ in range(wanted):
        if budget.allows(now):
            budget.note(now, is_retry=True)
            granted += 1
    return granted


@pytest.mark.parametrize(
    ("firsts", "granted", "reason"),
    [
        (0, 3, "a few where there is nothing to go by"),
        (10, 3, "two would be a fifth; there are always three"),
        (19, 3, "less than four would be a fifth"),
        (20, 4, "a fifth"),
        (100, 20, "a fifth"),
    ],
)
def test_a_fifth_of_the_calls_may_be_retries(firsts: int, granted: int, reason: str) -> None:
    """And three in any case."""
    budget = RetryBudget()
    for _ in range(firsts):
        budget.note(0.0, is_retry=False)

    assert retries_granted(budget, 1.0, wanted=50) == granted, reason


def test_old_calls_are_forgotten_and_so_are_old_retries() -> None:
    """Ten seconds after, neither counts."""
    budget = RetryBudget()
    for _ in range(100):
        budget.note(0.0, is_retry=False)
    assert retries_granted(budget, 5.0, wanted=50) == 20

    assert retries_granted(budget, 10.0, wanted=50) == 0, "the calls are gone, the retries are not"
    assert retries_granted(budget, 15.0, wanted=50) == 3, "all is gone"


events = st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=300)


@given(events)
def test_no_window_holds_more_retries_than_its_share(steps: list[tuple[float, bool]]) -> None:
    """At every retry that is granted, counted anew from everything that happened."""
    budget, now = RetryBudget(), 0.0
    history: list[tuple[float, bool]] = []
    for seconds, is_retry in steps:
        now += seconds
        window = [was_retry for moment, was_retry in history if moment > now - 10]
        retries, firsts = window.count(True), window.count(False)
        may = retries + 1 <= 3 or 5 * (retries + 1) <= firsts
        if is_retry:
            assert budget.allows(now) is may
        if not is_retry or may:
            budget.note(now, is_retry=is_retry)
            history.append((now, is_retry))


def test_it_forgets_while_nobody_retries() -> None:
    """A destination that never fails is called for years."""
    budget = RetryBudget()
    for moment in range(10_000):
        budget.note(float(moment), is_retry=False)

    assert len(budget._firsts) == 10
