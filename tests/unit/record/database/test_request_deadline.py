"""Waits for the database end when the answer is due, and in no other request than the one whose answer it is."""

from __future__ import annotations

import asyncio

from service.record.database.request_deadline import due_within, seconds_left

LONGEST = 10.0


def test_what_is_left_is_no_more_than_anybody_waits() -> None:
    assert seconds_left(LONGEST) == LONGEST
    with due_within(3600):
        assert seconds_left(LONGEST) == LONGEST
    with due_within(1):
        assert 0 < seconds_left(LONGEST) <= 1
    with due_within(-1):
        assert seconds_left(LONGEST) == 0
    assert seconds_left(LONGEST) == LONGEST


async def test_requests_are_due_each_at_their_own_time() -> None:
    async def left(seconds: float | None) -> float:
        with due_within(seconds):
            await asyncio.sleep(0)
            return seconds_left(LONGEST)

    hurried, patient = await asyncio.gather(left(0), left(None))

    assert (hurried, patient) == (0, LONGEST)
