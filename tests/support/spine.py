"""The way of a contact, put together for tests: a classifier of a few words, a record in memory, a clock that waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue
from service.domain.decision import Decision
from service.domain.delivery import CapacityReport
from service.domain.ledger import Agenda
from service.domain.understanding import NO_GOAL_YET, Candidate, Prediction, Speaker, Stage, Thresholds
from service.measure.instruments import Instruments
from service.measure.observers import ContactObserver
from service.pipeline.decider import Decider
from service.pipeline.follow_up import FollowUp
from service.pipeline.incoming import IncomingContact, RawTurn
from service.pipeline.ladder_walk import LadderWalk
from service.pipeline.pipeline import Pipeline
from service.pipeline.reader import ContactReader
from service.pipeline.routing import Routing
from service.pipeline.turn_order import TurnOrder
from service.record.identity import Identity
from service.redact.chain import Redactor
from tests.support.app import Clock, Metrics
from tests.support.catalogues import write_catalogue
from tests.support.recording import MemoryRecorder

WORDS = {"book": "make_booking", "cancel": "cancel_booking", "parcel": "track_order", "person": "speak_to_human"}
SCOPELESS = "weather"
ORDER = {"field": "order number", "why": "to find the order"}
POSTCODE = {"field": "postcode", "why": "to find the depot"}
LOOKUP = {"kind": "http", "name": "order-lookup", "url": "https://orders.example/lookup", "needs": [ORDER]}
DEPOT = {"kind": "http", "name": "depot", "url": "https://depot.example/find", "needs": [POSTCODE]}
ORDER_EMAIL = {"kind": "email", "name": "order-email", "within": "P1D"}


def spine_catalogue(folder: Path, **overrides: Mapping[str, Any]) -> Catalogue:
    """The minimal catalogue with two calls and an email behind `track_order`."""
    paths = {"track_order": {"rungs": [LOOKUP, DEPOT, ORDER_EMAIL]}, **overrides.pop("paths", {})}
    return load_catalogue(write_catalogue(folder, paths=paths, **overrides))


@dataclass(kw_only=True)
class WordClassifier:
    """Knows four words. One of them is sure, two of them are ambiguous, none of them is no goal."""

    version: str = "words"
    labels: tuple[str, ...] = (*sorted(WORDS.values()), NO_GOAL_YET)
    thresholds: Thresholds = field(default_factory=lambda: Thresholds(accept=0.9, scope=0.5, ambiguous=0.2))
    seconds_left: list[float | None] = field(default_factory=list)
    cut_short: bool = False

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        self.seconds_left.append(seconds_left)
        found = [intent for word, intent in WORDS.items() if word in utterance.lower()] or [NO_GOAL_YET]
        ranked = [*found, *(label for label in self.labels if label not in found)][:top_k]
        sure = 0.96 / len(found)
        return Prediction(
            candidates=tuple(Candidate(intent=label, confidence=sure if label in found else 0.01) for label in ranked),
            in_scope=0.1 if SCOPELESS in utterance else 0.99,
            stage=Stage.LEXICAL,
            lexical_seconds=0.001,
            encoder_seconds=0.0,
            cut_short=self.cut_short,
        )

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> None:
        return None


@dataclass(frozen=True, kw_only=True)
class Spine:
    """One way of a contact, and all that it acts on."""

    catalogue: Catalogue
    classifier: WordClassifier
    recorder: MemoryRecorder
    identity: Identity
    clock: Clock
    instruments: Instruments
    pipeline: Pipeline
    follow_up: FollowUp
    decider: Decider
    routing: Routing
    woken: list[str]
    """One entry for each time that the deliverer was told of calls to make."""

    async def route(self, text: str = "", **fields: Any) -> dict[str, Any]:
        """The answer to a routed text."""
        routed = await self.pipeline.route(a_contact(text, **fields))
        answer: dict[str, Any] = orjson.loads(routed.answer)
        return answer

    def decision(self, answer: Mapping[str, Any]) -> Decision:
        return self.recorder.decisions[answer["decision_id"]]

    def agenda(self, contact_id: str) -> Agenda:
        return self.recorder.ledgers[self.identity.contact_key(contact_id)].agenda

    def states(self, contact_id: str) -> dict[str, str]:
        """The state of each goal of a contact."""
        return {goal.intent: goal.state.value for goal in self.agenda(contact_id).goals}

    def counted(self, name: str, **labels: str) -> float:
        """The sum of a metric over all samples with these labels."""
        return Metrics(self.instruments.exposition()[0].decode()).total(name, **labels)


def a_contact(text: str = "", **fields: Any) -> IncomingContact:
    """A contact of one turn, unless `turns` says otherwise."""
    turns = (RawTurn(speaker=Speaker.CUSTOMER, raw_text=text),) if text else ()
    return IncomingContact(**{"turns": turns, **fields})


def a_spine(
    catalogue: Catalogue,
    *,
    down: Collection[str] = (),
    capacity: Mapping[str, CapacityReport] | None = None,
    recorder: MemoryRecorder | None = None,
    name: str = "one",
) -> Spine:
    """The objects of one edition, as its factory joins them. Replicas of other names may share a recorder."""
    recorder, identity, clock, instruments = recorder or MemoryRecorder(), Identity(b"k" * 32), Clock(), Instruments()
    classifier, numbers, woken = WordClassifier(), count(1), list[str]()
    held: Any = recorder

    def new_id() -> str:
        return f"{name}-{next(numbers)}"

    def on_dispatch() -> None:
        woken.append("woken")

    walk = LadderWalk(
        catalogue=catalogue,
        down=lambda: frozenset(down),
        capacity=lambda: capacity or {},
        clock=clock,
        new_id=new_id,
    )
    decider = Decider(catalogue=catalogue, bundle=classifier.version, walk=walk, new_id=new_id)
    observer = ContactObserver(instruments)
    routing = Routing(catalogue=catalogue, decider=decider, recorder=held, identity=identity, new_id=new_id)
    return Spine(
        catalogue=catalogue,
        classifier=classifier,
        recorder=recorder,
        identity=identity,
        clock=clock,
        instruments=instruments,
        decider=decider,
        routing=routing,
        pipeline=Pipeline(
            catalogue=catalogue,
            reader=ContactReader(redactor=Redactor(), classifier=classifier, catalogue=catalogue),
            routing=routing,
            recorder=held,
            identity=identity,
            observer=observer,
            on_dispatch=on_dispatch,
            clock=clock,
            idempotency_retention=timedelta(hours=24),
            turn_order=TurnOrder(),
        ),
        follow_up=FollowUp(
            catalogue=catalogue,
            recorder=held,
            identity=identity,
            observer=observer,
            decider=decider,
            walk=walk,
            on_dispatch=on_dispatch,
            clock=clock,
            new_id=new_id,
        ),
        woken=woken,
    )
