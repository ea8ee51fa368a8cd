"""Connections go to checked addresses only, and every operation ends with its call."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fulfil.address import AddressPolicy, AddressRefusedError
from service.fulfil.call_outcome import Answered, Failed
from service.fulfil.client import FulfilmentClient
from service.fulfil.exchange import http_client
from service.fulfil.network import CALL_ENDS_AT, Network, PoolTransport, TlsFailedError
from service.fulfil.resolver import Resolver
from tests.support.fulfilment import AMPLE_SECONDS, SERVED, Clock, a_delivery, response

URL = "http://stock.example/lookup"


class Wire(httpcore.AsyncNetworkStream):
    """Gives one piece a read, each after some seconds of the clock."""

    def __init__(self, clock: Clock, pieces: Iterator[bytes], seconds: float) -> None:
        self.clock, self.pieces, self.seconds = clock, pieces, seconds
        self.written = b""
        self.timeouts: list[float | None] = []

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        self.timeouts.append(timeout)
        self.clock.now += self.seconds
        return next(self.pieces)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.written += buffer

    async def aclose(self) -> None:
        """Nothing is open."""

    def get_extra_info(self, info: str) -> Any:
        return None


@dataclass
class Wires(httpcore.AsyncNetworkBackend):
    """Connects to nothing, and tells where it was asked to connect."""

    clock: Clock
    pieces: Callable[[], Iterable[bytes]] = lambda: [response("200 OK", SERVED)]
    seconds_a_read: float = 0.0
    seconds_a_connect: float = 0.0
    deaf: Sequence[str] = ()
    connected: list[tuple[str, int]] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        self.timeouts.append(timeout)
        self.clock.now += self.seconds_a_connect
        if host in self.deaf:
            raise httpcore.ConnectTimeout
        self.wires.append(Wire(self.clock, iter(self.pieces()), self.seconds_a_read))
        return self.wires[-1]


@dataclass
class Names:
    """Answers look-ups in turn, the last one for ever."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def post(wires: Wires, names: Names, *, allowed: Sequence[str] = (), times: int = 1) -> httpx.Response:
    """The last response of several calls over one pool; each may take ten seconds of the clock."""
    resolver = Resolver(names)
    network = Network(policy=AddressPolicy(allowed), resolver=resolver, clock=wires.clock, wires=wires)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    token = CALL_ENDS_AT.set(wires.clock() + 10)
    try:
        async with http_client(PoolTransport(network=network, tls=tls, connections=1)) as http:
            for _ in range(times):
                answer = await http.post(URL, content=b"{}", timeout=AMPLE_SECONDS)
            return answer
    finally:
        CALL_ENDS_AT.reset(token)
        resolver.close()


async def test_it_connects_to_the_address_that_was_checked() -> None:
    """The name is looked up once: what it would resolve to a moment later is of no account (DNS rebinding)."""
    wires, names = Wires(Clock()), Names([["8.8.8.8"], ["127.0.0.1"]])

    await post(wires, names)

    assert wires.connected == [("8.8.8.8", 80)]
    assert names.asked == ["stock.example"]
    assert b"\r\nHost: stock.example\r\n" in wires.wires[0].written


async def test_every_new_connection_is_checked() -> None:
    """A name that moves to another address later is judged by that one."""

    def closes() -> list[bytes]:
        return [response("200 OK", SERVED, "Connection: close")]

    wires = Wires(Clock(), pieces=closes)

    with pytest.raises(AddressRefusedError):
        await post(wires, Names([["8.8.8.8"], ["127.0.0.1"]]), times=2)

    assert wires.connected == [("8.8.8.8", 80)]


async def test_one_address_that_is_refused_is_enough() -> None:
    """Nothing is connected to, the public address neither."""
    wires = Wires(Clock())

    with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.7"):
        await post(wires, Names([["8.8.8.8", "10.0.0.7"]]))

    assert wires.connected == []


async def test_the_next_address_is_tried_where_nobody_answers() -> None:
    """Within the time that there is: each gets its share of what is left."""
    wires = Wires(Clock(), deaf=["8.8.8.8", "8.8.4.4"], seconds_a_connect=2.0)

    await post(wires, Names([["8.8.8.8", "8.8.4.4", "1.1.1.1"]]))

    assert [host for host, _ in wires.connected] == ["8.8.8.8", "8.8.4.4", "1.1.1.1"]
    assert wires.timeouts == [pytest.approx(10 / 3), pytest.approx(8 / 2), pytest.approx(6)]


