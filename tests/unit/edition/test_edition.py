"""An answer is of one edition, whatever takes its place meanwhile; what was published is checked before it is used."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.edition import PublishedEdition
from service.domain.ledger import Ledger
from service.domain.understanding import Speaker
from service.edition.edition import Edition, Opened, require_fit
from service.edition.factory import EditionFactory
from service.edition.loader import EditionLoader
from service.errors import BundleAwayError, BundleError, CatalogueError, EditionError
from service.measure.instruments import Instruments
from service.measure.observers import ContactObserver
from service.pipeline.incoming import IncomingContact, RawTurn
from service.record.identity import Identity
from service.record.recorder import DecisionWrite, Recorded
from service.understand.store import BundleStore
from tests.support.app import SATURDAY_NOON, UNDERSTOOD
from tests.support.editions import Source, content_of, make_sources, versions_in

Result = TypeVar("Result")
IDENTITY = Identity(b"k" * 32)
KINDS = ("intent", "route", "batch")


@dataclass
class Gate:
    """Stands wherever an answer waits for something, and lets one after another pass."""

    waiting: list[asyncio.Event] = field(default_factory=list)

    async def passed(self) -> None:
        mine = asyncio.Event()
        self.waiting.append(mine)
        await mine.wait()

    def let_one_pass(self, which: int) -> None:
        if self.waiting:
            self.waiting.pop(which % len(self.waiting)).set()


@dataclass
class GatedExecutor:
    """As the real one, with the gate in front."""

    gate: Gate
    has_room: bool = True

    async def run(self, function: Callable[[], Result]) -> Result:
        await self.gate.passed()
        return function()


@dataclass
class GatedRecorder:
    """Records nothing, behind the gate."""

    gate: Gate

    async def commit(self, write: DecisionWrite) -> Recorded:
        await self.gate.passed()
        return Recorded(decision_id=write.decision.decision_id, answer=write.answer, replayed=False)

    async def ledger(self, contact_key: str, _: Any) -> Ledger:
        await self.gate.passed()
        return Ledger(contact_key=contact_key)

    async def find_replay(self, *_: Any) -> None:
        await self.gate.passed()


@pytest.fixture(scope="module")
def sources(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    return make_sources(starter_bundle, tmp_path_factory.mktemp("sources"))


def a_library(home: Path, identity: Identity = IDENTITY, **variables: str) -> EditionLoader:
    return EditionLoader(store=BundleStore(folder=home / "bundles"), identity=identity, variables=variables)


def published(source: Source, number: int = 1, **overrides: str) -> PublishedEdition:
    return PublishedEdition(edition_id=number, content=content_of(source, IDENTITY, **overrides))


@pytest.fixture(scope="module")
def opened(sources: Sequence[Source], tmp_path_factory: pytest.TempPathFactory) -> list[Opened]:
    """Both, each opened as a worker opens what was published; the second beside the first."""
    library = a_library(tmp_path_factory.mktemp("home"))
    first = library.open(published(sources[0], 1))
    return [first, library.open(published(sources[1], 2), beside=first.bundle)]


def a_workshop(gate: Gate) -> EditionFactory:
    return EditionFactory(
        recorder=GatedRecorder(gate),  # type: ignore[arg-type]
        identity=IDENTITY,
        observer=ContactObserver(Instruments()),
        executor=GatedExecutor(gate),  # type: ignore[arg-type]
        down=frozenset,
        capacity=dict,
        on_dispatch=lambda: None,
        clock=lambda: SATURDAY_NOON,
        new_id=lambda: "0197f5a4-0000-7000-8000-000000000000",
        idempotency=timedelta(hours=24),
    )


async def ask(kind: str, edition: Edition, contact: int) -> list[dict[str, Any]]:
    """As the API does: with the edition that there was at the beginning."""
    approach = IncomingContact(turns=(RawTurn(speaker=Speaker.CUSTOMER, raw_text=UNDERSTOOD),), explain=True)
    if kind == "route":
        routed = await edition.pipeline.route(replace(approach, contact_id=f"call-{contact % 2}"))
        return [orjson.loads(routed.answer)]
    times = 3 if kind == "batch" else 1
    return [orjson.loads(await edition.pipeline.advise(approach)) for _ in range(times)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(KINDS)),
        st.tuples(st.just("pass"), st.integers(0, 7)),
        st.tuples(st.just("swap"), st.none()),
    ),
    max_size=24,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_mixes_two_editions(opened: list[Opened], steps: list[tuple[str, Any]]) -> None:
    """Each carries the versions of the edition that was in use as it began, however often that changed meanwhile."""

    async def play() -> None:
        gate, turn = Gate(), 0
        workshop = a_workshop(gate)
        edition = workshop.make(opened[0])
        asked: list[tuple[Edition, asyncio.Task[list[dict[str, Any]]]]] = []
        for what, which in steps:
            if what == "swap":
                turn = 1 - turn
                edition = workshop.make(opened[turn])
            elif what == "ask":
                asked.append((edition, asyncio.create_task(ask(which, edition, len(asked)))))
            else:
                gate.let_one_pass(which)
            for _ in range(5):
                await asyncio.sleep(0)
        while not all(task.done() for _, task in asked):
            gate.let_one_pass(0)
            await asyncio.sleep(0)
        for begun_with, task in asked:
            expected = (begun_with.bundle, begun_with.catalogue.version)
            for answer in await task:
                assert versions_in(answer) == expected
                titles = {goal["intent"]: goal["title"] for goal in answer["goals"]}
                assert titles.items() <= {n: i.title for n, i in begun_with.catalogue.intents.items()}.items()

    asyncio.run(play())


async def test_turns_of_a_contact_keep_their_order_over_a_swap(opened: list[Opened]) -> None:
    """The turn that came first, to the edition before, is applied first."""
    gate = Gate()
    workshop = a_workshop(gate)
    applied: list[str] = []

    async def speak(edition: Edition) -> None:
        (answer,) = await ask("route", edition, 0)
        applied.append(answer["catalogue"])

    before, after = workshop.make(opened[0]), workshop.make(opened[1])
    first = asyncio.create_task(speak(before))
    await asyncio.sleep(0)
    second = asyncio.create_task(speak(after))
    for _ in range(200):
        gate.let_one_pass(-1)  # whoever came last is let through first
        await asyncio.sleep(0)
    await asyncio.gather(first, second)

    assert applied == [before.catalogue.version, after.catalogue.version]


def test_what_both_editions_have_in_common_is_opened_once(opened: list[Opened]) -> None:
    """The encoder is most of a bundle; its version and what depends on the rows is each one's own."""
    first, second = (each.bundle for each in opened)

    assert first.encoder is second.encoder
    assert first.tokenizer is second.tokenizer
    assert first.cascade is not second.cascade
    assert first.cascade.version != second.cascade.version


