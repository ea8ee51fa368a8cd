"""A real server on loopback that misbehaves in every way, real connections, and nothing left behind by any of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from standardwebhooks.webhooks import Webhook

from service.domain.delivery import DeliveryOutcome
from service.fulfil.address import AddressPolicy
from service.fulfil.breaker import BreakerPolicy
from service.fulfil.call_outcome import (
    Answered,
    CallOutcome,
    Failed,
    Refused,
    RetryLater,
    Unavailable,
)
from service.fulfil.client import CALLS_AT_ONCE, FulfilmentClient, open_fulfilment_client
from service.fulfil.network import Network, PoolTransport, open_network
from service.fulfil.resolver import Resolver
from tests.support.fulfilment import (
    AMPLE_SECONDS,
    CERTIFICATE,
    Clock,
    FulfilmentSystem,
    a_delivery,
    fulfilment_system,
    response,
    until,
)

SHORT_SECONDS = 0.15
"""A timeout for calls that would never end, if the machine is quick enough for it."""
NEVER_OPENS = BreakerPolicy(failures=11)

TIMED_OUT = Failed(kind=DeliveryOutcome.TIMEOUT)
ENDLESS = {"silent", "slow-headers", "trickle"}
OUTCOMES: dict[str, CallOutcome] = {
    "refused": Refused(status=422),
    "later": RetryLater(after_seconds=7.0),
    "unavailable": Failed(kind=DeliveryOutcome.STATUS, status=503, retry_after_seconds=11.0),
    "error": Failed(kind=DeliveryOutcome.STATUS, status=500),
    "trickled-error": Failed(kind=DeliveryOutcome.STATUS, status=500),
    "moved": Failed(kind=DeliveryOutcome.REDIRECT, status=307),
    "not-json": Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="body: Not JSON in UTF-8."),
    "no-content": Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="body: Not JSON in UTF-8."),
    "packed": Failed(
        kind=DeliveryOutcome.INVALID_ANSWER, detail="Content-Encoding: Compressed, which was not asked for."
    ),
    "huge": Failed(kind=DeliveryOutcome.TOO_LARGE, detail="More than 65536 bytes."),
    "huge-headers": Failed(kind=DeliveryOutcome.CUT),
    "cut": Failed(kind=DeliveryOutcome.CUT),
    "no-answer": Failed(kind=DeliveryOutcome.CUT),
    "no-http": Failed(kind=DeliveryOutcome.CUT),
    **dict.fromkeys(ENDLESS, TIMED_OUT),
}


@pytest.fixture
async def system() -> AsyncIterator[FulfilmentSystem]:
    async with fulfilment_system() as running:
        yield running


@contextlib.asynccontextmanager
async def calling(
    *,
    allowed: Sequence[str] = ("127.0.0.0/8",),
    calls_at_once: int = CALLS_AT_ONCE,
    breaker: BreakerPolicy = NEVER_OPENS,
    trusted: bool = True,
) -> AsyncIterator[FulfilmentClient]:
    """A client that finds every name on loopback and trusts the certificate of stock.example."""
    resolver = Resolver(lambda _: ["127.0.0.1"])
    network = Network(policy=AddressPolicy(allowed), resolver=resolver, clock=time.monotonic)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted:
        tls.load_verify_locations(CERTIFICATE)
    client = FulfilmentClient(
        open_transport=lambda: PoolTransport(network=network, tls=tls, connections=calls_at_once),
        calls_at_once=calls_at_once,
        breaker=breaker,
    )
    try:
        yield client
    finally:
        await client.aclose()
        resolver.close()


async def call(client: FulfilmentClient, url: str, *, timeout_seconds: float = AMPLE_SECONDS) -> CallOutcome:
    return await client.call(a_delivery(), url=url, timeout_seconds=timeout_seconds)


async def call_misbehaving(client: FulfilmentClient, system: FulfilmentSystem, behaviour: str) -> CallOutcome:
    """The outcome of a call that came through. One that a slow machine did not get there in time has more time next."""
    if behaviour not in ENDLESS | {"trickled-error"}:
        return await call(client, system.url(behaviour))
    seconds, before = SHORT_SECONDS, system.count(behaviour)
    while True:
        outcome = await call(client, system.url(behaviour), timeout_seconds=seconds)
        came_through = system.count(behaviour) > before and (behaviour in ENDLESS or outcome != TIMED_OUT)
        if came_through or seconds > AMPLE_SECONDS:
            return outcome
        seconds *= 4


@pytest.mark.parametrize("behaviour", sorted(OUTCOMES))
async def test_a_misbehaving_system_becomes_a_value_and_the_next_call_works(
    system: FulfilmentSystem, behaviour: str
) -> None:
    """With one connection only: had it been lost, nothing would work any more."""
    async with calling(calls_at_once=1) as client:
        outcome = await call_misbehaving(client, system, behaviour)
        healthy = await call(client, system.url("served"))

    assert outcome == OUTCOMES[behaviour]
    assert isinstance(healthy, Answered)
    assert list(dict.fromkeys(received.path for received in system.received)) == [f"/{behaviour}", "/served"]


@pytest.mark.parametrize(
    ("behaviour", "is_kept"),
    [
        *((behaviour, True) for behaviour in ("served", "created", "refused", "later", "unavailable", "error")),
        *((behaviour, True) for behaviour in ("moved", "not-json", "no-content")),
        *((behaviour, False) for behaviour in ("cut", "huge", "trickled-error", "silent", "packed")),
    ],
)
async def test_a_connection_is_used_again_where_it_can_be(
    system: FulfilmentSystem, behaviour: str, *, is_kept: bool
) -> None:
    """After every answer that came to its end, whatever its status."""
    async with calling() as client:
        await call_misbehaving(client, system, behaviour)
        before = system.connections
        assert isinstance(await call(client, system.url("served")), Answered)

    assert system.connections == (before if is_kept else before + 1)
    assert "cookie" not in system.received[-1].headers


async def test_fifty_failing_calls_lose_no_connection(system: FulfilmentSystem) -> None:
    """As many healthy calls as are admitted at once work after them, at the same time."""
    behaviours = [*sorted(OUTCOMES), *("cut", "huge", "not-json") * 20][:50]
    async with calling() as client:
        for first in range(0, 50, CALLS_AT_ONCE):
            some = behaviours[first : first + CALLS_AT_ONCE]
            calls = (call_misbehaving(client, system, one) for one in some)
            assert await asyncio.gather(*calls) == [OUTCOMES[one] for one in some]

        healthy = await asyncio.gather(*(call(client, system.url("served")) for _ in range(CALLS_AT_ONCE)))

    assert all(isinstance(outcome, Answered) for outcome in healthy)


async def test_callers_that_go_away_lose_no_connection(system: FulfilmentSystem) -> None:
    """Fifty of them, at any moment of their calls."""
    async with calling() as client:
        for turn in range(50):
            behaviour = ("silent", "trickle", "served")[turn % 3]
            waiting = asyncio.create_task(call(client, system.url(behaviour), timeout_seconds=0.02))
            for _ in range(turn):
                await asyncio.sleep(0)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
        await until(lambda: not client._in_flight)

        healthy = await asyncio.gather(*(call(client, system.url("served")) for _ in range(CALLS_AT_ONCE)))

    assert all(isinstance(outcome, Answered) for outcome in healthy)


async def test_a_system_that_was_restarted_is_called_again(system: FulfilmentSystem) -> None:
    """Connections that it closed meanwhile are noticed before they are used."""
    async with calling() as client:
        assert isinstance(await call(client, system.url("served")), Answered)
        await system.hang_up()

        assert isinstance(await call(client, system.url("served")), Answered)

    assert system.connections == 2


async def test_a_destination_that_is_not_there_gets_few_of_a_thousand_calls() -> None:
    """A port that nobody listens on refuses at once; after five calls nothing is sent but probes."""
    clock, tls = Clock(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    network = Network(policy=AddressPolicy(["127.0.0.1"]), resolver=Resolver(), clock=clock)
    connects = 0

    def open_transport() -> PoolTransport:
        return PoolTransport(network=network, tls=tls, connections=CALLS_AT_ONCE)

    def note(_: str, outcome: CallOutcome, __: float) -> None:
        nonlocal connects
        connects += outcome == Failed(kind=DeliveryOutcome.CONNECT)

    client = FulfilmentClient(open_transport=open_transport, clock=clock, on_call=note)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        for _ in range(1_000):
            outcome = await call(client, url)
            clock.now += 0.01
            assert outcome in (
                Failed(kind=DeliveryOutcome.CONNECT),
                Unavailable(reason=DeliveryOutcome.BREAKER_OPEN),
            )
    await client.aclose()

    assert connects == 6, "five until the breaker opens, and one probe in the ten seconds that passed"


async def test_loopback_is_refused_unless_it_is_allowed(system: FulfilmentSystem) -> None:
    """Under a name as well, and nothing reaches it."""
    async with calling(allowed=()) as client:
        for host in ("127.0.0.1", "stock.example"):
            outcome = await call(client, f"http://{host}:{system.port}/served")
            assert isinstance(outcome, Failed)
            assert outcome.kind is DeliveryOutcome.ADDRESS_REFUSED
            assert f"{host} is 127.0.0.1" in outcome.detail

    assert system.connections == 0


async def test_under_tls_the_name_stays_the_name() -> None:
    """The connection goes to the checked address; the certificate, the name in TLS and Host are the name's."""
    async with fulfilment_system(tls=True) as system, calling() as client:
        url = f"https://stock.example:{system.port}/served"

        assert isinstance(await call(client, url), Answered)

    assert system.server_names == ["stock.example"]
    assert system.received[0].headers["host"] == f"stock.example:{system.port}"


