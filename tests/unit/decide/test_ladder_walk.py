"""A contact is led down a ladder while desks close, systems fail and hours pass: it is never left standing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from service.catalogue.hours import OpeningHours
from service.catalogue.schema import Boundaries, Catalogue, Path, Policy, Rung
from service.decide.ladder import CapacityReport, Obstacle, Placement, SystemState, place
from service.domain.understanding import Channel

HOURS = (None, "Mo-Sa 08:00-20:00", "22:00-06:00", "Su", "24/7", "off")
NAMES = ("first", "second", "third")
PROBES = ("https://a.example/now", "https://b.example/now")
LONDON = {hours: OpeningHours.parse(hours, "Europe/London") for hours in HOURS if hours}

PROBED = st.none() | st.builds(lambda url: {"url": url, "every": "PT20S"}, st.sampled_from(PROBES))
KINDS = st.one_of(
    st.just({"kind": "self_service", "url": "/page"}),
    st.just({"kind": "callback", "within": "PT4H"}),
    st.just({"kind": "email", "within": "P1D"}),
    st.builds(lambda probe: {"kind": "queue", "max_wait_seconds": 60, "capacity": probe}, PROBED),
    st.builds(
        lambda probe, name: {"kind": "http", "url": f"https://{name}.example/v1", "capacity": probe},
        PROBED,
        st.sampled_from(NAMES),
    ),
)
RUNGS = st.builds(
    lambda rung, name, hours, channels: rung | {"name": name, "hours": hours, "channels": channels},
    KINDS,
    st.sampled_from(NAMES),
    st.sampled_from(HOURS),
    st.none() | st.lists(st.sampled_from(list(Channel)), min_size=1, max_size=3, unique=True),
)
PROMISE = {"kind": "callback", "name": "first", "within": "PT4H"}


def path_of(rungs: list[dict[str, Any]], name: str = "a_path") -> Path:
    return TypeAdapter(Path).validate_python({"name": name, "rungs": rungs})


ALL_HOURS = path_of([PROMISE | {"hours": hours} for hours in HOURS], "all_hours")
CATALOGUE = Catalogue(
    intents={}, paths={"all_hours": ALL_HOURS}, entry_points={}, boundaries=Boundaries(),
    policy=Policy(timezone="Europe/London"),
)  # fmt: skip


class Walk(RuleBasedStateMachine):
    """The model is the list of everything that speaks against a rung, told the long way."""

    @initialize(
        rungs=st.lists(RUNGS, max_size=6), channel=st.none() | st.sampled_from(list(Channel)), dispatch=st.booleans()
    )
    def begin(self, rungs: list[dict[str, Any]], channel: Channel | None, dispatch: bool) -> None:
        self.path = path_of([*rungs, PROMISE])
        self.channel = channel
        self.dispatch = dispatch
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.down: set[str] = set()
        self.reports: dict[str, CapacityReport] = {}
        self.visited: list[int] = []

    @rule(minutes=st.sampled_from([0.25, 0.75, 1, 600, 1_000]))
    def time_passes(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(named=st.sampled_from([*NAMES, *(f"https://{name}.example" for name in NAMES)]))
    def a_breaker_opens(self, named: str) -> None:
        self.down.add(named)

    @precondition(lambda self: self.down)
    @rule()
    def a_breaker_closes(self) -> None:
        self.down.remove(min(self.down))

    @rule(probe=st.sampled_from(PROBES), is_open=st.booleans(), waiting=st.sampled_from([0, 60, 61]))
    def a_probe_is_answered(self, probe: str, is_open: bool, waiting: float) -> None:
        self.reports[probe] = CapacityReport(open=is_open, waiting_seconds=waiting, told_at=self.at)

    @rule()
    def the_rung_cannot_serve(self) -> None:
        """Reported by whoever got the contact; it goes on below."""
        after = self.visited[-1] if self.visited else -1
        placement = self.placed(after)
        if placement.exhausted:
            assert not self.free_below(after)
        else:
            assert placement.position == min(self.free_below(after))
            assert placement.position not in self.visited
            self.visited.append(placement.position)

    @invariant()
    def there_is_a_placement_and_nothing_speaks_against_it(self) -> None:
        placement = self.placed(-1)
        assert not placement.exhausted
        assert placement.position == min(self.free_below(-1))
        assert not self.obstacles(placement.rung)

    @invariant()
    def order_is_kept_and_the_last_rung_accepts(self) -> None:
        placement = self.placed(-1)
        [*between, last] = [placement.rung, *placement.then]
        assert last is self.path.rungs[-1]
        assert [self.path.rungs[position] for position in self.free_below(-1)] == [*between, last]

    @invariant()
    def every_rung_above_is_told_with_an_obstacle_that_is_there(self) -> None:
        after = self.visited[-1] if self.visited else -1
        placement = self.placed(after)
        above = self.path.rungs[: placement.position]
        assert [passed.rung for passed in placement.passed_over] == list(above)
        for position, passed in enumerate(placement.passed_over):
            tried = {Obstacle.TRIED} if position <= after else set()
            assert passed.obstacle in self.obstacles(passed.rung) | tried
            assert passed.obstacle is Obstacle.TRIED or position != after

    @invariant()
    def only_a_call_is_dispatched(self) -> None:
        placement = self.placed(-1)
        assert placement.dispatches == (self.dispatch and placement.rung.kind == "http")

    def placed(self, after: int) -> Placement:
        known = SystemState(down=frozenset(self.down), capacity=self.reports)
        return place(
            self.path, CATALOGUE, at=self.at, channel=self.channel, known=known, after=after, dispatch=self.dispatch
        )

    def free_below(self, after: int) -> list[int]:
        return [p for p, rung in enumerate(self.path.rungs) if p > after and not self.obstacles(rung)]

    def obstacles(self, rung: Rung) -> set[Obstacle]:
        found = set()
        channels = rung.channels or [c for c in Channel if not (rung.kind == "self_service" and c is Channel.VOICE)]
        if self.channel is not None and self.channel not in channels:
            found.add(Obstacle.WRONG_CHANNEL)
        if rung.hours is not None and not LONDON[rung.hours].is_open(self.at):
            found.add(Obstacle.CLOSED_NOW)
        if rung.kind not in {"callback", "email"} and rung.name in self.down:
            found.add(Obstacle.DOWN)
        if rung.kind == "http" and rung.url.removesuffix("/v1") in self.down:
            found.add(Obstacle.DOWN)
        if rung.kind in {"queue", "http"} and rung.capacity is not None and rung.capacity.url in self.reports:
            report = self.reports[rung.capacity.url]
            if self.at - report.told_at <= timedelta(seconds=60):
                found |= {Obstacle.CLOSED_NOW} if not report.open else set()
                waits = rung.kind == "queue" and report.open and report.waiting_seconds > 60
                found |= {Obstacle.TOO_LONG_A_WAIT} if waits else set()
        return found


Walk.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestWalk = Walk.TestCase
