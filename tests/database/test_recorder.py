"""What is acknowledged is kept, once, and the same for every repeat."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from service.domain.expiry import Purged
from service.domain.understanding import Abstention, Status
from service.errors import IdempotencyConflictError, NotFoundError
from service.record.database.schema import upgrade
from service.record.recorder import IdempotencyKey, Recorder, open_recorder
from tests.support.decisions import NOON, a_decision, record_decision

DAY = timedelta(days=1)


def a_key(key_hash: str = "key", body_hash: str = "body") -> IdempotencyKey:
    return IdempotencyKey(key_hash=key_hash, body_hash=body_hash, retention=DAY)


async def test_a_recorded_decision_can_be_looked_up(recorder: Recorder) -> None:
    """Every field comes back as it was, times aware and in UTC."""
    decision = a_decision(answer={"why": "Grüße — 你好 \u0000", "goals": [{"confidence": 0.1}]})

    recorded = await record_decision(recorder, decision, idempotency=None, answer=b"sent")

    assert (recorded.decision_id, recorded.answer, recorded.replayed) == (decision.decision_id, b"sent", False)
    assert await recorder.get_decision(decision.decision_id) == decision


async def test_a_decision_without_a_goal_can_be_looked_up(recorder: Recorder) -> None:
    """What may be missing comes back missing."""
    decision = a_decision(
        status=Status.OUT_OF_SCOPE, reason=Abstention.OUT_OF_SCOPE, goal=None, channel=None, entry_point=None
    )

    await record_decision(recorder, decision, idempotency=None, answer=b"")

    assert await recorder.get_decision(decision.decision_id) == decision


async def test_an_unknown_decision_is_not_found(recorder: Recorder) -> None:
    """The caller is told so."""
    with pytest.raises(NotFoundError):
        await recorder.get_decision("never-made")


async def test_a_repeat_gets_the_first_answer_and_records_nothing(recorder: Recorder) -> None:
    """Byte for byte, with its status code, whatever the repeat would have answered."""
    first = a_decision()
    await record_decision(recorder, first, idempotency=a_key(), answer=b'{"first": 1}')

    repeat = await record_decision(recorder, a_decision(), idempotency=a_key(), answer=b'{"second": 2}')

    assert (repeat.decision_id, repeat.answer) == (first.decision_id, b'{"first": 1}')
    assert repeat.replayed
    assert await recorder.count_decisions() == 1


async def test_a_thousand_racing_duplicates_make_one_decision(recorder: Recorder) -> None:
    """All get identical bytes, and exactly one of them is told that it was the first."""
    repeats = [
        record_decision(recorder, a_decision(), idempotency=a_key(), answer=f"answer {number}".encode())
        for number in range(1000)
    ]

    recorded = await asyncio.gather(*repeats)

    assert len({one.answer for one in recorded}) == 1
    assert [one.replayed for one in recorded].count(False) == 1
    assert await recorder.count_decisions() == 1


async def test_replicas_that_race_agree_on_one_decision(migrated_url: str) -> None:
    """Two recorders on one database get the same keys in opposite orders, and do not stop each other."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        forwards = [
            record_decision(one, a_decision(), idempotency=a_key(f"key-{number}"), answer=f"{number} one".encode())
            for number in range(200)
        ]
        backwards = [
            record_decision(other, a_decision(), idempotency=a_key(f"key-{number}"), answer=f"{number} other".encode())
            for number in reversed(range(200))
        ]

        recorded = await asyncio.gather(*forwards, *backwards)

        assert [each.answer for each in recorded[:200]] == [each.answer for each in reversed(recorded[200:])]
        assert await one.count_decisions() == 200


async def test_a_key_used_for_another_request_is_a_conflict(recorder: Recorder) -> None:
    """For whoever comes second, in the same batch or later; the first is not harmed."""
    outcomes = await asyncio.gather(
        record_decision(recorder, a_decision(), idempotency=a_key(), answer=b"first"),
        record_decision(recorder, a_decision(), idempotency=a_key(body_hash="another"), answer=b"same batch"),
        record_decision(recorder, a_decision(), idempotency=a_key("unrelated"), answer=b"neighbour"),
        return_exceptions=True,
    )
    with pytest.raises(IdempotencyConflictError):
        await record_decision(recorder, a_decision(), idempotency=a_key(body_hash="another"), answer=b"later")

    assert isinstance(outcomes[1], IdempotencyConflictError)
    assert not isinstance(outcomes[0], BaseException)
    assert not isinstance(outcomes[2], BaseException)
    assert await recorder.count_decisions() == 2


async def test_recording_one_decision_twice_is_recording_it_once(recorder: Recorder) -> None:
    """So that a write whose acknowledgement was lost can be repeated."""
    decision = a_decision()
    await record_decision(recorder, decision, idempotency=a_key(), answer=b"sent")

    again = await record_decision(recorder, decision, idempotency=a_key(), answer=b"sent")

    assert (again.answer, again.replayed) == (b"sent", False)
    assert await recorder.count_decisions() == 1


@pytest.mark.parametrize(
    ("later", "is_replayed"),
    [
        (DAY - timedelta(microseconds=1), True),  # held until the very end
        (DAY, False),  # then the key is as good as new
    ],
)
async def test_a_key_is_free_again_when_it_has_expired(
    recorder: Recorder, later: timedelta, *, is_replayed: bool
) -> None:
    """Without waiting for the purge; the key then stands for the newer request."""
    await record_decision(recorder, a_decision(), idempotency=a_key(), answer=b"old")

    recorded = await record_decision(recorder, a_decision(decided_at=NOON + later), idempotency=a_key(), answer=b"new")

    assert recorded.replayed is is_replayed
    assert recorded.answer == (b"old" if is_replayed else b"new")


async def test_purging_forgets_expired_keys_only(recorder: Recorder) -> None:
    """Decisions stay."""
    await record_decision(recorder, a_decision(), idempotency=a_key("old"), answer=b"")
    await record_decision(recorder, a_decision(decided_at=NOON + DAY), idempotency=a_key("young"), answer=b"")

    assert await recorder.purge_expired(NOON + DAY, 2 * DAY) == Purged(idempotency_keys=1)
    assert await recorder.purge_expired(NOON + DAY, 2 * DAY) == Purged()
    assert await recorder.count_decisions() == 2


async def test_a_time_without_a_zone_is_refused_before_it_is_stored(recorder: Recorder) -> None:
    """It would come back as another instant."""
    naive = a_decision(decided_at=NOON.replace(tzinfo=None))

    with pytest.raises(Exception, match="refused this row"):
        await record_decision(recorder, naive, idempotency=None, answer=b"")


async def test_reachability_is_answered_in_time(recorder: Recorder) -> None:
    """A migrated database that is there is reachable."""
    assert await recorder.is_reachable(2.0)


async def test_a_database_without_tables_is_not_reachable(database_url: str) -> None:
    """It cannot take a decision, and a recorder opens on it all the same."""
    async with open_recorder(database_url) as recorder:
        assert not await recorder.is_reachable(2.0)
        await asyncio.to_thread(upgrade, database_url)
        assert await recorder.is_reachable(2.0)
