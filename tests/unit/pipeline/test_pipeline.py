"""A contact is read, decided, committed and counted, each of it once."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from service.catalogue.schema import Catalogue
from service.domain.effort import EventKind
from service.errors import IdempotencyConflictError, InvalidRequestError, StaleTurnError, TurnAheadError
from service.errors import TurnConflictError as Conflict
from service.pipeline.pipeline import LATE_SECONDS
from service.pipeline.turn import TRIES
from tests.support.recording import LONGEST_SECONDS
from tests.support.spine import Spine, a_contact, a_spine

PARCEL = "where is my parcel"
AMBIGUOUS = "book or cancel"
ORDER_NUMBER = {"order number": "4471"}


async def test_advice_stores_nothing(spine: Spine) -> None:
    """`/intent` names the goals and the place to go, and leaves no trace but a count."""
    answer = orjson.loads(await spine.pipeline.advise(a_contact("book a room", contact_id="call-1")))

    assert [goal["intent"] for goal in answer["goals"]] == ["make_booking"]
    assert answer["next"]["url"] == "/bookings/new"
    assert spine.recorder.commits == []
    assert spine.counted("errand_goals_total", intent="make_booking") == 1


async def test_advice_asks_what_is_unclear(spine: Spine) -> None:
    """The question has the options that fit about as well."""
    answer = orjson.loads(await spine.pipeline.advise(a_contact(AMBIGUOUS)))

    assert (answer["status"], answer["next"]) == ("ambiguous", None)
    assert {option["intent"] for option in answer["clarify"]["options"]} == {"make_booking", "cancel_booking"}


async def test_a_routed_contact_is_committed_as_it_is_answered(spine: Spine) -> None:
    """The answer carries the committed facts, and the tokens of this caller."""
    answer = await spine.route(PARCEL, contact_id="call-1", attributes=ORDER_NUMBER)

    decision = spine.decision(answer)
    (dispatch,) = spine.recorder.commits[0].dispatches
    facts = (answer["goal"], answer["path"], answer["rung"], answer["bundle"], answer["catalogue"])
    assert facts == (decision.goal, decision.path, decision.rung, decision.bundle, decision.catalogue)
    assert (dispatch.name, dispatch.payload.details) == ("order-lookup", ORDER_NUMBER)
    assert answer["contact_id"] == "call-1"
    assert answer["contact_token"] == spine.identity.contact_token("call-1")
    assert answer["outcome_token"] == spine.identity.outcome_token(decision.decision_id)
    assert "contact_token" not in decision.answer


async def test_a_contact_without_an_id_is_given_one(spine: Spine) -> None:
    """Its token opens what is held under that id."""
    answer = await spine.route(PARCEL)

    assert spine.identity.is_contact_token(answer["contact_id"], answer["contact_token"])
    assert spine.decision(answer).contact_key == spine.identity.contact_key(answer["contact_id"])


@pytest.mark.parametrize(
    ("fields", "woken", "reason"),
    [
        ({"text": PARCEL}, 1, "the first rung is a call"),
        ({"text": PARCEL, "dispatch": False}, 0, "advice calls nobody"),
        ({"text": "book a room"}, 0, "a page is no call"),
        ({"text": "hello"}, 0, "nothing was asked for yet"),
    ],
)
async def test_the_deliverer_is_told_of_calls(spine: Spine, fields: dict[str, Any], woken: int, reason: str) -> None:
    """It is woken once for a commit with calls, and not for others."""
    await spine.route(contact_id="call-1", **fields)

    assert len(spine.woken) == woken, reason


async def test_a_repeated_request_is_answered_by_the_first_decision(spine: Spine) -> None:
    """The second answer is the first one, and neither calls nor counts again."""
    first, second = [await spine.pipeline.route(a_contact(PARCEL, contact_id="call-1")) for _ in range(2)]

    assert (first.replayed, second.replayed) == (False, True)
    assert first.answer == second.answer
    assert len(spine.woken) == 1
    assert len(spine.recorder.decisions) == 1
    assert spine.counted("errand_goals_total", intent="track_order") == 1
    assert spine.counted("errand_idempotent_replays_total") == 1


@pytest.mark.parametrize(
    ("texts", "seconds", "decisions", "reason"),
    [
        (["yes", "yes"], 9, 1, "sent twice"),
        (["yes", "yes"], 10, 2, "said twice"),
        (["yes", "book a room", "yes"], 1, 3, "another turn came in between"),
        (["yes", "yes", "yes"], 1, 1, "sent three times"),
        (["yes", "yes", "yes"], 6, 2, "the third is older than ten seconds"),
    ],
)
async def test_the_newest_turn_is_repeated_for_ten_seconds(
    spine: Spine, texts: list[str], seconds: int, decisions: int, reason: str
) -> None:
    """Without a number and without a key, words and time tell."""
    for text in texts:
        await spine.route(text, contact_id="call-1")
        spine.clock.move(seconds=seconds)

    assert len(spine.recorder.decisions) == decisions, reason


async def test_a_key_that_was_used_for_another_body_is_refused(spine: Spine) -> None:
    """The caller's own key is the caller's to mend, even for a numbered turn."""
    await spine.route(PARCEL, contact_id="call-1", idempotency_key="k", body=b"one", turn=1)
    spine.recorder.is_away = True  # otherwise the number alone would tell

    with pytest.raises(IdempotencyConflictError):
        await spine.route("book a room", contact_id="call-1", idempotency_key="k", body=b"two", turn=1)


async def test_turns_are_numbered_one_after_another(spine: Spine) -> None:
    """The next number is applied, and the agenda goes on from there."""
    await spine.route("book a room", contact_id="call-1", turn=1)
    await spine.route(PARCEL, contact_id="call-1", turn=2)

    assert spine.states("call-1") == {"make_booking": "being_served", "track_order": "being_served"}


async def test_a_turn_that_comes_too_early_waits(spine: Spine) -> None:
    """The refusal says which number is next, and when to come again."""
    await spine.route("book a room", contact_id="call-1", turn=1)

    with pytest.raises(TurnAheadError, match="number 2") as refused:
        await spine.route(PARCEL, contact_id="call-1", turn=3)

    assert (refused.value.field, refused.value.retry_after_seconds) == ("turn", 1)


async def test_a_turn_that_was_applied_is_answered_again(spine: Spine) -> None:
    """The same number with the same text is a repeat, even after later turns."""
    first = await spine.pipeline.route(a_contact("book a room", contact_id="call-1", turn=1))
    await spine.route(PARCEL, contact_id="call-1", turn=2)

    again = await spine.pipeline.route(a_contact("book a room", contact_id="call-1", turn=1))

    assert (again.replayed, again.answer) == (True, first.answer)


@pytest.mark.parametrize(
    ("is_away", "reason"),
    [(False, "the ledger says that the number was used"), (True, "without a ledger, the stored answer says so")],
)
async def test_a_number_that_was_used_for_another_text_is_stale(spine: Spine, *, is_away: bool, reason: str) -> None:
    """Two texts cannot be the same turn."""
    await spine.route("book a room", contact_id="call-1", turn=1)
    spine.recorder.is_away = is_away

    with pytest.raises(StaleTurnError) as refused:
        await spine.route(PARCEL, contact_id="call-1", turn=1)

    assert refused.value.field == "turn", reason
    assert len(spine.recorder.decisions) == 1


async def test_a_turn_is_decided_anew_on_what_came_in_between(spine: Spine, served: Catalogue) -> None:
    """The second reading of the ledger finds the other turn, so both goals are held."""

    async def another_replica() -> None:
        spine.recorder.meanwhile = None
        await a_spine(served, recorder=spine.recorder, name="other").route("book a room", contact_id="call-1")

    spine.recorder.meanwhile = another_replica

    await spine.route(PARCEL, contact_id="call-1")

    assert spine.states("call-1") == {"make_booking": "being_served", "track_order": "being_served"}
    assert len(spine.recorder.decisions) == 2
    assert spine.counted("errand_goals_total", intent="track_order") == 1


async def test_a_contact_that_never_rests_is_refused_at_last(spine: Spine) -> None:
    """Tries are bounded, and nothing of them is kept or counted."""

    async def always() -> None:
        raise Conflict("The contact was changed meanwhile.")

    spine.recorder.meanwhile = always

    with pytest.raises(Conflict):
        await spine.route(PARCEL, contact_id="call-1")

    assert len(spine.recorder.commits) == TRIES
    assert spine.recorder.decisions == {}
    assert spine.counted("errand_goals_total", intent="track_order") == 0


async def test_turns_of_one_contact_keep_their_order(spine: Spine) -> None:
    """The second turn waits for the first, however soon it is understood."""
    turns = ("book a room", PARCEL, "cancel it")

    answers = await asyncio.gather(*(spine.route(text, contact_id="call-1") for text in turns))

    assert [spine.decision(answer).goal for answer in answers] == ["make_booking", "track_order", "cancel_booking"]
    assert [goal.turn for goal in spine.agenda("call-1").goals] == [1, 2, 3]


@pytest.mark.parametrize(
    ("contact_id", "kept", "reason"),
    [("call-1", 1, "the ledger of the contact holds its effort"), (None, 0, "there is no ledger to hold it")],
)
async def test_effort_is_kept_with_a_ledger_and_counted_always(
    spine: Spine, contact_id: str | None, kept: int, reason: str
) -> None:
    """One clarifying question costs the customer one turn."""
    await spine.route("hello", contact_id=contact_id)

    assert [event.kind for event in spine.recorder.events] == [EventKind.CLARIFY] * kept, reason
    assert spine.counted("errand_effort_total", kind="clarify") == 1


async def test_a_deadline_leaves_time_to_commit(spine: Spine) -> None:
    """The reading ends before the answer is due, and the commit may end a little after."""
    await spine.route(PARCEL, contact_id="call-1", due_seconds=10.0)

    (read_seconds,), (commit_seconds,) = spine.classifier.seconds_left, spine.recorder.due_seconds
    assert read_seconds is not None
    assert read_seconds < 10.0
    assert read_seconds < commit_seconds <= 10.0 + LATE_SECONDS


async def test_without_a_deadline_a_commit_has_its_own_limit_only(spine: Spine) -> None:
    """Time to understand is not time to answer."""
    await spine.route(PARCEL, contact_id="call-1", seconds_left=0.05)

    assert spine.recorder.due_seconds == [LONGEST_SECONDS]


async def test_a_chosen_option_is_a_goal_without_being_read(spine: Spine) -> None:
    """It counts as a goal, but its confidence is nobody's reading."""
    await spine.route("hello", contact_id="call-1")
    readings = len(spine.classifier.seconds_left)

    answer = await spine.route(contact_id="call-1", choice="make_booking")

    assert answer["goal"] == "make_booking"
    assert len(spine.classifier.seconds_left) == readings
    assert spine.counted("errand_confidence_count", stage="lexical") == 1
    assert spine.counted("errand_goals_total", intent="make_booking") == 1


async def test_an_option_that_the_catalogue_lacks_is_refused(spine: Spine) -> None:
    """The refusal names the field, and nothing is committed."""
    with pytest.raises(InvalidRequestError) as refused:
        await spine.route(contact_id="call-1", choice="no_such_intent")

    assert refused.value.field == "choice"
    assert spine.recorder.commits == []
