"""Which rung of a path takes a contact: the first that is open, serves the channel and can be carried out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from service.catalogue.loader import load_catalogue, starter_folder
from service.catalogue.schema import Catalogue, HttpRung, Path, Rung
from service.decide.ladder import CapacityReport, Obstacle, SystemState, place
from service.domain.understanding import Channel

TUESDAY_NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
CHANNELS = (None, *Channel)
STARTER = load_catalogue(starter_folder())

PAGE = {"kind": "self_service", "name": "page", "url": "/page"}
LOOKUP = {"kind": "http", "name": "lookup", "url": "https://orders.example/lookup"}
DESK = {"kind": "queue", "name": "desk", "hours": "Mo-Su 07:00-22:00", "max_wait_seconds": 60}
CHAT = {"kind": "queue", "name": "chat-desk", "channels": ["chat"], "max_wait_seconds": 60}
CALLBACK = {"kind": "callback", "name": "callback", "within": "PT4H"}


def is_a_call(rung: Rung) -> bool:
    return isinstance(rung, HttpRung)


def ladder(*rungs: dict[str, Any]) -> Path:
    return TypeAdapter(Path).validate_python({"name": "a_path", "rungs": rungs})


def catalogue_with(catalogue: Catalogue, path: Path) -> Catalogue:
    return Catalogue.model_validate({**catalogue.model_dump(), "paths": {**catalogue.paths, path.name: path}})


@pytest.mark.parametrize(
    ("rungs", "channel", "at", "names", "reason"),
    [
        ((PAGE, DESK, CALLBACK), Channel.CHAT, TUESDAY_NOON, ["page", "desk", "callback"], "all of them serve"),
        ((PAGE, DESK, CALLBACK), Channel.VOICE, TUESDAY_NOON, ["desk", "callback"], "a page cannot be opened by voice"),
        ((PAGE, DESK, CALLBACK), None, TUESDAY_NOON, ["page", "desk", "callback"], "an unknown channel is any"),
        ((DESK, CALLBACK), Channel.VOICE, TUESDAY_NIGHT, ["callback"], "the desk is closed"),
        ((CALLBACK, DESK), Channel.VOICE, TUESDAY_NIGHT, ["callback"], "what is closed comes not then either"),
        ((CHAT, CALLBACK), Channel.EMAIL, TUESDAY_NOON, ["callback"], "another channel's desk"),
        ((CHAT, CALLBACK), Channel.CHAT, TUESDAY_NOON, ["chat-desk", "callback"], "its own channel's desk"),
        ((LOOKUP, CALLBACK), Channel.CHAT, TUESDAY_NOON, ["lookup", "callback"], "a call is a rung like others"),
        ((PAGE, DESK, CHAT, CALLBACK), Channel.VOICE, TUESDAY_NIGHT, ["callback"], "everything passed over"),
        ((CALLBACK, PAGE), Channel.CHAT, TUESDAY_NOON, ["callback", "page"], "the order is the path's"),
    ],
)
def test_the_first_rung_that_serves_takes_the_contact(
    *, catalogue: Catalogue, rungs: tuple[dict[str, Any], ...], channel: Channel | None, at: datetime,
    names: list[str], reason: str,
) -> None:  # fmt: skip
    """Its position is that in the path as written; those that would accept the contact after it come then."""
    path = ladder(*rungs)

    placement = place(path, catalogue_with(catalogue, path), at=at, channel=channel)

    assert [placement.rung.name, *(rung.name for rung in placement.then)] == names, reason
    assert path.rungs[placement.position] is placement.rung


@pytest.mark.parametrize(
    ("at", "name", "reason"),
    [
        ("2026-03-03T07:00:00+00:00", "desk", "it opens"),
        ("2026-03-03T06:59:59+00:00", "callback", "a second early"),
        ("2026-03-03T21:59:59+00:00", "desk", "the last second"),
        ("2026-03-03T22:00:00+00:00", "callback", "it has closed"),
        ("2026-07-07T06:00:00+00:00", "desk", "seven o'clock in British summer"),
        ("2026-03-03T08:00:00+05:00", "callback", "three in the morning, told by a clock elsewhere"),
    ],
)
def test_hours_are_those_of_the_catalogue_s_time_zone(catalogue: Catalogue, at: str, name: str, reason: str) -> None:
    """Europe/London here, whatever zone a time is given in."""
    path = ladder(DESK, CALLBACK)

    placement = place(path, catalogue_with(catalogue, path), at=datetime.fromisoformat(at), channel=Channel.VOICE)

    assert placement.rung.name == name, reason


def test_calls_are_passed_over_as_long_as_they_are_not_carried_out(catalogue: Catalogue) -> None:
    """Nor do they come then."""
    path = ladder(LOOKUP, PAGE, LOOKUP, CALLBACK)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NOON, channel=Channel.CHAT, skips=is_a_call)

    assert [placement.rung.name, *(rung.name for rung in placement.then)] == ["page", "callback"]


ORDERS = {"kind": "http", "name": "orders", "url": "https://Orders.Example:8443/v1/lookup?by=number"}
PROBE = "https://desk.example/now"
OPEN_DESK = {"kind": "queue", "name": "open-desk", "max_wait_seconds": 60, "capacity": {"url": PROBE}}
MAIL = {"kind": "email", "name": "mail", "within": "P1D"}


def told(seconds_ago: float = 10, *, is_open: bool = True, waiting_seconds: float = 0) -> SystemState:
    told_at = TUESDAY_NOON - timedelta(seconds=seconds_ago)
    return SystemState(capacity={PROBE: CapacityReport(open=is_open, waiting_seconds=waiting_seconds, told_at=told_at)})


@pytest.mark.parametrize(
    ("rungs", "known", "name", "obstacle", "reason"),
    [
        ((ORDERS, CALLBACK), SystemState(), "orders", None, "nothing bad is known"),
        ((ORDERS, CALLBACK), SystemState(down=frozenset({"orders"})), "callback", Obstacle.DOWN, "by its name"),
        (
            (ORDERS, CALLBACK),
            SystemState(down=frozenset({"https://orders.example:8443"})),
            "callback",
            Obstacle.DOWN,
            "by where it is",
        ),
        ((ORDERS, CALLBACK), SystemState(down=frozenset({"https://orders.example"})), "orders", None, "another port"),
        ((PAGE, CALLBACK), SystemState(down=frozenset({"page"})), "callback", Obstacle.DOWN, "a page can be away, too"),
        ((CALLBACK, MAIL), SystemState(down=frozenset({"callback"})), "callback", None, "a promise cannot be down"),
        ((OPEN_DESK, CALLBACK), told(), "open-desk", None, "it has room"),
        ((OPEN_DESK, CALLBACK), told(is_open=False), "callback", Obstacle.CLOSED_NOW, "closed before its time"),
        ((OPEN_DESK, CALLBACK), told(waiting_seconds=60), "open-desk", None, "just short enough"),
        ((OPEN_DESK, CALLBACK), told(waiting_seconds=60.1), "callback", Obstacle.TOO_LONG_A_WAIT, "just too long"),
        ((OPEN_DESK, CALLBACK), told(45, is_open=False), "callback", Obstacle.CLOSED_NOW, "three intervals old"),
        ((OPEN_DESK, CALLBACK), told(45.1, is_open=False), "open-desk", None, "too old to be believed"),
        ((DESK, CALLBACK), told(is_open=False), "desk", None, "another desk's probe"),
        (
            (ORDERS | {"capacity": {"url": PROBE}}, CALLBACK),
            told(is_open=False),
            "callback",
            Obstacle.CLOSED_NOW,
            "a service that takes nothing now",
        ),
        (
            (ORDERS | {"capacity": {"url": PROBE}}, CALLBACK),
            told(waiting_seconds=9_999),
            "orders",
            None,
            "nobody waits for a call that is made later",
        ),
    ],
)
def test_what_is_known_speaks_against_a_rung(
    *,
    catalogue: Catalogue,
    rungs: tuple[dict[str, Any], ...],
    known: SystemState,
    name: str,
    obstacle: Obstacle | None,
    reason: str,
) -> None:  # fmt: skip
    """And the obstacle is told, with the report where there is one."""
    path = ladder(*rungs)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NOON, channel=None, known=known)

    assert placement.rung.name == name, reason
    assert [passed.obstacle for passed in placement.passed_over] == ([obstacle] if obstacle else []), reason
    reported = obstacle is not None and obstacle is not Obstacle.DOWN
    assert [passed.report for passed in placement.passed_over if reported] == (
        [known.capacity[PROBE]] if reported else []
    )


@pytest.mark.parametrize(
    ("rungs", "channel", "obstacles", "reason"),
    [
        ((PAGE, CALLBACK), Channel.VOICE, [Obstacle.WRONG_CHANNEL], "a page cannot be opened by speaking"),
        ((DESK, CALLBACK), Channel.CHAT, [Obstacle.CLOSED_NOW], "the desk is closed"),
        ((LOOKUP, CALLBACK), Channel.CHAT, [Obstacle.NOT_DISPATCHED], "calls are not made"),
        ((DESK | {"channels": ["voice"]}, CALLBACK), Channel.CHAT, [Obstacle.WRONG_CHANNEL], "closed or not"),
        (
            (PAGE, LOOKUP, DESK, CALLBACK),
            Channel.VOICE,
            [Obstacle.WRONG_CHANNEL, Obstacle.NOT_DISPATCHED, Obstacle.CLOSED_NOW],
            "each has its own",
        ),
        ((CALLBACK, DESK), Channel.CHAT, [], "what is below was not passed over"),
    ],
)
def test_each_rung_that_is_passed_over_is_told_with_its_obstacle(
    catalogue: Catalogue, rungs: tuple[dict[str, Any], ...], channel: Channel, obstacles: list[Obstacle], reason: str
) -> None:
    """At night, while calls are not made; in the order of the path."""
    path = ladder(*rungs)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NIGHT, channel=channel, skips=is_a_call)

    assert [passed.obstacle for passed in placement.passed_over] == obstacles, reason
    assert [passed.rung for passed in placement.passed_over] == list(path.rungs[: len(obstacles)])


@pytest.mark.parametrize(
    ("after", "name", "obstacles", "exhausted", "reason"),
    [
        (-1, "page", [], False, "nothing was tried"),
        (0, "callback", ["tried", "closed_now"], False, "the next that is open"),
        (1, "callback", ["tried", "tried"], False, "it closed since; it was tried, and the page was not to help"),
        (2, "mail", ["tried", "closed_now", "tried"], False, "the second promise"),
        (3, "mail", ["tried", "closed_now", "tried"], True, "the last promise stands"),
        (9, "mail", ["tried", "closed_now", "tried"], True, "whatever is asked for"),
    ],
)
def test_a_contact_goes_on_below_where_it_was(
    *, catalogue: Catalogue, after: int, name: str, obstacles: list[str], exhausted: bool, reason: str
) -> None:
    """At night, by chat. Below the last rung there is nothing, and that is said."""
    path = ladder(PAGE, DESK, CALLBACK, MAIL)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NIGHT, channel=Channel.CHAT, after=after)

    assert (placement.rung.name, placement.exhausted) == (name, exhausted), reason
    assert [passed.obstacle for passed in placement.passed_over] == obstacles, reason


NUMBER = {"kind": "phone", "name": "emergency", "number": "112", "say": "Ring 112 now."}
CONTACT = {"kind": "self_service", "name": "hours-page", "url": "/hours", "channels": list(Channel)}


@pytest.mark.parametrize(
    ("rungs", "leaves_details", "names", "obstacles", "reason"),
    [
        ((CALLBACK, MAIL, CONTACT), True, ["callback", "mail", "hours-page"], [], "a number is left"),
        ((CALLBACK, MAIL, CONTACT), False, ["hours-page"], ["no_details", "no_details"], "there is nobody to call"),
        ((DESK, CALLBACK, NUMBER), False, ["emergency"], ["closed_now", "no_details"], "a number is only told"),
        ((CALLBACK, MAIL), False, ["mail"], ["no_details"], "a catalogue of before has nothing else"),
    ],
)
def test_promises_need_a_number_or_an_address(
    *, catalogue: Catalogue, rungs: tuple[dict[str, Any], ...], leaves_details: bool, names: list[str],
    obstacles: list[str], reason: str,
) -> None:  # fmt: skip
    """A customer who leaves none is led past them, at night, by voice."""
    path = ladder(*rungs)

    placement = place(
        path,
        catalogue_with(catalogue, path),
        at=TUESDAY_NIGHT,
        channel=Channel.VOICE,
        leaves_details=leaves_details,
    )

    assert [placement.rung.name, *(rung.name for rung in placement.then)] == names, reason
    assert [passed.obstacle for passed in placement.passed_over] == obstacles, reason


def test_a_number_to_ring_is_never_down(catalogue: Catalogue) -> None:
    """There is nothing of the house behind it."""
    path = ladder(NUMBER, CALLBACK)
    known = SystemState(down=frozenset({"emergency"}))

    assert place(path, catalogue_with(catalogue, path), at=TUESDAY_NOON, channel=None, known=known).rung.kind == "phone"


def test_a_promise_stands_though_a_desk_comes_after_it(catalogue: Catalogue) -> None:
    """Who was led past everything open stays with what takes them, not with what is closed."""
    path = ladder(CALLBACK, DESK)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NIGHT, channel=Channel.VOICE, after=0)

    assert (placement.rung.name, placement.exhausted, placement.then) == ("callback", True, ())


@pytest.mark.parametrize(
    ("rungs", "dispatch", "dispatches"),
    [
        ((LOOKUP, CALLBACK), True, True),
        ((LOOKUP, CALLBACK), False, False),
        ((CALLBACK, LOOKUP), True, False),
    ],
)
def test_advice_names_the_call_that_would_be_made(
    *, catalogue: Catalogue, rungs: tuple[dict[str, Any], ...], dispatch: bool, dispatches: bool
) -> None:
    """The rung is the same with and without dispatching; only whether there is a call to make differs."""
    path = ladder(*rungs)

    placement = place(path, catalogue_with(catalogue, path), at=TUESDAY_NOON, channel=None, dispatch=dispatch)

    assert placement.rung is path.rungs[0]
    assert placement.then == path.rungs[1:]
    assert placement.dispatches is dispatches


@given(
    minutes=st.integers(0, 366 * 24 * 60),
    channel=st.sampled_from(CHANNELS),
    name=st.sampled_from(sorted(STARTER.paths)),
)
def test_there_is_a_rung_at_any_time_on_any_channel(minutes: int, channel: Channel | None, name: str) -> None:
    """No path of the starter catalogue leaves a customer standing, at any minute of the year."""
    path, at = STARTER.paths[name], datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    placement = place(path, STARTER, at=at, channel=channel)

    for rung in (placement.rung, *placement.then):
        hours = STARTER.opening_hours(rung)
        assert rung.serves(channel)
        assert hours is None or hours.is_open(at)
    assert path.rungs[-1] in {placement.rung, *placement.then}, "the last rung always accepts"


@pytest.mark.parametrize("name", sorted(STARTER.paths))
def test_every_path_of_the_starter_serves_every_hour_of_a_week(name: str) -> None:
    """Every half hour of a week, on every channel and on none."""
    for half_hour in range(7 * 48):
        at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=30 * half_hour)
        for channel in CHANNELS:
            assert place(STARTER.paths[name], STARTER, at=at, channel=channel).rung
