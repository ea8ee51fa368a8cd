"""All details of one utterance, their places, and the bounds of the finder."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.detail import DetailKind
from service.understand.details.finder import answers_need, find_details
from service.understand.details.vocabulary import in_order
from tests.unit.understand.details.declared import ALL, DAY, ITEM, ORDER, ROOM, WEDNESDAY, found, value

CONVERSATIONS = [
    (
        "hi, I am looking for the Ottoline doll for my niece, her birthday is on Saturday",
        {"item": "Ottoline doll", "day": "2025-05-17"},
        "the doll",
    ),
    (
        "hi um the wifi in my room, room two one four, I can not get my laptop to connect to it",
        {"room_number": 214},
        "the hotel, told aloud",
    ),
    (
        "a table for four tomorrow at seven please",
        {"party_size": 4, "day": "2025-05-15", "time": "19:00"},
        "three details in one breath",
    ),
    (
        "Do you have the red kettle in medium? It's as a gift.",
        {"item": "red kettle", "size": "medium", "gift": True},
        "kinds of four sorts",
    ),
    ("order 4411: where is it", {"order_number": "4411"}, "a reference only"),
    ("thank you, bye", {}, "closing words"),
]


@pytest.mark.parametrize(("utterance", "values", "reason"), CONVERSATIONS, ids=[row[2] for row in CONVERSATIONS])
def test_every_declared_detail_is_looked_for(utterance: str, values: dict[str, object], reason: str) -> None:
    """One utterance may tell several details."""
    details = found(utterance, *ALL)

    assert {name: detail.value for name, detail in details.items()} == values, reason


def test_details_come_in_the_order_of_the_specs() -> None:
    """The order of the utterance is beside the point."""
    details = find_details("tomorrow, room 214", (ROOM, DAY), now=WEDNESDAY)

    assert [detail.name for detail in details] == ["room_number", "day"]


def test_a_catalogue_without_details_finds_none() -> None:
    """Without specs, there is no detail."""
    assert find_details("the red kettle", (), now=WEDNESDAY, asked="item") == ()


def test_an_answer_may_tell_more_than_was_asked() -> None:
    """The other details of an answer are found as in any other turn."""
    details = found("the red kettle, and my room is 214", *ALL, asked="item")

    assert {name: detail.value for name, detail in details.items()} == {"item": "red kettle", "room_number": 214}


def test_a_pending_need_is_answered() -> None:
    """The convenience for one need reads a bare answer."""
    detail = answers_need("the Ottoline doll", ITEM, WEDNESDAY)

    assert detail is not None
    assert (detail.value, detail.start, detail.end) == ("Ottoline doll", 4, 17)
    assert answers_need("I don't have it", ITEM, WEDNESDAY) is None


PIECES = st.sampled_from(
    in_order(
        """do you have the red kettle , . ? no sorry not room 214 two one four hundred and a dozen at six
        thirty pm tomorrow
    next Friday on 3rd of May 12/05 to until half past order 4411 KX-2214 <order_number> <name> for her birthday small
    or medium xl yes skip um please looking I İ ß 😀 é \u2019s in two weeks ago 1,200 15:30 one"""
    )
)
SENTENCES = st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60)


@given(SENTENCES, st.none() | st.sampled_from([spec.name for spec in ALL]))
@example("İİ do you have the red kettle İ", None)
def test_places_hold_the_words(utterance: str, asked: str | None) -> None:
    """Offsets lie in the utterance, on whole words, and a phrase is the text at its place."""
    for detail in find_details(utterance, ALL, now=WEDNESDAY, asked=asked):
        words = utterance[detail.start : detail.end]
        assert 0 <= detail.start < detail.end <= len(utterance)
        assert words == words.strip()
        assert not re.match(r"\w", utterance[detail.end : detail.end + 1]) or not words[-1].isalnum()
        if detail.kind is DetailKind.PHRASE:
            assert words == detail.value
            assert "<" not in words


@given(SENTENCES, st.none() | st.sampled_from([spec.name for spec in ALL]))
def test_values_have_the_form_of_their_kind(utterance: str, asked: str | None) -> None:
    """A number is at most 9,999, a date and a time have their forms, and a choice is an option."""
    forms = {DetailKind.DATE: r"\d{4}-\d\d-\d\d", DetailKind.TIME: r"([01]\d|2[0-3]):[0-5]\d"}
    for detail in find_details(utterance, ALL, now=WEDNESDAY, asked=asked):
        if detail.kind is DetailKind.NUMBER:
            assert 0 <= float(detail.value) < 10_000
        elif form := forms.get(detail.kind):
            assert re.fullmatch(form, str(detail.value))
        elif detail.kind is DetailKind.CHOICE:
            assert detail.value in {"small", "medium", "extra_large"}


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a ",
            "one ",
            "for the ",
            "do you have the red kettle ",
            "12 ",
            "12 May ",
            "the 3rd to ",
            "not the ",
            "at six ",
        ),
        *("hundred and ", "no 5 sorry ", "is in stock ", "four one ", "a,b-c/d.e", "o'", "1.", "<name> ", "x"),
    ],
)
def test_time_is_linear(piece: str) -> None:
    """Eight times the text takes about eight times as long, whatever is repeated."""
    short, long = ((piece * length)[:length] for length in (2_000, 16_000))

    assert _seconds(long) < 24 * _seconds(short) + 0.02


def _seconds(utterance: str) -> float:
    times = []
    for _ in range(3):
        started = process_time()
        find_details(utterance, ALL, now=WEDNESDAY, asked="item")
        times.append(process_time() - started)
    return min(times)


def test_a_long_text_is_read_from_its_end() -> None:
    """The newest words count if there are too many."""
    assert value("the rain in spain " * 2_000 + "room 214", ROOM) == 214
    assert value("order 4411 " + "the rain in spain " * 2_000, ORDER) is None
