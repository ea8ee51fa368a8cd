"""The kinds of rungs: what may be away, what is a promise, and what is told at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.catalogue.rung import HttpRung, PromiseRung, Rung
from service.domain.understanding import Channel

RUNGS: dict[str, dict[str, Any]] = {
    "self_service": {"url": "/page"},
    "queue": {"max_wait_seconds": 60},
    "http": {"url": "https://Orders.example:8443/lookup"},
    "callback": {"within": "PT4H"},
    "email": {"within": "P1DT2H"},
    "phone": {"number": "112", "say": "Ring 112 now."},
}


def a_rung(kind: str, **fields: Any) -> Rung:
    rung: Rung = TypeAdapter(Rung).validate_python({"kind": kind, "name": "rung", **RUNGS[kind], **fields})
    return rung


@pytest.mark.parametrize(
    ("kind", "is_promise", "is_system"),
    [
        ("self_service", False, True),
        ("queue", False, True),
        ("http", False, True),
        ("callback", True, False),
        ("email", True, False),
        ("phone", False, False),
    ],
)
def test_systems_may_be_away_and_promises_may_not(kind: str, *, is_promise: bool, is_system: bool) -> None:
    """A number to ring is neither."""
    rung = a_rung(kind)

    assert (rung.is_promise, rung.is_system) == (is_promise, is_system)


def test_a_number_is_told_on_every_channel() -> None:
    """A caller can ring another number, too."""
    assert all(a_rung("phone").serves(channel) for channel in Channel)


@pytest.mark.parametrize("number", ["112", "+44 20 7946 0000", "030/1234-56", "(0800) 111 999"[1:], "+1.212.555.0100"])
def test_a_number_is_written_as_it_is_dialled(number: str) -> None:
    """In the ways of many countries."""
    assert a_rung("phone", number=number).kind == "phone"


@pytest.mark.parametrize(
    "change",
    [
        {"number": "1"},
        {"number": "call us"},
        {"number": "112;"},
        {"number": "1" * 40},
        {"say": None},
        {"needs": [{"field": "a", "why": "b"}]},
        {"url": "/page"},
    ],
    ids=str,
)
def test_a_number_to_ring_is_sound(change: dict[str, Any]) -> None:
    """It can be dialled, is told in words, and asks for nothing first."""
    with pytest.raises(ValidationError):
        a_rung("phone", **change)


def test_a_promise_has_a_time_and_may_have_a_desk() -> None:
    """Its time is read as the schema writes it."""
    mail = a_rung("email", desk="order-desk")

    assert isinstance(mail, PromiseRung)
    assert (mail.within_span, mail.desk) == (timedelta(days=1, hours=2), "order-desk")


@pytest.mark.parametrize(
    ("when", "flag"), [(None, None), ("details.gift", "gift"), ("details.is_a_gift2", "is_a_gift2")]
)
def test_a_condition_names_a_flag(when: str | None, flag: str | None) -> None:
    """Without one a call is made always."""
    rung = a_rung("http", when=when)

    assert isinstance(rung, HttpRung)
    assert rung.flag == flag


@pytest.mark.parametrize("when", ["gift", "details.", "details.Gift", "details.a or details.b", "not details.gift", ""])
def test_a_condition_is_nothing_but_a_flag(when: str) -> None:
    """There is no language to learn."""
    with pytest.raises(ValidationError):
        a_rung("http", when=when)
