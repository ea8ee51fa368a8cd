"""One turn is decided with what is held about its contact, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.schema import Catalogue
from service.domain.decision import Decision
from service.domain.effort import EventKind
from service.domain.ledger import GoalState
from service.domain.understanding import UNKNOWN_ENTRY_POINT, Speaker
from service.pipeline.incoming import RawTurn
from tests.support.spine import Spine, a_spine, spine_catalogue

PARCEL = "where is my parcel"
AMBIGUOUS = "book or cancel"


async def decided(spine: Spine, text: str = "", **fields: Any) -> Decision:
    return spine.decision(await spine.route(text, **fields))


# who it is


async def test_a_named_contact_is_found_by_its_id(spine: Spine) -> None:
    """The key is a hash, and the same for each turn."""
    first, second = [await decided(spine, text, contact_id="call-1") for text in (PARCEL, "yes")]

    assert first.contact_key == second.contact_key == spine.identity.contact_key("call-1")


async def test_strangers_are_apart(spine: Spine) -> None:
    """Two contacts without an id share nothing, whatever they say."""
    first, second = [await decided(spine, PARCEL) for _ in range(2)]

    assert first.contact_key != second.contact_key
    assert spine.recorder.ledgers == {}


@pytest.mark.parametrize(
    ("entry_point", "kept", "reason"),
    [
        (None, None, "none was told"),
        ("reservations-line", "reservations-line", "the catalogue has it"),
        ("zebracanary", UNKNOWN_ENTRY_POINT, "a free text of the caller is counted, not kept"),
    ],
)
async def test_an_entry_point_is_kept_if_the_catalogue_has_it(
    spine: Spine, entry_point: str | None, kept: str | None, reason: str
) -> None:
    """Labels and rows hold names of the catalogue only."""
    assert (await decided(spine, PARCEL, entry_point=entry_point)).entry_point == kept, reason


@pytest.mark.parametrize(("text", "is_wrong"), [(PARCEL, True), ("book a room", False), ("hello", False)])
async def test_a_wrong_door_is_an_entry_point_of_other_goals(spine: Spine, text: str, *, is_wrong: bool) -> None:
    """Without a goal no door is wrong."""
    assert (await decided(spine, text, entry_point="reservations-line")).wrong_door == is_wrong


async def test_a_customer_who_comes_again_is_a_repeat(spine: Spine) -> None:
    """The caller's reference tells, once a contact, and only a hash of it is kept."""
    answers = [
        await decided(spine, text, contact_id=contact_id, repeat_ref="zebracanary")
        for contact_id, text in [("call-1", PARCEL), ("call-1", "yes"), ("call-2", PARCEL), ("call-2", "yes")]
    ]

    repeats = [event.decision_id for event in spine.recorder.events if event.kind is EventKind.REPEAT]
    assert repeats == [answers[2].decision_id]
    assert len({each.repeat_key for each in answers}) == 1
    assert answers[0].repeat_key not in {None, "zebracanary"}


async def test_a_reference_means_nothing_the_day_after(spine: Spine) -> None:
    """The key of the day is part of the hash."""
    first = await decided(spine, PARCEL, repeat_ref="customer-1")
    spine.clock.move(days=1)

    assert (await decided(spine, PARCEL, repeat_ref="customer-1")).repeat_key != first.repeat_key


# what was said


@pytest.mark.parametrize(
    ("texts", "states", "reason"),
    [
        (["book a room", "yes"], {"make_booking": "being_served"}, "a yes goes on"),
        (
            ["book a room", "also where is my parcel"],
            {"make_booking": "being_served", "track_order": "being_served"},
            "another errand joins",
        ),
        (
            ["book a room", "no, I meant my parcel"],
            {"make_booking": "dropped", "track_order": "being_served"},
            "a correction replaces",
        ),
        (["book a room", "never mind"], {"make_booking": "dropped"}, "what was taken back is dropped"),
    ],
)
async def test_a_turn_moves_the_agenda(spine: Spine, texts: list[str], states: dict[str, str], reason: str) -> None:
    """The words of the newest turn say how."""
    for text in texts:
        await spine.route(text, contact_id="call-1")

    assert spine.states("call-1") == states, reason


async def test_an_option_is_stated_whatever_was_said_before(spine: Spine) -> None:
    """A choice has no words, and corrects nothing."""
    await spine.route("book a room", contact_id="call-1")

    await spine.route(contact_id="call-1", choice="track_order")

    assert spine.states("call-1") == {"make_booking": "being_served", "track_order": "being_served"}