async def test_it_gives_up_after_the_last_address() -> None:
    """As a destination that is away."""
    wires = Wires(Clock(), deaf=["8.8.8.8", "8.8.4.4"])

    with pytest.raises(httpx.ConnectTimeout):
        await post(wires, Names([["8.8.8.8", "8.8.4.4"]]))

    assert len(wires.connected) == 2


@pytest.mark.parametrize("found", [[], OSError()], ids=["no address", "no name"])
async def test_a_name_that_leads_nowhere_cannot_be_connected_to(found: list[str] | OSError) -> None:
    def look_up(_: str) -> Sequence[str]:
        if isinstance(found, OSError):
            raise found
        return found

    wires, resolver = Wires(Clock()), Resolver(look_up)
    network = Network(policy=AddressPolicy(), resolver=resolver, clock=wires.clock, wires=wires)

    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("stock.example", 80, timeout=AMPLE_SECONDS)

    assert wires.connected == []
    resolver.close()


def drip(whole: bytes, then: bytes) -> Callable[[], Iterator[bytes]]:
    """A byte at a time, and then for ever more of the same."""

    def pieces() -> Iterator[bytes]:
        yield from (whole[place : place + 1] for place in range(len(whole)))
        while True:
            yield then

    return pieces


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        (drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"s"), "headers that do not end"),
        (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, b""), "answers before the answer"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "), "a body that does not end"),
        (drip(b"", b"H"), "not even a first line"),
    ],
)
async def test_a_trickle_ends_with_the_call(pieces: Callable[[], Iterator[bytes]], reason: str) -> None:
    """Each byte comes within the time that a read may take; the call is over after its ten seconds all the same."""
    clock = Clock()
    wires = Wires(clock, pieces=pieces, seconds_a_read=0.3)

    with pytest.raises(httpx.ReadTimeout):
        await post(wires, Names([["8.8.8.8"]]))

    (wire,) = wires.wires
    assert len(wire.timeouts) == 34, reason  # 34 reads of 0.3 s are the first above ten
    assert wire.timeouts[0] == pytest.approx(10)
    assert wire.timeouts[-1] == pytest.approx(0.1)


async def test_nothing_is_begun_when_the_call_is_over() -> None:
    """Where connecting took all the time, nothing is written."""
    wires = Wires(Clock(), seconds_a_connect=10.0)

    with pytest.raises(httpx.WriteTimeout):
        await post(wires, Names([["8.8.8.8"]]))

    assert wires.wires[0].written == b""


async def test_what_tls_says_after_the_handshake_is_a_failure_of_tls() -> None:
    """With TLS 1.3, a system that wants its callers' certificates says so only to the first who reads."""

    def alert() -> Iterator[bytes]:
        raise ssl.SSLError(1, "TLSV13_ALERT_CERTIFICATE_REQUIRED")
        yield b""

    with pytest.raises(TlsFailedError, match="CERTIFICATE_REQUIRED"):
        await post(Wires(Clock(), pieces=alert), Names([["8.8.8.8"]]))


@given(st.text(min_size=1, max_size=30))
async def test_no_address_breaks_a_call(address: str) -> None:
    """Whatever a catalogue says, an address is called or refused as a value."""
    wires, resolver = Wires(Clock()), Resolver(Names([["8.8.8.8"]]))
    network = Network(policy=AddressPolicy(), resolver=resolver, clock=wires.clock, wires=wires)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = FulfilmentClient(
        open_transport=lambda: PoolTransport(network=network, tls=tls, connections=1), clock=wires.clock
    )

    for url in (f"http://{address}", f"http://stock.example/{address}"):
        outcome = await client.call(a_delivery(), url=url, timeout_seconds=AMPLE_SECONDS)
        assert isinstance(outcome, Answered | Failed)

    await client.aclose()
    resolver.close()


async def test_outside_a_call_there_is_no_end() -> None:
    """The usual timeouts apply alone."""
    network = Network(policy=AddressPolicy(), resolver=Resolver(), clock=Clock())

    assert network.left(3.0, httpcore.ReadTimeout) == 3.0
    assert network.left(None, httpcore.ReadTimeout) == float("inf")
