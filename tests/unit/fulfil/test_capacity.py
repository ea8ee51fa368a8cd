"""What capacity probes are told is kept; whatever else comes back leaves the last report as it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from service.catalogue.loader import load_catalogue, starter_folder
from service.domain.delivery import CapacityReport, DeliveryOutcome
from service.fulfil.capacity import CapacityPoller, Probe, open_capacity_poller, probes_of
from service.fulfil.exchange import http_client
from service.fulfil.network import open_network
from tests.support.catalogues import write_catalogue
from tests.support.decisions import NOON
from tests.support.fulfilment import (
    AMPLE_SECONDS,
    BEHAVIOURS,
    Behaviour,
    FulfilmentSystem,
    answers,
    fulfilment_system,
    in_turn,
    until,
)

SHORT_SECONDS = 0.15
"""A timeout for calls that would never end."""
CANARY = "desk-4471"
PATH = f"room?key={CANARY}"
"""Of the address; the canary must not be told in the log."""
ROOM = answers(open=True, waiting_seconds=40)
CLOSED = answers(open=False, waiting_seconds=0)
KINDS = {
    "error": DeliveryOutcome.STATUS,
    "refused": DeliveryOutcome.STATUS,
    "later": DeliveryOutcome.STATUS,
    "moved": DeliveryOutcome.REDIRECT,
    "served": DeliveryOutcome.INVALID_ANSWER,
    "not-json": DeliveryOutcome.INVALID_ANSWER,
    "no-content": DeliveryOutcome.INVALID_ANSWER,
    "packed": DeliveryOutcome.INVALID_ANSWER,
    "huge": DeliveryOutcome.TOO_LARGE,
    "huge-headers": DeliveryOutcome.CUT,
    "cut": DeliveryOutcome.CUT,
    "no-http": DeliveryOutcome.CUT,
    "silent": DeliveryOutcome.TIMEOUT,
    "slow-headers": DeliveryOutcome.TIMEOUT,
    "trickle": DeliveryOutcome.TIMEOUT,
}

Told = CapacityReport | DeliveryOutcome


def a_probe(url: str, **overrides: Any) -> Probe:
    fields: dict[str, Any] = {
        "url": url,
        "origin": url.partition("/room")[0],
        "every_seconds": 10.0,
        "timeout_seconds": AMPLE_SECONDS,
        "queues": ("order-desk",),
    }
    return Probe(**fields | overrides)


def a_report(told_at: datetime = NOON, *, is_open: bool = True, waiting_seconds: float = 40.0) -> CapacityReport:
    return CapacityReport(open=is_open, waiting_seconds=waiting_seconds, told_at=told_at)


@dataclass
class Bench:
    """A poller whose pauses last until they are ended, at a time that stands still until it is moved."""

    now: datetime = NOON
    draws: Sequence[float] = (0.5,)
    told: list[Told] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    over: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def poller(self, http: httpx.AsyncClient) -> CapacityPoller:
        draws = cycle(self.draws)
        return CapacityPoller(
            http=http,
            clock=lambda: self.now,
            on_probe=lambda _, told: self.told.append(told),
            sleep=self.sleep,
            draw=lambda: next(draws),
        )

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.over.acquire()

    async def ask(self, poller: CapacityPoller, probe: Probe) -> Told:
        """What the probe is told the first time."""
        asked = len(self.told)
        asking = asyncio.create_task(poller.keep_asking(probe))
        await until(lambda: len(self.told) > asked)
        asking.cancel()
        return self.told[-1]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def reaches(count: int, found: Sequence[object]) -> Callable[[], bool]:
    return lambda: len(found) >= count


@contextlib.asynccontextmanager
async def asking(
    bench: Bench, behaviour: Behaviour, *, allowed: Sequence[str] = ("127.0.0.1",)
) -> AsyncIterator[tuple[CapacityPoller, Probe, FulfilmentSystem]]:
    """A poller over real connections, of which it has one: had a failure lost it, nothing would work any more."""
    async with (
        fulfilment_system({PATH: behaviour, "served": BEHAVIOURS["served"]}) as system,
        open_network(allowed) as open_transport,
        http_client(open_transport(connections=1)) as http,
    ):
        yield bench.poller(http), a_probe(system.url(PATH)), system


async def test_it_is_asked_at_once_and_then_at_intervals(bench: Bench) -> None:
    """Not all of the same length: replicas that were started together do not go on asking together."""
    bench.draws = (0.5, 0.0, 1.0)
    async with asking(bench, in_turn(ROOM, CLOSED)) as (poller, probe, system):
        task = asyncio.create_task(poller.keep_asking(probe))
        for times in (1, 2, 3):
            await until(reaches(times, bench.pauses))
            assert len(system.received) == times
            bench.now += timedelta(seconds=10)
            bench.over.release()
        task.cancel()
        await poller.aclose()

    assert bench.pauses[:3] == [10.0, 8.0, 12.0]
    assert bench.told[:2] == [a_report(), a_report(NOON + timedelta(seconds=10), is_open=False, waiting_seconds=0.0)]
    headers = system.received[0].headers
    assert (headers["accept"], headers["accept-encoding"]) == ("application/json", "identity")


@pytest.mark.parametrize(("behaviour", "kind"), KINDS.items())
async def test_a_probe_that_fails_leaves_the_last_report(bench: Bench, behaviour: str, kind: DeliveryOutcome) -> None:
    """However often it fails; it is said once, and once more when it works again, and nothing else is called."""
    never_ends = {DeliveryOutcome.TIMEOUT}
    bad = BEHAVIOURS[behaviour]
    with capture_logs() as logs:
        async with asking(bench, in_turn(ROOM, bad, bad, CLOSED)) as (poller, probe, system):
            failing = replace(probe, timeout_seconds=SHORT_SECONDS) if kind in never_ends else probe
            first = await bench.ask(poller, probe)
            bench.now += timedelta(seconds=15)
            failures = [await bench.ask(poller, failing) for _ in range(2)]
            kept = poller.reports()
            recovered = await bench.ask(poller, probe)
            now_kept = poller.reports()

    assert failures == [kind, kind]
    assert kept == {probe.url: first} == {probe.url: a_report()}
    assert now_kept == {probe.url: recovered}
    assert recovered == a_report(bench.now, is_open=False, waiting_seconds=0.0)
    assert [received.path for received in system.received] == [f"/{PATH}"] * 4
    assert [(entry["event"], entry["log_level"], entry["origin"]) for entry in logs] == [
        ("capacity_probe_fails", "warning", probe.origin),
        ("capacity_probe_works_again", "info", probe.origin),
    ]
    assert CANARY not in str(logs)


async def test_private_addresses_are_asked_only_where_they_are_allowed(bench: Bench) -> None:
    """As with calls: a catalogue alone does not open the network that the service is in."""
    async with asking(bench, ROOM, allowed=()) as (poller, probe, system):
        told = await bench.ask(poller, probe)

    assert told is DeliveryOutcome.ADDRESS_REFUSED
    assert (poller.reports(), system.connections) == ({}, 0)


async def test_what_is_no_address_is_not_asked(bench: Bench) -> None:
    """It fails like any other."""
    async with asking(bench, ROOM) as (poller, _, system):
        told = await bench.ask(poller, a_probe("https://desk.example:99999/room", origin=None))

    assert (told, system.connections) == (DeliveryOutcome.ADDRESS_REFUSED, 0)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"open": true, "waiting_seconds": 40}', a_report()),
        (b'{"open": true, "waiting_seconds": 40.0, "agents": [1, 2], "desk": "north"}', a_report()),
        (b'{"open": false, "waiting_seconds": 0}', a_report(is_open=False, waiting_seconds=0.0)),
        *(
            (body, DeliveryOutcome.INVALID_ANSWER)
            for body in (
                b"",
                b"[]",
                b"true",
                b"{}",
                b'{"open": true}',
                b'{"waiting_seconds": 40}',
                b'{"open": 1, "waiting_seconds": 40}',
                b'{"open": "true", "waiting_seconds": 40}',
                b'{"open": null, "waiting_seconds": 40}',
                b'{"open": true, "waiting_seconds": null}',
                b'{"open": true, "waiting_seconds": "40"}',
                b'{"open": true, "waiting_seconds": true}',
                b'{"open": true, "waiting_seconds": -1}',
                b'{"open": true, "waiting_seconds": NaN}',
                b'{"open": true, "waiting_seconds": Infinity}',
                b'{"open": true, "waiting_seconds": 1e999}',
                b'{"open": true, "waiting_seconds": 1' + b"0" * 400 + b"}",
                b'{"open": true, "waiting_seconds": 40, "desk": "\xff"}',
                b"[" * 60_000,
            )
        ),
    ],
)
async def test_an_answer_says_exactly_what_it_means(bench: Bench, body: bytes, told: Told) -> None:
    """Nothing is guessed, and what is not asked for is ignored."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with http_client(transport) as http:
        assert await bench.ask(bench.poller(http), a_probe("https://desk.example/room")) == told


