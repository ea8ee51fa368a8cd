"""When a breaker lets calls through: rules in tables, and any order of events against a plain model."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from service.fulfil.breaker import Breaker, BreakerPolicy, BreakerState, Permit

POLICY = BreakerPolicy()
GOOD, BAD = False, True


def call(breaker: Breaker, now: float, *, failed: bool) -> bool:
    """Whether a call that is over at once was admitted."""
    permit = breaker.admit(now)
    if permit is not None:
        breaker.report(permit, failed=failed, now=now)
    return permit is not None


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(POLICY)
    while breaker.state is BreakerState.CLOSED:
        call(breaker, now, failed=BAD)
    return breaker


@pytest.mark.parametrize(
    ("calls", "state", "reason"),
    [
        ("", BreakerState.CLOSED, "nothing has happened"),
        ("....................", BreakerState.CLOSED, "all is well"),
        ("xxxx", BreakerState.CLOSED, "four may be chance"),
        ("xxxxx", BreakerState.OPEN, "five are not"),
        ("x.x.x.x.x", BreakerState.OPEN, "half of them"),
        (".....xxxxx", BreakerState.OPEN, "half of the last ten"),
        ("xxxx......x", BreakerState.CLOSED, "one of the four is forgotten"),
        ("x..x..x..x..x..x..x..x..x..", BreakerState.CLOSED, "one in three is borne"),
        ("..........................xxxxx", BreakerState.OPEN, "however well it went before"),
    ],
)
def test_five_failures_in_ten_calls_open_it(calls: str, state: BreakerState, reason: str) -> None:
    """An x is a call that failed, a dot one that did not."""
    breaker = Breaker(POLICY)

    for outcome in calls:
        assert call(breaker, 0.0, failed=outcome == "x")

    assert breaker.state is state, reason


def test_while_it_is_open_nothing_goes_through_and_then_one_probe() -> None:
    """Whatever number asks at once; after the probe's success everybody is admitted."""
    breaker = opened(now=100.0)

    assert [breaker.admit(now) for now in (100.0, 102.0, 104.999)] == [None, None, None]
    permits = [breaker.admit(105.0) for _ in range(1_000)]
    assert [permit is not None for permit in permits] == [True] + [False] * 999
    assert breaker.state is BreakerState.PROBING

    assert permits[0] is not None
    breaker.report(permits[0], failed=GOOD, now=106.0)

    assert breaker.state is BreakerState.CLOSED
    assert all(breaker.admit(106.0) for _ in range(1_000))


def test_the_cool_down_doubles_to_a_cap_and_begins_anew() -> None:
    """A destination that stays away is asked less and less, but at least once a minute."""
    breaker, now, spans = opened(), 0.0, []
    for _ in range(7):
        began = now
        while not call(breaker, now, failed=BAD):
            now += 0.5
        spans.append(now - began)

    assert spans == [5, 10, 20, 40, 60, 60, 60]

    assert call(breaker, now + 60, failed=GOOD)
    for _ in range(5):
        assert call(breaker, now + 60, failed=BAD)
    assert breaker.state is BreakerState.OPEN
    assert not breaker.would_admit(now + 64.9)
    assert breaker.would_admit(now + 65)


def test_failures_from_before_it_opened_are_forgotten_once_it_closes() -> None:
    """After a probe's success it takes five new ones."""
    breaker = opened()
    assert call(breaker, 5.0, failed=GOOD)

    for _ in range(4):
        assert call(breaker, 5.0, failed=BAD)

    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("failed", [GOOD, BAD])
def test_late_reports_change_nothing(*, failed: bool) -> None:
    """Calls that were begun before it opened say nothing of the destination as it is now."""
    breaker = Breaker(POLICY)
    late = [breaker.admit(0.0) for _ in range(20)]
    for _ in range(5):
        call(breaker, 0.0, failed=BAD)

    def report_five() -> None:
        for _ in range(5):
            permit = late.pop()
            assert permit is not None
            breaker.report(permit, failed=failed, now=1.0)

    report_five()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.would_admit(4.9)

    probe = breaker.admit(5.0)
    report_five()
    assert breaker.state is BreakerState.PROBING

    assert probe is not None
    breaker.report(probe, failed=GOOD, now=6.0)
    report_five()
    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("failed", [GOOD, BAD])
def test_a_probe_that_never_reports_is_given_up(*, failed: bool) -> None:
    """After a minute and a half another one goes, and what the lost one says then is not listened to."""
    breaker = opened()
    lost = breaker.admit(5.0)
    assert lost is not None

    assert breaker.admit(94.9) is None
    probe = breaker.admit(95.0)
    assert probe is not None
    breaker.report(lost, failed=failed, now=95.1)

    assert breaker.state is BreakerState.PROBING
    assert breaker.admit(96.0) is None
    breaker.report(probe, failed=GOOD, now=97.0)
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_may_take_longer_than_any_rung() -> None:
    """A rung's timeout is at most sixty seconds."""
    assert POLICY.probe_seconds > 60


class AgainstAModel(RuleBasedStateMachine):
    """Calls begin, end, fail and get lost in any order, while time goes on.

    The model keeps what happened since the last change: outcomes while calls are made, a moment while they are not.
    """

    calls = Bundle("calls")

    @initialize()
    def start(self) -> None:
        self.breaker = Breaker(POLICY)
        self.now = 0.0
        self.outcomes: list[bool] | None = []
        """Of the period in which calls are made; `None` while they are not."""
        self.reopens_at = 0.0
        self.failed_probes = 0
        self.probe: Permit | None = None
        self.probe_began = 0.0
        self.current: list[Permit] = []
        """Permits of the running period, by identity."""

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 4.9, 5.0, 10.0, 59.0, 89.9, 90.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=calls)
    def begin(self) -> Permit | None:
        if self.outcomes is not None:
            expected = True
        elif self.probe is not None:
            expected = self.now >= self.probe_began + 90
        else:
            expected = self.now >= self.reopens_at
        assert self.breaker.would_admit(self.now) is expected
        permit = self.breaker.admit(self.now)
        assert (permit is not None) is expected
        if permit is not None and self.outcomes is None:
            self.probe, self.probe_began = permit, self.now
        elif permit is not None:
            self.current.append(permit)
        return permit

    @rule(permit=consumes(calls), failed=st.booleans() | st.just(BAD))
    def end(self, permit: Permit | None, *, failed: bool) -> None:
        if permit is None:
            return
        self.breaker.report(permit, failed=failed, now=self.now)
        if permit is self.probe:
            self.end_probe(failed=failed)
        elif self.outcomes is not None and any(permit is mine for mine in self.current):
            self.outcomes.append(failed)
            if self.outcomes[-10:].count(BAD) >= 5:
                self.shut(cool_down=5)

    @rule(permit=consumes(calls))
    def lose(self, permit: Permit | None) -> None:
        """Nobody ever reports it."""

    def end_probe(self, *, failed: bool) -> None:
        self.probe = None
        if failed:
            self.failed_probes += 1
            self.shut(cool_down=min(60, 5 * 2**self.failed_probes))
        else:
            self.outcomes, self.failed_probes = [], 0

    def shut(self, *, cool_down: float) -> None:
        self.outcomes, self.current = None, []
        self.reopens_at = self.now + cool_down

    @invariant()
    def state_is_the_model_s(self) -> None:
        if self.outcomes is not None:
            assert self.breaker.state is BreakerState.CLOSED
        else:
            assert self.breaker.state is (BreakerState.OPEN if self.probe is None else BreakerState.PROBING)


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
