"""Counting how often: exact, by name, and in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.access.rate_limit import LOCKED, MINUTE, Allowances, InProcessLimiter, Lockout
from tests.support.bucket import Bucket

SECOND = MINUTE // 60


@given(per_minute=st.integers(1, 12), gaps=st.lists(st.integers(0, 20 * SECOND) | st.just(0), max_size=60))
def test_it_is_a_bucket_that_is_filled_all_the_time(per_minute: int, gaps: list[int]) -> None:
    """Whenever requests come, the same are let through, and the others wait as long."""
    allowances, bucket, now = Allowances(), Bucket(per_minute, minute=MINUTE), 0
    for gap in gaps:
        now += gap
        assert allowances.take("name", per_minute=per_minute, now=now) == bucket.take(now)


@given(gaps=st.lists(st.integers(0, 5 * SECOND), min_size=1, max_size=40))
def test_who_waits_as_told_is_let_through(gaps: list[int]) -> None:
    """And not a nanosecond earlier."""
    now, allowances = 0, Allowances()
    for gap in gaps:
        now += gap
        wait = allowances.take("name", per_minute=2, now=now)
        if wait:
            assert allowances.take("name", per_minute=2, now=now + wait - 1) == 1
            assert allowances.take("name", per_minute=2, now=now + wait) == 0
            now += wait


def test_names_are_counted_apart() -> None:
    """One that has used all of its own takes nothing of another's."""
    allowances = Allowances()

    assert [allowances.take("one", per_minute=1, now=0) > 0 for _ in range(2)] == [False, True]
    assert allowances.take("other", per_minute=1, now=0) == 0


def test_memory_is_bounded() -> None:
    """The name that was used longest ago is forgotten first."""
    allowances = Allowances(most_names=3)
    for name in ("a", "b", "c", "a", "d"):
        allowances.take(name, per_minute=2, now=0)

    assert len(allowances) == 3
    assert allowances.take("a", per_minute=2, now=0) > 0
    assert allowances.take("b", per_minute=2, now=0) == 0


async def test_a_worker_counts_by_itself() -> None:
    """What is counted in one is not known to another."""
    one, other = InProcessLimiter(), InProcessLimiter()
    await one.take("name", per_minute=1, now=0)

    assert await one.take("name", per_minute=1, now=0) == MINUTE
    assert await other.take("name", per_minute=1, now=0) == 0


async def test_after_twenty_failures_a_network_is_locked_out_for_a_while() -> None:
    """Failing on does not make it longer; another network is not meant."""
    lockout = Lockout(InProcessLimiter())

    assert [await lockout.fail("guesser", now=0) for _ in range(20)] == [0] * 20
    assert await lockout.fail("guesser", now=0) == LOCKED
    assert await lockout.fail("guesser", now=LOCKED - 1) == 1
    assert await lockout.fail("neighbour", now=0) == 0
    assert await lockout.fail("guesser", now=LOCKED) == 0


async def test_failures_that_come_slowly_lock_nobody_out() -> None:
    """Twenty a minute are told as what they are, for ever."""
    lockout = Lockout(InProcessLimiter())

    assert {await lockout.fail("clumsy", now=number * 3 * SECOND) for number in range(100)} == {0}


async def test_locked_out_networks_are_bounded_too() -> None:
    """Who fails from very many networks fills no memory."""
    lockout = Lockout(InProcessLimiter(), most_names=2)
    for name in ("a", "b", "c"):
        for _ in range(21):
            await lockout.fail(name, now=0)

    assert len(lockout._until) == 2


async def test_who_shares_the_count_shares_the_failures() -> None:
    """Guessing on at another worker goes on where it was; each locks out once it is told that it is too much."""
    shared = InProcessLimiter()
    one, other = Lockout(shared), Lockout(shared)
    for _ in range(10):
        assert await one.fail("guesser", now=0) == 0
        assert await other.fail("guesser", now=0) == 0

    assert await one.fail("guesser", now=0) == LOCKED
    assert await other.fail("guesser", now=0) == LOCKED
