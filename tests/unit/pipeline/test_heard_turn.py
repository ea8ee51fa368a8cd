"""A turn is read with the ledger: as the answer to the question that was asked, and as a word about the goals held."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.domain.understanding import Speaker
from service.pipeline.incoming import RawTurn
from tests.support.spine import Spine, a_contact, a_spine, spine_catalogue

AMBIGUOUS = "book or cancel"
BOOK, CANCEL, TRACK, PERSON = "make_booking", "cancel_booking", "track_order", "speak_to_human"
OPEN, SERVED, DROPPED = "open", "being_served", "dropped"


def heard(agent: str, customer: str) -> tuple[RawTurn, RawTurn]:
    return RawTurn(speaker=Speaker.AGENT, raw_text=agent), RawTurn(speaker=Speaker.CUSTOMER, raw_text=customer)


async def talk(spine: Spine, turns: Sequence[str | tuple[str, str]], **fields: Any) -> dict[str, Any]:
    """The answer to the last turn. A pair is what an agent said, and the customer's turn."""
    answer: dict[str, Any] = {}
    for number, turn in enumerate(turns, start=1):
        said: dict[str, Any] = {"text": turn} if isinstance(turn, str) else {"turns": heard(*turn)}
        answer = await spine.route(contact_id="call-1", turn=number, **said, **fields)
    return answer


# the question


@pytest.mark.parametrize(
    ("answer", "goal", "reason"),
    [
        ("the first one", BOOK, "a place in the list"),
        ("2", CANCEL, "a number"),
        ("the other one", CANCEL, "of two"),
        ("neither", None, "no option fits"),
        ("no", None, "no option fits"),
        ("where is my parcel", TRACK, "a new goal wins"),
        ("blue with dots", None, "nobody understands it"),
    ],
)
async def test_the_next_turn_answers_the_question(spine: Spine, answer: str, goal: str | None, reason: str) -> None:
    """One question is asked. After that a person takes the contact, with what is known."""
    asked = await talk(spine, [AMBIGUOUS])

    routed = await spine.route(answer, contact_id="call-1", turn=2)

    assert [option["intent"] for option in asked["clarify"]["options"]] == [BOOK, CANCEL]
    assert (routed["goal"], routed["clarify"]) == (goal, None), reason
    assert routed["path"] == (goal or PERSON), reason


async def test_both_goals_may_be_meant(spine: Spine) -> None:
    """One is served now, and the other waits."""
    await talk(spine, [AMBIGUOUS, "both please"])

    assert spine.states("call-1") == {BOOK: SERVED, CANCEL: OPEN}


async def test_a_goal_that_is_named_frees_the_next_question(spine: Spine) -> None:
    """Another errand may be unclear as well."""
    answer = await talk(spine, [AMBIGUOUS, "the second", "parcel or person"])

    assert answer["clarify"] is not None


async def test_an_unclear_turn_is_about_the_goal_under_way_if_it_may_be(spine: Spine) -> None:
    """The goal was asked about once."""
    answer = await talk(spine, [AMBIGUOUS, "the second", AMBIGUOUS])

    assert (answer["goal"], answer["clarify"]) == (CANCEL, None)


async def test_a_question_about_anything_may_be_followed_by_a_choice(spine: Spine) -> None:
    """The first asks for the goal, the second for its kind."""
    answer = await talk(spine, ["hello", AMBIGUOUS])
    later = await spine.route(AMBIGUOUS, contact_id="call-1", turn=3)

    assert answer["clarify"]["options"] != []
    assert (later["clarify"], later["path"]) == (None, PERSON)


async def test_a_question_is_answered_by_an_option_whatever_else_is_sent(spine: Spine) -> None:
    """The choice settles the question."""
    await talk(spine, [AMBIGUOUS])

    answer = await spine.route(contact_id="call-1", turn=2, choice=CANCEL)

    assert (answer["goal"], answer["clarify"]) == (CANCEL, None)


@pytest.mark.parametrize(
    ("text", "asked", "status", "goals", "reason"),
    [
        ("the second one", (BOOK, CANCEL), "understood", [CANCEL], "a place in the list"),
        ("yes", (TRACK,), "understood", [TRACK], "the one goal is confirmed"),
        ("no", (TRACK,), "ambiguous", [], "the one goal is denied"),
        ("yes", ("gone",), "no_goal_yet", [], "the catalogue lacks the option"),
    ],
)
async def test_advice_reads_the_answer_with_the_options_that_the_caller_sends(
    spine: Spine, *, text: str, asked: tuple[str, ...], status: str, goals: list[str], reason: str
) -> None:
    """`/intent` remembers nothing, and asks nothing twice."""
    answer = orjson.loads(await spine.pipeline.advise(a_contact(text, asked=asked)))

    assert answer["status"] == status, reason
    assert [goal["intent"] for goal in answer["goals"]] == goals, reason
    assert answer["clarify"] is None


