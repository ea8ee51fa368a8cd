"""Makes an edition: the pipeline and all that answers with one catalogue and one bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.domain.delivery import CapacityReport
from service.edition.edition import Edition, Opened
from service.measure.instruments import Instruments
from service.pipeline.follow_up import FollowUp
from service.pipeline.ladder_walk import LadderWalk
from service.pipeline.pipeline import Pipeline
from service.pipeline.turn_order import TurnOrder
from service.record.identity import Identity
from service.record.recorder import Recorder
from service.redact.chain import Redactor
from service.understand.cascade import ServedCascade
from service.understand.executor import BoundedExecutor
from service.understand.firewall.content_judge import ServedJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFactory:
    """What editions are made in, and what outlives them; one a worker."""

    recorder: Recorder
    identity: Identity
    instruments: Instruments
    executor: BoundedExecutor
    down: Callable[[], frozenset[str]]
    capacity: Callable[[], Mapping[str, CapacityReport]]
    on_dispatch: Callable[[], None]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    idempotency: timedelta
    redactor: Redactor = field(default_factory=Redactor)
    turn_order: TurnOrder = field(default_factory=TurnOrder)

    def make(self, opened: Opened) -> Edition:
        catalogue, cascade = opened.catalogue, opened.bundle.cascade
        walk = LadderWalk(
            catalogue=catalogue, down=self.down, capacity=self.capacity, clock=self.clock, new_id=self.new_id
        )
        pipeline = Pipeline(
            catalogue=catalogue,
            classifier=ServedCascade(cascade, self.executor),
            redactor=self.redactor,
            recorder=self.recorder,
            identity=self.identity,
            instruments=self.instruments,
            walk=walk,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            new_id=self.new_id,
            # an answer is not kept for its repeats longer than its decision
            idempotency_retention=min(self.idempotency, catalogue.policy.retention_span),
            turn_order=self.turn_order,
        )
        follow_up = FollowUp(
            catalogue=catalogue,
            recorder=self.recorder,
            identity=self.identity,
            instruments=self.instruments,
            decider=pipeline.decider,
            walk=walk,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            new_id=self.new_id,
        )
        return Edition(
            opened=opened,
            pipeline=pipeline,
            follow_up=follow_up,
            walk=walk,
            judge=ServedJudge(opened.bundle.judge, self.executor),
        )
