"""Which rung of a path takes a contact: the first that is open, serves the channel and can be carried out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from service.catalogue.loader import load_catalogue, starter_folder
from service.catalogue.schema import Catalogue, HttpRung, Path
from service.decide.ladder import place
from service.domain import Channel

TUESDAY_NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
CHANNELS = (None, *Channel)
STARTER = load_catalogue(starter_folder())

PAGE = {"kind": "self_service", "name": "page", "url": "/page"}
LOOKUP = {"kind": "http", "name": "lookup", "url": "https://orders.example/lookup"}
DESK = {"kind": "queue", "name": "desk", "hours": "Mo-Su 07:00-22:00", "max_wait_seconds": 60}
CHAT = {"kind": "queue", "name": "chat-desk", "channels": ["chat"], "max_wait_seconds": 60}
CALLBACK = {"kind": "callback", "name": "callback", "within": "PT4H"}


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
        ((LOOKUP, CALLBACK), Channel.CHAT, TUESDAY_NOON, ["callback"], "calls are not carried out yet"),
        ((PAGE, LOOKUP, CALLBACK), Channel.CHAT, TUESDAY_NOON, ["page", "callback"], "nor do they come then"),
        ((PAGE, LOOKUP, DESK, CHAT, CALLBACK), Channel.VOICE, TUESDAY_NIGHT, ["callback"], "everything passed over"),
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


def test_a_rung_that_is_known_to_be_away_is_passed_over(catalogue: Catalogue) -> None:
    """Who calls says what is away; then also calls may be placed."""
    path = ladder(LOOKUP, PAGE, CALLBACK)

    placement = place(
        path, catalogue_with(catalogue, path), at=TUESDAY_NOON, channel=None, skips=lambda rung: rung.name == "page"
    )

    assert placement.rung.name == "lookup"
    assert [rung.name for rung in placement.then] == ["callback"]


@given(
    minutes=st.integers(0, 366 * 24 * 60),
    channel=st.sampled_from(CHANNELS),
    name=st.sampled_from(sorted(STARTER.paths)),
)
def test_there_is_a_rung_at_any_time_on_any_channel(minutes: int, channel: Channel | None, name: str) -> None:
    """No path of the starter catalogue leaves a customer standing, at any minute of the year."""
    path, at = STARTER.paths[name], datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    placement = place(path, STARTER, at=at, channel=channel)

    assert not isinstance(placement.rung, HttpRung)
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