# words that ask for nothing


async def test_closing_words_are_a_decision_without_a_destination(spine: Spine) -> None:
    """The turn is counted, and the goal being served stays."""
    answer = await talk(spine, ["book a room", "thanks, bye"])

    assert (answer["status"], answer["no_goal"], answer["goal"]) == ("no_goal_yet", "closing", None)
    assert answer["destination"] == {"kind": "none", "name": "none", "say": None}
    assert (answer["path"], answer["rung"], answer["then"], answer["needs"]) == ("none", 0, [], [])
    assert answer["clarify"] is None
    assert spine.states("call-1") == {BOOK: SERVED}
    assert len(spine.recorder.decisions) == 2
    assert spine.recorder.ledgers[spine.identity.contact_key("call-1")].turns == 2


async def test_closing_words_withdraw_a_question(spine: Spine) -> None:
    """With nothing open the talk ends, and the next errand may be asked about."""
    answer = await talk(spine, [AMBIGUOUS, "thanks, bye", AMBIGUOUS])

    assert answer["clarify"] is not None


async def test_automatic_mail_is_left_alone(spine: Spine) -> None:
    """A header tells."""
    answer = await spine.route("where is my parcel", contact_id="call-1", headers={"Auto-Submitted": "auto-replied"})

    assert (answer["no_goal"], answer["destination"]["kind"]) == ("automatic", "none")
    assert spine.woken == []


# goals that are held


@pytest.mark.parametrize(
    ("turns", "states", "goal", "reason"),
    [
        (
            ["book a room", "also where is my parcel", "forget the parcel, it came"],
            {BOOK: SERVED, TRACK: DROPPED},
            BOOK,
            "the thing names the goal",
        ),
        (["book a room", "that is sorted"], {BOOK: DROPPED}, None, "the goal being served is settled"),
        (["where is my parcel", "I found it"], {TRACK: DROPPED}, None, "nothing is left to do"),
        (["book a room", "not that one, cancel"], {BOOK: DROPPED, CANCEL: SERVED}, CANCEL, "the wrong errand"),
        (["book a room", "can I cancel instead?"], {BOOK: DROPPED, CANCEL: SERVED}, CANCEL, "another errand instead"),
        (["book a room", "never mind"], {BOOK: DROPPED}, None, "everything is taken back"),
        (
            ["Where is my parcel? Please book a room.", "and the other matter?"],
            {TRACK: SERVED, BOOK: SERVED},
            BOOK,
            "the goal that waited",
        ),
        (["get me a person", "are you still there?"], {PERSON: SERVED}, PERSON, "the person is still wanted"),
        (["book a room", "hello, anybody there?"], {BOOK: SERVED}, BOOK, "the errand is still wanted"),
    ],
)
async def test_a_turn_speaks_about_the_goals_held(
    spine: Spine, turns: list[str], states: dict[str, str], goal: str | None, reason: str
) -> None:
    """Nothing is asked about it."""
    answer = await talk(spine, turns)

    assert spine.states("call-1") == states, reason
    assert (answer["goal"], answer["clarify"]) == (goal, None), reason


@pytest.mark.parametrize(
    ("agent", "customer", "states", "reason"),
    [
        ("Shall I cancel the booking for you?", "no, don't", {CANCEL: DROPPED}, "the goal is proposed and refused"),
        ("Are you sure?", "no", {CANCEL: DROPPED}, "a short question is about the goal being served"),
        ("Shall I send you our brochure first?", "no", {CANCEL: SERVED}, "something else is refused"),
        ("Which name is it under?", "Miller", {CANCEL: SERVED}, "a detail"),
        ("Shall I cancel the booking for you?", "yes", {CANCEL: SERVED}, "the goal is wanted"),
    ],
)
async def test_an_answer_to_an_agent_is_about_the_goal(
    spine: Spine, agent: str, customer: str, states: dict[str, str], reason: str
) -> None:
    """A no to "shall I …?" drops the goal."""
    await talk(spine, ["cancel my room", (agent, customer)])

    assert spine.states("call-1") == states, reason


# the ladder


