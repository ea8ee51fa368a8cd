"""Callers come at their time, ask again under the same key, and remember what they were told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from tests.faults.load import Load, order
from tests.support.fulfilment import (
    Behaviour,
    FulfilmentSystem,
    breaks_off,
    fulfilment_system,
    in_turn,
    is_silent,
    says,
)
from tests.support.fulfilment import until as eventually

RATE = 200.0


def routed(**fields: Any) -> Behaviour:
    answer = {"decision_id": "decision-1", "destination": {"kind": "queue"}, "degraded": False}
    return says("200 OK", orjson.dumps(answer | fields))


@contextlib.asynccontextmanager
async def callers_of(*behaviours: Behaviour) -> AsyncIterator[tuple[Load, FulfilmentSystem]]:
    """Of a service that does these in turn."""
    async with fulfilment_system({"route": in_turn(*behaviours)}) as service:
        load = Load([service.port], rate=RATE, name="test", most_outstanding=20)
        async with contextlib.aclosing(load):
            yield load, service


async def send_until(load: Load, has_come: Callable[[], bool]) -> None:
    async with load.sending():
        await eventually(has_come)


async def test_what_was_told_is_remembered() -> None:
    """The bytes, and what they say."""
    async with callers_of(routed(destination={"kind": "http"}, degraded=True)) as (load, _):
        await send_until(load, lambda: bool(load.told))
        assert await load.settle() == 0

    first = load.told[0]
    assert first.order == order("test", first.order.number)
    assert (first.decision_id, first.is_called_for, first.is_degraded) == ("decision-1", True, True)
    assert orjson.loads(first.answer)["destination"] == {"kind": "http"}
    assert load.degraded == len(load.told)


async def test_who_gets_no_answer_or_is_refused_asks_again_under_the_same_key() -> None:
    """Until an answer comes."""
    busy = says("503 Service Unavailable", b'{"code": "overloaded"}')
    async with callers_of(breaks_off(after=b""), busy, breaks_off(after=b"HTTP/1.1 2"), routed()) as (load, service):
        await send_until(load, lambda: len(load.told) >= 10)
        assert await load.settle() == 0

    assert (load.retried, load.refused) == (2, {"overloaded": 1})
    received = [(received.headers["idempotency-key"], received.body) for received in service.received]
    assert len(received) == len(load.told) + 3
    assert len(set(received)) == len({key for key, _ in received}) == len(load.told)


@pytest.mark.parametrize(
    ("answer", "status"),
    [(says("500 Internal Server Error"), 500), (says("200 OK", b"It works!"), 200), (says("200 OK", b"{}"), 200)],
)
async def test_an_answer_that_promises_nothing_is_not_asked_for_again(answer: Behaviour, status: int) -> None:
    """It counts as a failure."""
    async with callers_of(answer, routed()) as (load, service):
        await send_until(load, lambda: bool(load.told))
        assert await load.settle() == 0

    assert load.failed == {status: 1}
    assert len(service.received) == len(load.told) + 1


async def test_contacts_come_whether_or_not_others_were_answered() -> None:
    """As many as may wait at once; those beyond are held back and counted."""
    async with callers_of(is_silent) as (load, service):
        await send_until(load, lambda: load.held_back > 0 and len(service.received) == 20)

        assert load.outstanding == 20
        assert load.told == []


async def test_repeats_in_other_words_are_found() -> None:
    """Each of them."""
    async with callers_of(routed(), routed(decision_id="decision-2")) as (load, _):
        await send_until(load, lambda: len(load.told) >= 2)
        await load.settle()
        told = sorted(load.told, key=lambda each: each.decision_id)

        assert [each.decision_id for each in told][:2] == ["decision-1", "decision-2"]
        assert await load.ask_again(told[:2]) == told[:1]


async def test_a_flow_is_of_contacts_that_come_later() -> None:
    """Those who were told before, or came before, say nothing about a service that was mended since."""
    async with callers_of(routed()) as (load, _), load.sending():
        await eventually(lambda: len(load.told) >= 5)
        before = max(told.order.number for told in load.told)
        await load.flow(5)

    assert sum(told.order.number > before for told in load.told) >= 5
