"""Calls as they leave, how many at once, and what happens when whoever waits goes away."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import count

import httpx
import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from service import __version__
from service.domain.delivery import DeliveryOutcome
from service.errors import SettingsError
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, Unavailable
from service.fulfil.signature import FORMER_HEADER, ID, SIGNATURE, TIMESTAMP
from tests.support.fulfilment import AMPLE_SECONDS, SERVED, Clock, a_delivery, until
from tests.support.stock import ORIGIN, TRACEPARENT, URL, Held, Stock, a_client, call, dead

SECRETS = ("0123456789abcdef0123456789abcdef", "a-second-secret-that-is-long-enough")


# the request


async def test_a_call_is_a_signed_post() -> None:
    """With everything that a receiver needs: who calls, for what, how long it may take, and which trace it is of."""
    stock = Stock()

    outcome = await a_client(stock, signing_secrets=SECRETS, unix_clock=time.time).call(
        a_delivery(delivery_id="d-7"), url=f"{URL}?shop=2", timeout_seconds=1.5, traceparent=TRACEPARENT
    )

    assert isinstance(outcome, Answered)
    (request,) = stock.received
    assert (request.method, str(request.url)) == ("POST", f"{URL}?shop=2")
    assert orjson.loads(request.content)["deadline_ms"] == 1_500
    expected = {
        "host": "stock.example",
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": f"errand/{__version__}",
        "idempotency-key": "d-7",
        "webhook-id": "d-7",
        "x-request-timeout-ms": "1500",
        "traceparent": TRACEPARENT,
    }
    assert {name: request.headers[name] for name in expected} == expected
    assert request.headers["errand-signature"].count("v1=") == 2
    for secret in SECRETS:
        Webhook(secret.encode()).verify(request.content, dict(request.headers))


async def test_the_idempotency_key_stays_and_the_rest_moves_on() -> None:
    """A repeated attempt can be told from another delivery, and is signed anew."""
    stock, moments = Stock(), count(1_760_000_000)
    client = a_client(stock, signing_secrets=SECRETS, unix_clock=lambda: float(next(moments)))

    await call(client, delivery_id="d-7")
    await call(client, delivery_id="d-7", attempt=2)

    first, second = stock.received
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "d-7"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "d-7"
    for name in (TIMESTAMP, SIGNATURE, FORMER_HEADER):
        assert first.headers[name] != second.headers[name]
    assert [orjson.loads(request.content)["attempt"] for request in stock.received] == [1, 2]


@pytest.mark.parametrize(
    "traceparent",
    [None, "", "00-xyz", f"{TRACEPARENT}\r\nHost: elsewhere", f"{TRACEPARENT}\n", TRACEPARENT.upper(), "é"],
)
async def test_a_traceparent_that_is_none_is_left_out(traceparent: str | None) -> None:
    """As W3C Trace Context asks; and it carries nothing else into the headers."""
    stock = Stock()

    await a_client(stock).call(a_delivery(), url=URL, timeout_seconds=AMPLE_SECONDS, traceparent=traceparent)

    assert "traceparent" not in stock.received[0].headers
    assert stock.received[0].headers["host"] == "stock.example"


async def test_without_secrets_nothing_is_signed() -> None:
    """Rather than with something that everybody knows."""
    stock = Stock()

    await call(a_client(stock))

    assert not {ID, TIMESTAMP, SIGNATURE, FORMER_HEADER.lower()} & {*stock.received[0].headers}


def test_a_short_secret_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError):
        a_client(Stock(), signing_secrets=["too short"])


async def test_calls_share_no_cookies() -> None:
    """What a system remembers of one contact is not sent with the next."""
    stock = Stock(lambda _: httpx.Response(200, content=SERVED, headers={"Set-Cookie": "session=7; Path=/"}))
    client = a_client(stock)

    await call(client)
    await call(client)

    assert "cookie" not in stock.received[1].headers


@pytest.mark.parametrize("url", ["ftp://stock.example/", "https://stock.example:99999/", "${STOCK_URL}/lookup", ""])
async def test_what_is_no_address_is_not_called(url: str) -> None:
    """It is told like any address that may not be called."""
    told: list[tuple[str, CallOutcome, float]] = []
    stock = Stock()

    outcome = await call(a_client(stock, on_call=lambda *what: told.append(what)), url=url)

    assert isinstance(outcome, Failed)
    assert outcome.kind is DeliveryOutcome.ADDRESS_REFUSED
    assert told == [("none", outcome, 0.0)]
    assert stock.opened == 0


# the bulkhead


async def test_one_call_more_than_the_bound_is_answered_at_once() -> None:
    """It waits for nobody, and other destinations do not notice."""
    stock = Held()
    client = a_client(stock, calls_at_once=3)
    waiting = [asyncio.create_task(call(client)) for _ in range(3)]
    await until(lambda: len(stock.received) == 3)

    assert await call(client) == Unavailable(reason=DeliveryOutcome.BUSY)
    assert len(stock.received) == 3

    elsewhere = asyncio.create_task(call(client, url="https://other.example/"))
    await until(lambda: len(stock.received) == 4)
    stock.release.set()

    outcomes = [await task for task in (*waiting, elsewhere)]
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    assert isinstance(await call(client), Answered), "there is room again"


async def test_a_few_more_wait_in_line_and_take_each_place_at_once() -> None:
    """As many as may call; one more is answered at once, and who has gone away keeps nobody waiting."""
    stock = Held()
    client = a_client(stock, calls_at_once=2, line_seconds=AMPLE_SECONDS)
    calling = [asyncio.create_task(call(client)) for _ in range(2)]
    await until(lambda: len(stock.received) == 2)
    gone, in_line = [asyncio.create_task(call(client)) for _ in range(2)]
    await asyncio.sleep(0)

    assert await call(client) == Unavailable(reason=DeliveryOutcome.BUSY)
    gone.cancel()
    await asyncio.sleep(0)
    stock.release.set()

    outcomes = [await task for task in (*calling, in_line)]
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    assert gone.cancelled()
    assert len(stock.received) == 3


async def test_the_line_is_left_after_a_while() -> None:
    """Whoever delivers is needed elsewhere."""
    stock = Held()
    client = a_client(stock, calls_at_once=1, line_seconds=0.01)
    calling = asyncio.create_task(call(client))
    await until(lambda: len(stock.received) == 1)

    assert await call(client) == Unavailable(reason=DeliveryOutcome.BUSY)
    stock.release.set()
    assert isinstance(await calling, Answered)


async def test_room_is_given_back_however_a_call_ends() -> None:
    """Also by an error that nobody has thought of, which is not hidden."""

    def breaks(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    stock = Stock(breaks)
    client = a_client(stock, calls_at_once=1)

    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            await call(client)
    stock.answer = dead
    assert isinstance(await call(client), Failed)

    assert client.down() == {ORIGIN}, "all five were failures"


# who waits may go away


async def test_a_call_goes_on_when_nobody_waits_for_it() -> None:
    """Cancelling it would cost its connection's place in the pool; it ends by itself, and is counted then."""
    stock, told = Held(), list[CallOutcome]()
    client = a_client(stock, calls_at_once=1, on_call=lambda _, outcome, __: told.append(outcome))
    waiting = asyncio.create_task(call(client))
    await until(lambda: len(stock.received) == 1)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await call(client) == Unavailable(reason=DeliveryOutcome.BUSY), "it is still on its way"

    stock.release.set()
    await client.aclose()
    assert [type(outcome) for outcome in told] == [Unavailable, Answered]


async def test_closing_waits_for_calls_on_their_way() -> None:
    """None is cut off, and those who wait have their answer."""
    stock = Held()
    client = a_client(stock)
    waiting = asyncio.create_task(call(client))
    await until(lambda: len(stock.received) == 1)

    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    stock.release.set()
    await closing

    assert isinstance(await waiting, Answered)


# hooks


async def test_every_call_is_told_with_its_time() -> None:
    """Those that were not made too, which took none."""
    clock, told = Clock(), list[tuple[str, CallOutcome, float]]()

    def slow(request: httpx.Request) -> httpx.Response:
        clock.now += 0.25
        return dead(request)

    client = a_client(Stock(slow), clock=clock, on_call=lambda *what: told.append(what))
    for _ in range(6):
        await call(client)

    failed, open_now = Failed(kind=DeliveryOutcome.CONNECT), Unavailable(reason=DeliveryOutcome.BREAKER_OPEN)
    assert told == [(ORIGIN, failed, 0.25)] * 5 + [(ORIGIN, open_now, 0.0)]


def test_the_client_shows_no_secret() -> None:
    """Its representation is that of any object."""
    assert not re.search("|".join(SECRETS), repr(a_client(Stock(), signing_secrets=SECRETS)))