async def test_earlier_turns_of_a_request_name_nothing_anew(spine: Spine) -> None:
    """A caller may send the whole conversation each time."""
    before = RawTurn(speaker=Speaker.CUSTOMER, raw_text="book a room")
    await spine.route(turns=(before,), contact_id="call-1")

    await spine.route(turns=(before, RawTurn(speaker=Speaker.CUSTOMER, raw_text="yes")), contact_id="call-1")

    assert spine.recorder.events == []
    assert spine.agenda("call-1").goals[0].turn == 1


# the one question


async def test_an_unclear_contact_is_asked_once(spine: Spine) -> None:
    """After that a person takes the contact."""
    first, second = [await spine.route(AMBIGUOUS, contact_id="call-1", turn=turn) for turn in (1, 2)]

    assert first["clarify"]["options"]
    assert (second["clarify"], second["path"]) == (None, "speak_to_human")
    assert [event.kind for event in spine.recorder.events] == [EventKind.CLARIFY, EventKind.WAITING]


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([PARCEL], "the goal is known"),
        (["book a room", "yes"], "the goal under way is known"),
        (["what is the weather"], "no option would fit"),
    ],
)
async def test_no_question_is_asked_in_vain(spine: Spine, texts: list[str], reason: str) -> None:
    """A question costs the customer a turn."""
    for text in texts:
        answer = await spine.route(text, contact_id="call-1")

    assert answer["clarify"] is None, reason


# where it was before


async def test_a_goal_that_was_not_done_goes_below_where_it_was(spine: Spine) -> None:
    """The next agent is told of the rung that was tried."""
    await spine.route(PARCEL, contact_id="call-1", dispatch=True)
    reopen(spine, "call-1")

    answer = await spine.route("my parcel again", contact_id="call-1")

    known = [item["value"] for item in answer["handover"]["already_known"] if item["field"] == "tried"]
    assert answer["rung"] == 1
    assert known == ["order-lookup: waiting"]


def reopen(spine: Spine, contact_id: str) -> None:
    """As a report of `not_done` does."""
    key = spine.identity.contact_key(contact_id)
    ledger = spine.recorder.ledgers[key]
    (goal,) = ledger.agenda.goals
    agenda = ledger.agenda.with_goal(replace(goal, state=GoalState.OPEN))
    spine.recorder.ledgers[key] = replace(ledger, agenda=agenda)


async def test_candidates_are_kept_as_many_as_were_asked_for(spine: Spine) -> None:
    """They stand in the record, and not in the answer to the customer's side."""
    answer = await spine.route(AMBIGUOUS, top_k=2)

    assert [each["intent"] for each in spine.decision(answer).answer["candidates"]] == [
        "make_booking",
        "cancel_booking",
    ]
    assert "candidates" not in answer


async def test_a_reading_that_was_cut_short_is_degraded(spine: Spine) -> None:
    """The decision says that it might have come out otherwise."""
    spine.classifier.cut_short = True

    assert (await decided(spine, PARCEL)).degraded


# what is kept of the words


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """A catalogue that permits to keep texts about everything."""
    return spine_catalogue(tmp_path_factory.mktemp("keeping"), policy={"store_text": "redacted"})


@pytest.mark.parametrize(
    ("fields", "kept", "reason"),
    [
        ({"text": "my parcel for jo@example.com"}, ["my parcel for <email>"], "the catalogue permits it"),
        ({"text": "my parcel", "dispatch": False}, [], "advice leaves no trace of words"),
        ({"choice": "track_order"}, [], "an option is no text of the customer"),
    ],
)
async def test_a_text_is_kept_if_the_catalogue_permits_it(
    keeping: Catalogue, fields: dict[str, Any], kept: list[str], reason: str
) -> None:
    """It is redacted first, and has an end."""
    spine = a_spine(keeping)

    await spine.route(contact_id="call-1", **fields)

    assert [text.redacted for text in spine.recorder.texts.values()] == kept, reason
    assert all(text.until > spine.clock() for text in spine.recorder.texts.values())


async def test_usually_no_text_is_kept(spine: Spine) -> None:
    """A catalogue that says nothing of texts keeps none."""
    await spine.route(PARCEL, contact_id="call-1")

    assert spine.recorder.texts == {}


# the contact that is new to this catalogue


async def test_a_goal_that_the_catalogue_has_dropped_is_forgotten(spine: Spine, tmp_path: Path) -> None:
    """A yes to it is a yes to nothing, and a question is asked."""
    await spine.route(PARCEL, contact_id="call-1")
    smaller = spine_catalogue(tmp_path, intents={"track_order": None}, paths={"track_order": None})
    after = a_spine(smaller, recorder=spine.recorder, name="after")

    answer = await after.route("yes", contact_id="call-1")

    assert (answer["goal"], answer["status"]) == (None, "no_goal_yet")
    assert answer["clarify"] is not None
