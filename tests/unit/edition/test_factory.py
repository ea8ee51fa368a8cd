"""An edition is made of one catalogue and one bundle, and shares with other editions all that outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import orjson
import pytest

from service.edition.edition import Edition, Opened
from service.edition.factory import EditionFactory
from service.measure.instruments import Instruments
from service.measure.observers import ContactObserver
from service.record.identity import Identity
from service.understand.bundle import open_bundle
from tests.support.app import SATURDAY_NOON, UNDERSTOOD
from tests.support.editions import Source, versions_in
from tests.support.recording import MemoryRecorder
from tests.support.spine import a_contact

Result = TypeVar("Result")
IDENTITY = Identity(b"k" * 32)


@dataclass
class SameThread:
    """An executor that works at once."""

    has_room: bool = True
    calls: int = 0

    async def run(self, function: Callable[[], Result]) -> Result:
        self.calls += 1
        return function()


@dataclass
class Bench:
    """A factory, and what its editions act on."""

    recorder: MemoryRecorder = field(default_factory=MemoryRecorder)
    executor: SameThread = field(default_factory=SameThread)
    down: set[str] = field(default_factory=set)
    ids: Any = field(default_factory=lambda: count(1))

    def factory(self, *, hours: int = 24) -> EditionFactory:
        held: Any = self
        return EditionFactory(
            recorder=held.recorder,
            identity=IDENTITY,
            observer=ContactObserver(Instruments()),
            executor=held.executor,
            down=lambda: frozenset(self.down),
            capacity=dict,
            on_dispatch=lambda: None,
            clock=lambda: SATURDAY_NOON,
            new_id=lambda: f"id-{next(self.ids)}",
            idempotency=timedelta(hours=hours),
        )


@pytest.fixture(scope="module")
def opened(sources: Sequence[Source]) -> list[Opened]:
    """Both versions, each with its own catalogue."""
    return [
        Opened(number=number, catalogue=source.written, bundle=open_bundle(source.bundle))
        for number, source in enumerate(sources, 1)
    ]


async def routed(edition: Edition, contact_id: str) -> dict[str, Any]:
    answer = await edition.pipeline.route(a_contact(UNDERSTOOD, contact_id=contact_id))
    found: dict[str, Any] = orjson.loads(answer.answer)
    return found


async def test_an_edition_answers_with_its_own_catalogue_and_bundle(opened: Sequence[Opened]) -> None:
    """Advice, decisions and follow-ups carry its versions."""
    factory = Bench().factory()
    for each in opened:
        edition = factory.make(each)
        advice = orjson.loads(await edition.pipeline.advise(a_contact(UNDERSTOOD)))
        answer = await routed(edition, f"call-{each.number}")

        assert edition.number == each.number
        assert versions_in(advice) == versions_in(answer) == (edition.bundle, each.catalogue.version)
        assert (edition.bundle, edition.catalogue) == (each.bundle.manifest.version, each.catalogue)


async def test_a_contact_goes_on_in_the_next_edition(opened: Sequence[Opened]) -> None:
    """Both editions read and write the same record, so a repeat finds its first answer."""
    bench = Bench()
    factory = bench.factory()
    first, second = [factory.make(each) for each in opened]

    answer = await routed(first, "call-1")
    again = await routed(second, "call-1")
    found = await second.follow_up.look_up("call-1")

    assert again == answer
    assert found["decisions"] == [answer["decision_id"]]


async def test_editions_share_the_order_of_turns(opened: Sequence[Opened]) -> None:
    """A turn of the newer edition waits for one of the older."""
    factory = Bench().factory()
    first, second = [factory.make(each) for each in opened]
    behind = asyncio.Event()

    async def turn() -> None:
        async with second.pipeline.turn_order.queue("call-1") as place:
            await place.reached()
            behind.set()

    async with first.pipeline.turn_order.queue("call-1") as place:
        await place.reached()
        waiting = asyncio.create_task(turn())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not behind.is_set()
    await waiting

    assert behind.is_set()


@pytest.mark.parametrize(
    ("hours", "retention", "expected", "reason"),
    [
        (24, "P30D", timedelta(hours=24), "the setting, as usual"),
        (24 * 60, "P30D", timedelta(days=30), "an answer is not kept longer than its decision"),
    ],
)
async def test_answers_are_kept_for_repeats_as_long_as_decisions_at_most(
    opened: Sequence[Opened], hours: int, retention: str, expected: timedelta, reason: str
) -> None:
    """The shorter of both times counts."""
    bench, catalogue = Bench(), opened[0].catalogue
    policy = catalogue.policy.model_copy(update={"retention": retention})
    edition = bench.factory(hours=hours).make(
        replace(opened[0], catalogue=catalogue.model_copy(update={"policy": policy}))
    )

    await routed(edition, "call-1")

    key = bench.recorder.commits[0].idempotency
    assert key is not None
    assert key.retention == expected, reason


async def test_the_encoder_works_in_the_executor(opened: Sequence[Opened]) -> None:
    """The event loop stays free for others."""
    bench = Bench()
    edition = bench.factory().make(opened[0])

    await edition.judge.judge("Your parcel comes tomorrow.", seconds_left=60.0)

    assert bench.executor.calls == 1


def test_the_walk_knows_the_systems_of_its_own_catalogue(sources: Sequence[Source]) -> None:
    """A system that only another edition calls says nothing."""
    call = {"kind": "http", "name": "order-lookup", "url": "https://orders.example/lookup"}
    written = sources[0].written.model_dump(mode="json")
    written["paths"]["track_order"]["rungs"] = [call, *written["paths"]["track_order"]["rungs"]]
    bench = Bench(down={"https://orders.example", "https://elsewhere.example"})
    catalogue = type(sources[0].written).model_validate(written)

    edition = bench.factory().make(Opened(number=None, catalogue=catalogue, bundle=open_bundle(sources[0].bundle)))

    assert edition.walk.known().down == {"https://orders.example"}