@pytest.mark.parametrize(
    ("turns", "rungs", "reason"),
    [
        (["book a room", "book a room"], [0, 1], "the same errand again after a page"),
        (["book a room", "I tried that"], [0, 1], "in vain"),
        (["book a room", "your page is broken"], [0, 1], "the page does not work"),
        (["book a room", "I tried that", "still nothing"], [0, 1, 2], "a person did not come either"),
        (["book a room", "I tried that", "book a room"], [0, 1, 1], "the customer waits for a person"),
        (["book a room", "yes"], [0, 0], "the customer goes on"),
        (["book a room", "I tried that", "yes"], [0, 1, 1], "the customer goes on at the second rung"),
        (
            ["book a room", "still nothing", "still nothing", "still nothing", "still nothing"],
            [0, 1, 2, 3, 3],
            "the end",
        ),
        (["book a room", ("And for which day?", "book it for Friday")], [0, 0], "an agent is at it"),
    ],
)
async def test_words_lead_down_the_ladder(
    spine: Spine, turns: list[str | tuple[str, str]], rungs: list[int], reason: str
) -> None:
    """On any channel, and never back to a rung that was tried."""
    found = []
    for number, turn in enumerate(turns, start=1):
        said: dict[str, Any] = {"text": turn} if isinstance(turn, str) else {"turns": heard(*turn)}
        found.append((await spine.route(contact_id="call-1", turn=number, **said))["rung"])

    assert found == rungs, reason


async def test_a_call_on_its_way_is_waited_for(spine: Spine) -> None:
    """The same errand again makes no second call."""
    await talk(spine, ["where is my parcel", "where is my parcel", "still nothing"])

    assert len(spine.woken) == 1


# calls that cannot be undone


@pytest.fixture
def careful(tmp_path: Path) -> Spine:
    """A way whose parcel calls cannot be undone. Words are recognised with a confidence of 0.96."""
    return a_spine(irreversible(tmp_path, confidence=0.97))


def irreversible(folder: Path, *, confidence: float, **fields: Any) -> Any:
    policy = {"irreversible_confidence": confidence}
    return spine_catalogue(folder, intents={TRACK: {"irreversible": True, **fields}}, policy=policy)


async def test_the_customer_is_asked_before_a_call_that_cannot_be_undone(careful: Spine) -> None:
    """Goal and destination are told as they will be, and nothing is called yet."""
    answer = await talk(careful, ["where is my parcel"])

    assert (answer["status"], answer["goal"], answer["destination"]["name"]) == ("understood", TRACK, "order-lookup")
    assert (answer["clarify"]["kind"], answer["clarify"]["question"]) == (
        "confirm_action",
        "You want to track an order. Is that right?",
    )
    assert careful.woken == []
    assert careful.states("call-1") == {TRACK: OPEN}
    assert "once the customer has said yes" in answer["why"]


@pytest.mark.parametrize(
    ("answer", "calls", "state", "reason"),
    [
        ("yes", 1, SERVED, "consent"),
        ("my parcel please", 1, SERVED, "the same wish again"),
        ("it has been three weeks now", 1, SERVED, "nothing is denied"),
        ("no", 0, DROPPED, "denied"),
        ("no, leave it", 0, DROPPED, "denied in more words"),
        ("no, book a room", 0, DROPPED, "denied for another goal"),
        ("thanks, bye", 0, OPEN, "the question is withdrawn"),
        ("book a room", 0, OPEN, "another goal first"),
    ],
)
async def test_the_call_is_made_unless_it_is_denied(
    careful: Spine, answer: str, calls: int, state: str, reason: str
) -> None:
    """The question is put once."""
    routed = await talk(careful, ["where is my parcel", answer])

    assert (len(careful.woken), careful.states("call-1")[TRACK]) == (calls, state), reason
    assert routed["clarify"] is None, reason


@pytest.mark.parametrize(
    ("confidence", "intent", "fields", "reason"),
    [
        (0.95, {}, {}, "the goal is sure enough"),
        (0.97, {"urgent": True}, {}, "an urgent goal waits for no question"),
        (0.97, {}, {"dispatch": False}, "advice calls nobody"),
    ],
)
async def test_a_question_before_a_call_is_asked_if_it_is_needed(
    tmp_path: Path, confidence: float, intent: dict[str, Any], fields: dict[str, Any], reason: str
) -> None:
    """Every question costs the customer a turn."""
    spine = a_spine(irreversible(tmp_path, confidence=confidence, **intent))

    answer = await talk(spine, ["where is my parcel"], **fields)

    assert (answer["goal"], answer["clarify"]) == (TRACK, None), reason
