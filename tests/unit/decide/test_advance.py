"""What comes of a call, and that every walk down a ladder comes to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from service.catalogue.schema import Catalogue, HttpRung, Path
from service.decide.advance import (
    MOST_CALLS,
    PATIENCE,
    SHORTEST_PATIENCE,
    AskCustomer,
    Done,
    LadderState,
    Next,
    NextRung,
    Over,
    TryAgain,
    advance,
)
from service.decide.ladder import SystemState
from service.domain.delivery import DeliveryOutcome, Reply
from service.domain.understanding import Channel

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
FIRST = {"kind": "http", "name": "stock", "url": "https://stock.example/lookup"}
SECOND = {"kind": "http", "name": "partner", "url": "https://partner.example/lookup"}
DESK = {"kind": "queue", "name": "desk", "hours": "Mo-Su 07:00-22:00", "max_wait_seconds": 60}
CALLBACK = {"kind": "callback", "name": "callback", "within": "PT4H"}
WRAP = {"kind": "http", "name": "gift-wrap", "url": "https://wrap.example/hold"}
NAME = {"field": "name", "why": "to write it on the parcel"}
DAY = {"kind": "callback", "name": "by-day", "within": "PT4H", "hours": "07:00-22:00"}
EVENING = {"kind": "email", "name": "by-night", "within": "P1D", "hours": "22:00-07:00"}

NO_ANSWER = st.sampled_from(sorted(set(DeliveryOutcome) - {DeliveryOutcome.SERVED, DeliveryOutcome.NEEDS_CUSTOMER}))
RUNGS = st.sampled_from([FIRST, SECOND, DESK, DAY, EVENING, {"kind": "self_service", "name": "page", "url": "/page"}])


def ladder(*rungs: dict[str, Any]) -> Path:
    """With names that differ, as those of a checked path do."""
    named = [rung | {"name": f"{rung['name']}-{position}"} for position, rung in enumerate(rungs)]
    return TypeAdapter(Path).validate_python({"name": "a_path", "rungs": named})


def standing_on(path: Path, **overrides: Any) -> LadderState:
    fields: dict[str, Any] = {"path": path, "position": 0, "channel": Channel.CHAT, "began_at": NOON}
    return LadderState(**fields | overrides)


def reply(outcome: DeliveryOutcome, **overrides: Any) -> Reply:
    return Reply(outcome=outcome, **overrides)


def led_to(following: Next) -> str:
    assert isinstance(following, NextRung)
    return following.placement.rung.name


def test_what_is_served_is_done(catalogue: Catalogue) -> None:
    """With all that was learnt."""
    answered = reply(DeliveryOutcome.SERVED, say="It is on the second floor.", data={"floor": 2})
    standing = standing_on(ladder(FIRST, CALLBACK), learned={"sku": "K-4471"})

    following = advance(standing, answered, catalogue=catalogue, at=NOON)

    assert following == Done(extra_mile=None, learned={"sku": "K-4471", "floor": 2})


@pytest.mark.parametrize(
    ("extra", "changes", "known", "goes"),
    [
        pytest.param({}, {}, SystemState(), True, id="nothing is in its way"),
        pytest.param({"needs": [NAME]}, {"told": frozenset({"name"})}, SystemState(), True, id="told what it needs"),
        pytest.param({"needs": [NAME]}, {}, SystemState(), False, id="it would have to ask"),
        pytest.param({"hours": "22:00-07:00"}, {}, SystemState(), False, id="closed"),
        pytest.param({"channels": ["voice"]}, {}, SystemState(), False, id="another channel's"),
        pytest.param({}, {}, SystemState(down=frozenset({"https://wrap.example"})), False, id="away"),
        pytest.param({}, {"is_extra_mile": True}, SystemState(), False, id="it was the extra mile already"),
    ],
)
def test_after_done_there_is_one_step_more(
    catalogue: Catalogue, extra: dict[str, Any], changes: dict[str, Any], known: SystemState, goes: bool
) -> None:
    """Where it costs the customer nothing."""
    path = ladder(FIRST, CALLBACK).model_copy(update={"extra_mile": HttpRung.model_validate(WRAP | extra)})
    with_path = catalogue.model_copy(update={"paths": {"a_path": path}})

    following = advance(
        standing_on(path, **changes), reply(DeliveryOutcome.SERVED), catalogue=with_path, at=NOON, known=known
    )

    assert isinstance(following, Done)
    assert (following.extra_mile is not None) is goes


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param(reply(DeliveryOutcome.CANNOT_SERVE), Over(), id="not this time"),
        pytest.param(reply(DeliveryOutcome.NEEDS_CUSTOMER), Over(), id="who is done is asked for nothing"),
        pytest.param(reply(DeliveryOutcome.REFUSED), Over(), id="refused"),
        pytest.param(
            reply(DeliveryOutcome.TIMEOUT, wait_seconds=2.0), TryAgain(at=NOON + timedelta(seconds=2)), id="slow"
        ),
    ],
)
def test_an_extra_mile_that_comes_to_nothing_ends_there(catalogue: Catalogue, answered: Reply, expected: Next) -> None:
    """No rung takes over: the errand is done."""
    standing = standing_on(ladder(FIRST, CALLBACK), is_extra_mile=True, position=-1)

    assert advance(standing, answered, catalogue=catalogue, at=NOON) == expected


def test_what_only_the_customer_knows_is_asked(catalogue: Catalogue) -> None:
    """The walk does not go past them."""
    needs = ({"field": "order number", "why": "to find the order"},)

    following = advance(
        standing_on(ladder(FIRST, CALLBACK)),
        reply(DeliveryOutcome.NEEDS_CUSTOMER, needs=needs),
        catalogue=catalogue,
        at=NOON,
    )

    assert following == AskCustomer(say=None, needs=needs)


def test_what_cannot_be_served_goes_to_the_next_rung_with_all_that_was_learnt(catalogue: Catalogue) -> None:
    """The newest word on a name counts."""
    standing = standing_on(ladder(FIRST, SECOND, CALLBACK), learned={"sku": "K-4471", "shop": "unknown"})
    answered = reply(DeliveryOutcome.CANNOT_SERVE, data={"shop": "north"})

    following = advance(standing, answered, catalogue=catalogue, at=NOON)

    assert led_to(following) == "partner-1"
    assert isinstance(following, NextRung)
    assert following.placement.dispatches
    assert following.learned == {"sku": "K-4471", "shop": "north"}


@pytest.mark.parametrize(
    ("calls", "wait_seconds", "since", "channel", "is_tried_again", "reason"),
    [
        (1, 1.0, 0, Channel.CHAT, True, "there is time"),
        (MOST_CALLS - 1, 1.0, 0, Channel.CHAT, True, "one call is left"),
        (MOST_CALLS, 1.0, 0, Channel.CHAT, False, "no call is left"),
        (1, None, 0, Channel.CHAT, False, "waiting does not help"),
        (1, 30.0, 0, Channel.CHAT, True, "at the last moment"),
        (1, 30.1, 0, Channel.CHAT, False, "the caller has gone by then"),
        (1, 1.0, 29.5, Channel.VOICE, False, "rungs before it have used the patience up"),
        (1, 60.0, 0, Channel.EMAIL, True, "an e-mail can wait"),
        (1, 3_600.0, 0, Channel.EMAIL, False, "but not for an hour"),
        (1, 60.0, 0, None, False, "who knows not the channel hurries"),
    ],
)
def test_it_is_tried_again_while_that_can_help(
    *, catalogue: Catalogue, calls: int, wait_seconds: float | None, since: float, channel: Channel | None,
    is_tried_again: bool, reason: str,
) -> None:  # fmt: skip
    """Within the calls that a rung gets, and the patience that customers have."""
    standing = standing_on(ladder(FIRST, CALLBACK), channel=channel)
    at = NOON + timedelta(seconds=since)
    came_to = reply(DeliveryOutcome.RETRY_LATER, calls=calls, wait_seconds=wait_seconds)

    following = advance(standing, came_to, catalogue=catalogue, at=at)

    if is_tried_again:
        assert following == TryAgain(at=at + timedelta(seconds=wait_seconds or 0)), reason
    else:
        assert led_to(following) == "callback-1", reason


def test_every_channel_has_its_patience() -> None:
    """None less than where people wait on the line."""
    assert PATIENCE.keys() == set(Channel)
    assert min(PATIENCE.values()) == SHORTEST_PATIENCE


@pytest.mark.parametrize(
    ("known", "at", "name", "reason"),
    [
        (SystemState(), NOON, "partner-1", "the next call"),
        (SystemState(down=frozenset({"https://partner.example"})), NOON, "desk-2", "its system is down"),
        (SystemState(down=frozenset({"https://partner.example"})), NIGHT, "callback-3", "and the desk is closed"),
    ],
)
def test_the_next_rung_is_the_next_that_serves_now(
    catalogue: Catalogue, known: SystemState, at: datetime, name: str, reason: str
) -> None:
    """By the hours, and by what is known of its system, as they are after the call."""
    standing = standing_on(ladder(FIRST, SECOND, DESK, CALLBACK), began_at=at)
    with_path = catalogue.model_copy(update={"paths": {"a_path": standing.path}})

    assert led_to(advance(standing, reply(DeliveryOutcome.REFUSED), catalogue=with_path, at=at, known=known)) == name, (
        reason
    )


def test_a_promise_above_is_taken_where_those_below_have_closed(catalogue: Catalogue) -> None:
    """The call began when the night's promise was open, and ended when the day's was."""
    path = ladder(DAY, FIRST, EVENING)
    with_path = catalogue.model_copy(update={"paths": {"a_path": path}})
    standing = standing_on(path, position=1)

    following = advance(standing, reply(DeliveryOutcome.TIMEOUT), catalogue=with_path, at=NOON)

    assert led_to(following) == "by-day-0"
    assert isinstance(following, NextRung)
    assert not following.placement.dispatches


@given(
    rungs=st.lists(RUNGS, min_size=1, max_size=8),
    channel=st.sampled_from([None, *Channel]),
    at=st.sampled_from([NOON, NIGHT]),
    data=st.data(),
)
def test_every_walk_ends(
    *, catalogue: Catalogue, rungs: list[dict[str, Any]], channel: Channel | None, at: datetime, data: st.DataObject
) -> None:
    """Whatever systems answer, it never goes up again to another call, and forgets nothing that it has learnt."""
    path = ladder(*rungs, CALLBACK)
    with_path = catalogue.model_copy(update={"paths": {"a_path": path}})
    standing = standing_on(path, position=-1, channel=channel, began_at=at)
    now, calls, handed_on = at, 0, 0
    came_to = reply(DeliveryOutcome.RUNG_GONE)

    for _ in range((MOST_CALLS + 1) * (len(path.rungs) + 1)):
        following = advance(standing, came_to, catalogue=with_path, at=now)
        if isinstance(following, TryAgain):
            assert now <= following.at <= at + max(PATIENCE.values())
            now = following.at
        else:
            assert isinstance(following, NextRung)
            assert following.learned.items() >= standing.learned.items()
            assert len(following.learned) == handed_on
            assert following.placement.position > standing.position
            if not following.placement.dispatches:
                return
            calls = 0
            standing = replace(standing, position=following.placement.position, learned=following.learned)
        calls += 1
        wait = data.draw(st.none() | st.floats(0, 60))
        outcome = data.draw(NO_ANSWER)
        came_to = reply(outcome, calls=calls, wait_seconds=wait, data={f"fact-{handed_on}": 1} if wait is None else {})
        handed_on += wait is None
    raise AssertionError("It goes on and on.")
