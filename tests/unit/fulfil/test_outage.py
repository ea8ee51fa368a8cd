"""A failing destination is left alone, tried again by one call at a time, and not flooded with retries."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import pairwise

import httpx
import orjson
import pytest

from service.domain.delivery import DeliveryOutcome
from service.fulfil.breaker import BreakerPolicy, BreakerState
from service.fulfil.call_body import Delivery
from service.fulfil.call_outcome import Answered, CallOutcome, Refused, RetryLater, Unavailable
from service.fulfil.client import FulfilmentClient
from service.fulfil.retry import Backoff
from tests.support.fulfilment import AMPLE_SECONDS, SERVED, Clock, a_delivery, until
from tests.support.stock import ORIGIN, URL, Held, Stock, a_client, call, dead

# the breaker


@pytest.mark.parametrize(
    ("answer", "opens", "reason"),
    [
        (dead, True, "nobody there"),
        (lambda _: httpx.Response(500), True, "its fault"),
        (lambda _: httpx.Response(503, headers={"Retry-After": "9"}), True, "away, though it says for how long"),
        (lambda _: httpx.Response(302), True, "it has moved"),
        (lambda _: httpx.Response(200, content=b"?"), True, "it answers nonsense"),
        (lambda _: httpx.Response(200, content=SERVED), False, "all is well"),
        (lambda _: httpx.Response(200, json={"result": "retry_later"}), False, "it lives, and says so"),
        (lambda _: httpx.Response(429), False, "it lives, and wants less"),
        (lambda _: httpx.Response(404), False, "it does not like this delivery"),
    ],
)
async def test_failures_open_the_breaker(
    answer: Callable[[httpx.Request], httpx.Response], *, opens: bool, reason: str
) -> None:
    """What is the destination's fault counts; what is the delivery's does not."""
    stock = Stock(answer)
    client = a_client(stock)

    outcomes = [await call(client) for _ in range(20)]

    assert len(stock.received) == (5 if opens else 20), reason
    assert client.down() == ({ORIGIN} if opens else set())
    assert (outcomes[-1] == Unavailable(reason=DeliveryOutcome.BREAKER_OPEN)) is opens


async def test_one_destination_s_breaker_is_no_other_s() -> None:
    """Another port is another destination; another path is not."""
    stock = Stock(lambda request: dead(request) if request.url.port is None else httpx.Response(200, content=SERVED))
    client = a_client(stock)
    for _ in range(5):
        await call(client)

    assert client.down() == {ORIGIN}
    assert await call(client, url="https://stock.example/other") == Unavailable(reason=DeliveryOutcome.BREAKER_OPEN)
    assert isinstance(await call(client, url="https://stock.example:8443/lookup"), Answered)
    assert stock.opened == 2


async def test_whatever_number_calls_at_once_one_probe_goes() -> None:
    """After the cool-down the origin is not down any more, or nobody would find out; its success lets all through."""
    clock, states = Clock(), list[tuple[str, BreakerState]]()
    stock = Held()
    stock.release.set()
    stock.answer = dead
    client = a_client(stock, clock=clock, on_breaker=lambda *what: states.append(what))
    for _ in range(5):
        await call(client)
    stock.answer = lambda _: httpx.Response(200, content=SERVED)
    stock.release.clear()
    stock.received.clear()

    clock.now += 4.9
    assert client.down() == {ORIGIN}
    clock.now += 0.1
    assert client.down() == set()
    waiting = [asyncio.create_task(call(client)) for _ in range(1_000)]
    await until(lambda: len(stock.received) == 1)
    assert client.down() == {ORIGIN}
    stock.release.set()
    outcomes = await asyncio.gather(*waiting)

    assert len(stock.received) == 1
    assert [type(outcome) for outcome in outcomes].count(Answered) == 1
    assert outcomes.count(Unavailable(reason=DeliveryOutcome.BREAKER_OPEN)) == 999
    assert isinstance(await call(client), Answered)
    assert states == [(ORIGIN, BreakerState.OPEN), (ORIGIN, BreakerState.PROBING), (ORIGIN, BreakerState.CLOSED)]


async def test_no_more_than_ten_calls_reach_a_destination_that_hangs() -> None:
    """Though none of them fails before others are on their way."""
    stock = Held()
    stock.answer = dead
    client = a_client(stock)
    waiting = [asyncio.create_task(call(client)) for _ in range(100)]
    for _ in range(100):
        await asyncio.sleep(0)
    stock.release.set()
    await asyncio.gather(*waiting)
    while not client.down():
        await call(client)

    assert len(stock.received) <= 10


async def test_a_policy_of_one_s_own_is_kept_to() -> None:
    """Breakers can be made stricter or laxer."""
    stock = Stock(dead)
    client = a_client(stock, breaker=BreakerPolicy(calls=2, failures=2))

    for _ in range(9):
        await call(client)

    assert len(stock.received) == 2


# retries


async def deliver_all(client: FulfilmentClient, clock: Clock, *, count: int, every_seconds: float) -> list[CallOutcome]:
    """As an outbox does: each is called again after its wait, twelve times at most; what was not sent is no attempt.

    Returns every outcome in order. Time is the clock's alone.
    """
    backoff, outcomes = Backoff(first_seconds=1.0, longest_seconds=60.0), list[CallOutcome]()
    due = [(clock.now + place * every_seconds, place, a_delivery()) for place in range(count)]
    tries = dict.fromkeys((place for _, place, _ in due), 0)
    while due:
        moment, place, delivery = heapq.heappop(due)
        clock.now = max(clock.now, moment)
        outcome = await client.call(delivery, url=URL, timeout_seconds=AMPLE_SECONDS)
        outcomes.append(outcome)
        tries[place] += 1
        if isinstance(outcome, Answered | Refused) or tries[place] == 12:
            continue
        again = delivery if isinstance(outcome, Unavailable) else next_attempt(delivery)
        draw = ((place * 31 + tries[place] * 17) % 100) / 100
        heapq.heappush(due, (clock.now + backoff.wait(tries[place], draw), place, again))
    return outcomes


def next_attempt(delivery: Delivery) -> Delivery:
    return delivery.model_copy(update={"attempt": delivery.attempt + 1})


async def test_a_dead_destination_gets_few_of_a_thousand_calls() -> None:
    """Its breaker opens within ten calls, one probe goes a cool-down, and retries add less than a fifth."""
    clock, states, moments = Clock(), list[tuple[BreakerState, int]](), list[float]()

    def note_and_fail(request: httpx.Request) -> httpx.Response:
        moments.append(clock.now)
        return dead(request)

    stock = Stock(note_and_fail)
    client = a_client(stock, clock=clock, on_breaker=lambda _, state: states.append((state, len(stock.received))))

    outcomes = await deliver_all(client, clock, count=1_000, every_seconds=0.05)

    opened = [sent for state, sent in states if state is BreakerState.OPEN]
    assert opened[0] <= 10
    assert [later - sooner for sooner, later in pairwise(opened)] == [1] * (len(opened) - 1)
    pauses = [later - sooner for sooner, later in pairwise(moments[opened[0] :])]
    assert len(pauses) >= 5
    for position, pause in enumerate(pauses):
        assert pause >= min(10 * 2**position, 60)
    retries = [request for request in stock.received if orjson.loads(request.content)["attempt"] > 1]
    assert len(retries) <= 0.2 * 1_000
    assert len(outcomes) == 12_000
    assert len(stock.received) < 50


async def test_retries_to_a_flaky_destination_stay_a_fifth() -> None:
    """One call in three fails, which no breaker minds: without a budget there would be half as many retries again."""
    clock, calls = Clock(), list[tuple[float, bool]]()

    def fail_every_third(request: httpx.Request) -> httpx.Response:
        calls.append((clock.now, orjson.loads(request.content)["attempt"] > 1))
        return httpx.Response(500) if len(calls) % 3 == 0 else httpx.Response(200, content=SERVED)

    client = a_client(Stock(fail_every_third), clock=clock)
    began = clock.now

    outcomes = await deliver_all(client, clock, count=1_000, every_seconds=0.05)

    last_first = max(moment for moment, is_retry in calls if not is_retry)
    retries = [moment for moment, is_retry in calls if is_retry]
    assert len(calls) - len(retries) == 1_000
    assert 150 < len([moment for moment in retries if moment <= last_first]) <= 200
    tail = clock.now - last_first
    assert len(retries) <= 200 + 3 * (tail / 10 + 1), "afterwards there are three in ten seconds"
    assert last_first - began == pytest.approx(999 * 0.05)
    assert Unavailable(reason=DeliveryOutcome.BUDGET) in outcomes
    assert client.down() == set()


async def test_a_first_attempt_needs_no_budget() -> None:
    """Retries are what is limited, and only those that are made count."""
    stock = Stock(lambda _: httpx.Response(429))
    client = a_client(stock)

    retries = [await call(client, attempt=2) for _ in range(5)]

    assert retries == [RetryLater(after_seconds=None)] * 3 + [Unavailable(reason=DeliveryOutcome.BUDGET)] * 2
    assert await call(client) == RetryLater(after_seconds=None)
