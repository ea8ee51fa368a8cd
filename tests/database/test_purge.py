"""Expired idempotency keys do not pile up."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from service.errors import StorageUnavailableError
from service.record.purge import keep_purging
from service.record.recorder import IdempotencyKey, Recorder
from tests.support.decisions import NOON, a_decision


class Rounds:
    """Sleeps for no time, a number of times; then the service stops."""

    def __init__(self, count: int) -> None:
        self._left = count

    async def __call__(self, _: float) -> None:
        if not self._left:
            raise asyncio.CancelledError
        self._left -= 1


async def test_a_running_service_forgets_expired_keys(recorder: Recorder) -> None:
    """After a round nothing expired is left to remove, and the decision itself stays."""
    key = IdempotencyKey(key_hash="purged", body_hash="b", retention=timedelta(hours=24))
    await recorder.record(a_decision(decision_id="kept", decided_at=NOON), idempotency=key, answer=b"{}")

    with pytest.raises(asyncio.CancelledError):
        await keep_purging(recorder, lambda: NOON + timedelta(hours=25), Rounds(1))

    assert await recorder.purge_expired(NOON + timedelta(hours=25)) == 0
    assert (await recorder.get_decision("kept")).decision_id == "kept"
    again = await recorder.record(a_decision(decision_id="next", decided_at=NOON), idempotency=key, answer=b"{}")
    assert not again.replayed


async def test_a_database_that_is_away_does_not_end_the_purging() -> None:
    """The next round tries again."""

    class Away:
        rounds = 0

        async def purge_expired(self, _: datetime) -> int:
            self.rounds += 1
            raise StorageUnavailableError("away")

    away = Away()
    with pytest.raises(asyncio.CancelledError):
        await keep_purging(away, lambda: NOON, Rounds(3))  # type: ignore[arg-type]

    assert away.rounds == 3