@pytest.mark.parametrize(
    ("host", "trusted", "says"),
    [("stock.example", False, "CERTIFICATE_VERIFY_FAILED"), ("other.example", True, "other.example")],
    ids=["not trusted", "of somebody else"],
)
async def test_a_certificate_that_is_not_the_destination_s_is_refused(host: str, *, trusted: bool, says: str) -> None:
    """Nothing is sent to whoever shows it."""
    async with fulfilment_system(tls=True) as system, calling(trusted=trusted) as client:
        outcome = await call(client, f"https://{host}:{system.port}/served")

        assert isinstance(outcome, Failed)
        assert outcome.kind is DeliveryOutcome.TLS
        assert says in outcome.detail
        assert system.received == []


async def test_a_system_without_tls_is_not_spoken_to_in_the_clear() -> None:
    """It is a failure of TLS, and what it got is a greeting of TLS."""
    got = list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read(1))
        writer.write(response("400 Bad Request"))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, calling() as client:
        port = server.sockets[0].getsockname()[1]
        outcome = await call(client, f"https://stock.example:{port}/served")

    assert isinstance(outcome, Failed)
    assert outcome.kind is DeliveryOutcome.TLS
    assert outcome.detail
    assert got == [b"\x16"]


async def test_the_client_that_the_service_opens_calls(system: FulfilmentSystem) -> None:
    """With the operating system's names, the usual certificates and the real clocks."""
    told: list[CallOutcome] = []
    async with (
        open_network(["127.0.0.1"]) as open_transport,
        open_fulfilment_client(
            open_transport,
            signing_secrets=["0123456789abcdef0123456789abcdef"],
            on_call=lambda _, outcome, __: told.append(outcome),
        ) as client,
    ):
        outcome = await call(client, system.url("served"))

    assert isinstance(outcome, Answered)
    assert told == [outcome]
    received = system.received[0]
    assert received.headers["errand-signature"].startswith("t=")
    Webhook(b"0123456789abcdef0123456789abcdef").verify(received.body, dict(received.headers))