async def test_closing_waits_for_calls_and_one_does_not_hold_up_another() -> None:
    """Nothing on its way is cut off: it ends by its timeout at the latest."""
    may_answer, told = asyncio.Event(), dict[str, Told]()

    async def held(writer: asyncio.StreamWriter) -> bool:
        await may_answer.wait()
        return await ROOM(writer)

    def note(probe: Probe, report: Told) -> None:
        told[probe.url] = report

    async with fulfilment_system({"room": ROOM, "room-of-others": held}) as system:
        swift, slow = a_probe(system.url("room")), a_probe(system.url("room-of-others"))
        async with (
            open_network(["127.0.0.1"]) as open_transport,
            open_capacity_poller(
                open_transport,
                [slow, swift],
                clock=lambda: NOON,
                on_probe=note,
            ) as poller,
        ):
            await until(lambda: swift.url in told and len(system.received) == 2)
            assert poller.reports() == {swift.url: a_report()}
            asyncio.get_running_loop().call_later(0.05, may_answer.set)

    assert may_answer.is_set()
    assert told == {swift.url: a_report(), slow.url: a_report()}


async def test_a_mistake_of_ours_is_said_and_does_not_end_the_asking(bench: Bench) -> None:
    """Without the error's own words."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(CANARY)

    with capture_logs() as logs:
        async with http_client(httpx.MockTransport(fail)) as http:
            task = asyncio.create_task(bench.poller(http).keep_asking(a_probe("https://desk.example/room")))
            await until(lambda: len(bench.pauses) == 1)
            bench.over.release()
            await until(lambda: len(bench.pauses) == 2)
            task.cancel()

    assert logs == [{"event": "capacity_probe_broke_off", "error": "RuntimeError", "log_level": "error"}] * 2


def test_an_address_is_asked_once_for_all_rungs(tmp_path: Path) -> None:
    """As often as the rung that wants it most often; also for the step after done."""
    room = "https://desk.example/room"
    promise = {"kind": "callback", "name": "call-back", "within": "PT4H"}

    def desk(name: str, **capacity: Any) -> dict[str, Any]:
        return {"kind": "queue", "name": name, "max_wait_seconds": 60, "capacity": {"url": room, **capacity}}

    lookup = {
        "kind": "http",
        "name": "lookup",
        "url": "https://orders.example:8443/lookup",
        "capacity": {"url": "https://orders.example:8443/room", "every": "PT1M", "timeout_seconds": 3},
    }
    survey = {**lookup, "name": "survey", "capacity": {"url": "http://survey.example/room"}}
    catalogue = load_catalogue(
        write_catalogue(
            tmp_path,
            paths={
                "make_booking": {"rungs": [desk("order-desk", timeout_seconds=2), lookup, promise]},
                "track_order": {"rungs": [desk("late-desk", every="PT5S"), promise], "extra_mile": survey},
            },
        )
    )

    assert {
        (probe.origin, probe.every_seconds, probe.timeout_seconds, probe.queues) for probe in probes_of(catalogue)
    } == {
        ("https://desk.example", 5.0, 1.0, ("late-desk", "order-desk")),
        ("https://orders.example:8443", 60.0, 3.0, ()),
        ("http://survey.example", 15.0, 1.0, ()),
    }


def test_a_catalogue_that_probes_nothing_asks_nobody() -> None:
    assert probes_of(load_catalogue(starter_folder())) == ()


async def test_another_catalogue_is_gone_over_to(bench: Bench) -> None:
    """What both probe goes on as it was; what only the old one does is asked no more, and its report forgotten."""
    async with (
        fulfilment_system({"room": ROOM, "room-before": ROOM, "room-after": CLOSED}) as system,
        open_network(["127.0.0.1"]) as open_transport,
        http_client(open_transport(connections=3)) as http,
    ):
        both, before, after = (a_probe(system.url(path)) for path in ("room", "room-before", "room-after"))
        poller = bench.poller(http)
        poller.turn_to([both, before])
        await until(reaches(2, bench.pauses))

        poller.turn_to([both, after])
        await until(reaches(3, bench.pauses))
        told = set(poller.reports())
        bench.over.release()
        bench.over.release()
        await until(reaches(5, bench.pauses))
        await poller.aclose()

    assert told == {both.url, after.url}
    asked = [received.path for received in system.received]
    assert (asked.count("/room"), asked.count("/room-before"), asked.count("/room-after")) == (2, 1, 2)