def test_an_edition_that_nobody_uses_is_gone(sources: Sequence[Source], tmp_path: Path) -> None:
    """Without the garbage collector, which does not look at what was frozen at the start."""
    gate = Gate()
    workshop, library = a_workshop(gate), a_library(tmp_path)
    edition = workshop.make(library.open(published(sources[0])))
    gone = [weakref.ref(edition.opened.bundle.cascade), weakref.ref(edition.pipeline), weakref.ref(edition.catalogue)]
    gc.disable()
    try:
        del edition
        assert [each() for each in gone] == [None] * 3
    finally:
        gc.enable()


def test_what_was_sealed_under_another_secret_or_changed_is_not_opened(
    sources: Sequence[Source], tmp_path: Path
) -> None:
    """Whoever can write the rows, and does not know the secret, has nothing served and nothing fetched."""
    sound = published(sources[0])
    changed = [
        replace(sound, content=replace(sound.content, **change))
        for change in (
            {"catalogue": sound.content.catalogue.replace("Track an order", "Buy two for one")},
            {"bundle": "0" * 16},
            {"bundle_source": "https://elsewhere.example"},
            {"seal": ""},
        )
    ]

    for each in changed:
        with pytest.raises(EditionError, match="ERRAND_SECRET"):
            a_library(tmp_path).check(each)
    with pytest.raises(EditionError, match="ERRAND_SECRET"):
        a_library(tmp_path, Identity(b"another" * 5)).check(sound)

    assert not (tmp_path / "bundles").exists()


def test_a_bundle_that_does_not_fit_is_not_opened(sources: Sequence[Source], tmp_path: Path) -> None:
    """The catalogue has an intent that it does not know."""
    catalogue = sources[0].written
    written = catalogue.model_copy(
        update={"intents": {**catalogue.intents, "ask_for_the_moon": catalogue.intents["track_order"]}}
    )

    with pytest.raises(BundleError, match="ask_for_the_moon"):
        a_library(tmp_path).check(published(sources[0], catalogue=written.model_dump_json()))


def test_a_source_that_is_away_keeps_an_edition_from_being_opened(sources: Sequence[Source], tmp_path: Path) -> None:
    """Until its bundle is here."""
    away = published(sources[0], bundle_source="/nowhere")
    with pytest.raises(BundleAwayError):
        a_library(tmp_path).open(away)

    a_library(tmp_path).open(published(sources[0], 6))
    again = a_library(tmp_path).open(replace(away, edition_id=7))

    assert again.number == 7
    assert a_library(tmp_path).store.find_served() == 7
    require_fit(again.bundle.manifest, again.catalogue)


def test_a_variable_of_a_catalogue_is_needed_where_it_is_served(sources: Sequence[Source], tmp_path: Path) -> None:
    """The addresses of one machine are not those of another."""
    catalogue = sources[0].written
    path = catalogue.paths["track_order"]
    call = {"kind": "http", "name": "order-lookup", "url": "${ORDERS}/lookup"}
    written = catalogue.model_dump(mode="json")
    written["paths"]["track_order"]["rungs"] = [call, *written["paths"]["track_order"]["rungs"]]
    edition = published(sources[0], catalogue=orjson.dumps(written).decode())

    with pytest.raises(CatalogueError, match="ORDERS"):
        a_library(tmp_path).check(edition)
    filled = a_library(tmp_path, ORDERS="https://orders.example").check(edition)

    assert filled.paths["track_order"].calls[0].url == "https://orders.example/lookup"
    assert len(filled.paths["track_order"].rungs) == len(path.rungs) + 1
