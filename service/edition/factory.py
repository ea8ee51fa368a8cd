"""Makes an edition: the pipeline, and all other objects that answer with one catalogue and one bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.catalogue.schema import Catalogue
from service.domain.delivery import CapacityReport
from service.edition.edition import Edition, Opened
from service.measure.observers import ContactObserver
from service.pipeline.decider import Decider
from service.pipeline.follow_up import FollowUp
from service.pipeline.ladder_walk import LadderWalk
from service.pipeline.pipeline import Pipeline
from service.pipeline.reader import ContactReader
from service.pipeline.routing import Routing
from service.pipeline.turn_order import TurnOrder
from service.record.identity import Identity
from service.record.recorder import Recorder
from service.redact.chain import Redactor
from service.understand.cascade import ServedCascade
from service.understand.classifier import Classifier
from service.understand.executor import BoundedExecutor
from service.understand.firewall.content_judge import ServedJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFactory:
    """Makes editions, and holds all that outlives an edition. One instance a worker."""

    recorder: Recorder
    identity: Identity
    observer: ContactObserver
    executor: BoundedExecutor
    down: Callable[[], frozenset[str]]
    """Origins that would not be called now."""
    capacity: Callable[[], Mapping[str, CapacityReport]]
    """The last report of each capacity probe."""
    on_dispatch: Callable[[], None]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    idempotency: timedelta
    redactor: Redactor = field(default_factory=Redactor)
    turn_order: TurnOrder = field(default_factory=TurnOrder)

    def make(self, opened: Opened) -> Edition:
        """The edition of a catalogue and a bundle that are opened."""
        catalogue, cascade = opened.catalogue, opened.bundle.cascade
        walk = LadderWalk(
            catalogue=catalogue, down=self.down, capacity=self.capacity, clock=self.clock, new_id=self.new_id
        )
        decider = Decider(catalogue=catalogue, bundle=cascade.version, walk=walk, new_id=self.new_id)
        return Edition(
            opened=opened,
            pipeline=self._pipeline(catalogue, ServedCascade(cascade, self.executor), decider),
            follow_up=self._follow_up(catalogue, decider, walk),
            walk=walk,
            judge=ServedJudge(opened.bundle.judge, self.executor),
        )

    def _pipeline(self, catalogue: Catalogue, classifier: Classifier, decider: Decider) -> Pipeline:
        return Pipeline(
            catalogue=catalogue,
            reader=ContactReader(redactor=self.redactor, classifier=classifier, catalogue=catalogue),
            routing=Routing(
                catalogue=catalogue,
                decider=decider,
                recorder=self.recorder,
                identity=self.identity,
                new_id=self.new_id,
            ),
            recorder=self.recorder,
            identity=self.identity,
            observer=self.observer,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            # An answer is kept for its repeats at most as long as its decision.
            idempotency_retention=min(self.idempotency, catalogue.policy.retention_span),
            turn_order=self.turn_order,
        )

    def _follow_up(self, catalogue: Catalogue, decider: Decider, walk: LadderWalk) -> FollowUp:
        return FollowUp(
            catalogue=catalogue,
            recorder=self.recorder,
            identity=self.identity,
            observer=self.observer,
            decider=decider,
            walk=walk,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            new_id=self.new_id,
        )
