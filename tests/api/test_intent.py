"""`POST /intent` and `/intent/batch`: what a customer came for, and how sure that is. Nothing is stored."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.settings import Settings
from tests.support.app import (
    AMBIGUOUS,
    NO_GOAL_YET,
    ONE_OF_EACH,
    OUT_OF_SCOPE,
    UNDERSTOOD,
    Caller,
    answer_in,
    in_turns,
    problem_in,
    serving,
)


@pytest.mark.parametrize(("status", "text"), ONE_OF_EACH.items())
async def test_every_status_is_reached_and_kept_apart_from_the_versions(shared: Caller, status: str, text: str) -> None:
    """Each of the four kinds of message gets its status, from the bundle and the catalogue in use."""
    answer = await shared.intent(text)

    assert answer["status"] == status
    assert answer["bundle"] == shared.context.pipeline.reader.classifier.version
    assert answer["catalogue"] == shared.context.pipeline.catalogue.version
    assert answer["degraded"] is False


async def test_an_understood_contact_has_a_goal_and_a_next_step(shared: Caller) -> None:
    """The goal is the likeliest candidate, with its title, and the page where it gets done."""
    answer = await shared.intent(UNDERSTOOD)

    (goal,) = answer["goals"]
    assert (goal["intent"], goal["title"], goal["urgent"]) == ("cancel_booking", "Cancel a booking", False)
    assert goal["confidence"] == answer["candidates"][0]["confidence"]
    assert answer["next"] == {
        "path": "cancel_booking",
        "label": "Cancel your booking",
        "url": "/bookings/cancel",
    }
    assert answer["clarify"] is None


async def test_an_urgent_goal_says_so(shared: Caller) -> None:
    """Somebody in danger is not one of many."""
    answer = await shared.intent("there is a fire in the room next to mine, please help")

    assert [(goal["intent"], goal["urgent"]) for goal in answer["goals"]] == [("report_emergency", True)]


async def test_an_ambiguous_contact_gets_one_question_with_concrete_goals(shared: Caller) -> None:
    """Two or three options, each a candidate with the title that customers see, and no goal."""
    answer = await shared.intent(AMBIGUOUS, top_k=20)

    options = answer["clarify"]["options"]
    titles = {name: intent.title for name, intent in shared.context.pipeline.catalogue.intents.items()}
    assert len(options) in {1, 2, 3}
    assert all(titles[option["intent"]] == option["title"] for option in options)
    assert {option["intent"] for option in options} <= {candidate["intent"] for candidate in answer["candidates"]}
    assert answer["clarify"]["question"].endswith("?")
    assert (answer["goals"], answer["next"]) == ([], None)


async def test_a_contact_without_a_goal_yet_is_asked_an_open_question(shared: Caller) -> None:
    """A greeting is answered with a question and not with guesses."""
    answer = await shared.intent(NO_GOAL_YET)

    assert answer["clarify"] == {"kind": "choose", "question": "What would you like to get done?", "options": []}
    assert (answer["goals"], answer["next"]) == ([], None)


async def test_what_no_intent_is_for_is_not_asked_about(shared: Caller) -> None:
    """Asking again would not make it an errand of this company."""
    answer = await shared.intent(OUT_OF_SCOPE)

    assert (answer["goals"], answer["next"], answer["clarify"]) == ([], None, None)


@pytest.mark.parametrize("text", ONE_OF_EACH.values())
async def test_no_answer_allows_relationship_content(shared: Caller, text: str) -> None:
    """Whatever came of it, the customer came for an errand and not to be sold to."""
    answer = await shared.intent(text)

    assert answer["content_policy"] == {"relationship": "deny"}


@pytest.mark.parametrize("text", [text for status, text in ONE_OF_EACH.items() if status != "no_goal_yet"])
@pytest.mark.parametrize("top_k", [1, 3, 4, 20])
async def test_top_k_is_the_number_of_candidates(shared: Caller, top_k: int, text: str) -> None:
    """As many as were asked for, likeliest first, each an intent of the catalogue once."""
    candidates = (await shared.intent(text, top_k=top_k))["candidates"]

    intents = [candidate["intent"] for candidate in candidates]
    confidences = [candidate["confidence"] for candidate in candidates]
    assert set(intents) <= shared.context.pipeline.catalogue.intents.keys(), "no_goal_yet is a status, not an intent"
    assert len(set(intents)) == len(intents) == top_k
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)


async def test_three_candidates_are_listed_unless_more_are_asked_for(shared: Caller) -> None:
    """The default of the document."""
    assert len((await shared.intent(UNDERSTOOD))["candidates"]) == 3


CONVERSATIONS = [
    pytest.param(
        [("customer", "where is my parcel"), ("agent", "Let me look."), ("customer", UNDERSTOOD)],
        "cancel_booking",
        2,
        id="a newer goal replaces the older one",
    ),
    pytest.param(
        [("customer", UNDERSTOOD), ("agent", "Shall I cancel it?"), ("customer", "yes")],
        "cancel_booking",
        0,
        id="yes names no goal and keeps the earlier one",
    ),
    pytest.param(
        [("customer", UNDERSTOOD), ("customer", "thanks"), ("customer", " ")],
        "cancel_booking",
        0,
        id="an empty turn says nothing",
    ),
    pytest.param(
        [("customer", "where is my parcel"), ("agent", UNDERSTOOD), ("system", "please book a room for two nights")],
        "track_order",
        0,
        id="only customers have goals",
    ),
]


@pytest.mark.parametrize(("turns", "goal", "turn"), CONVERSATIONS)
async def test_the_newest_customer_turn_with_a_goal_wins(
    shared: Caller, turns: list[tuple[str, str]], goal: str, turn: int
) -> None:
    """The evidence names the turn that it came from."""
    answer = await shared.understand(*turns)

    assert [found["intent"] for found in answer["goals"]] == [goal]
    assert {evidence["turn"] for evidence in answer["goals"][0]["evidence"]} == {turn}


async def test_a_conversation_without_any_goal_has_none_yet(shared: Caller) -> None:
    """However often somebody says hello."""
    answer = await shared.understand(("customer", "hello"), ("agent", "Hello!"), ("customer", "yes"))

    assert answer["status"] == "no_goal_yet"


GOAL_AT_THE_END = [
    pytest.param("", id="nothing before it"),
    pytest.param("07700 900142. ", id="a long original of a short placeholder"),
    pytest.param("my booking number is BK-447, ", id="a short original of a long placeholder"),
    pytest.param("👩‍👩‍👧 🏨 ", id="emoji: code points are neither bytes nor UTF-16 units"),
    pytest.param("🏨 07700 900142 🙂 ", id="both"),
]


@pytest.mark.parametrize("before", GOAL_AT_THE_END)
async def test_evidence_points_into_the_callers_own_text(shared: Caller, before: str) -> None:
    """Offsets are code points of what was sent, whatever was redacted before the goal."""
    text = before + UNDERSTOOD

    (goal,) = (await shared.intent(text))["goals"]

    (evidence,) = goal["evidence"]
    assert goal["intent"] == "cancel_booking"
    assert 0 <= evidence["start"] < evidence["end"] <= len(text)
    assert text[evidence["start"] : evidence["end"]].endswith(UNDERSTOOD)


SERVED = [
    pytest.param({"text": "👍👍👍"}, {}, id="emoji only"),
    pytest.param({"text": "cancel\u0000 my \u0007booking"}, {}, id="control characters"),
    pytest.param({"text": "\u202ecancel my booking\u202c \u200b"}, {}, id="directions and zero widths"),
    pytest.param({"text": "e\u0301" * 500}, {}, id="combining characters"),
    pytest.param({"text": "a" * 16_000}, {}, id="one word of the greatest length"),
    pytest.param({"text": "4" * 16_000}, {}, id="one number of the greatest length"),
    pytest.param({"text": "jo@" * 5_333}, {}, id="at signs of the greatest length"),
    pytest.param({"text": "😀" * 16_000}, {}, id="four bytes a character, 64,000 in all"),
    pytest.param({"turns": in_turns("customer", ["ok"] * 200)}, {}, id="as many turns as there may be"),
    pytest.param({"text": UNDERSTOOD, "language": "en-GB", "top_k": 20, "deadline_ms": 60_000}, {}, id="every field"),
    pytest.param({"text": UNDERSTOOD}, {"Content-Type": "application/json; charset=utf-8"}, id="a charset"),
    pytest.param({"text": UNDERSTOOD}, {"Content-Type": "application/vnd.desk+json"}, id="a dialect of JSON"),
    pytest.param({"text": UNDERSTOOD}, {"X-Request-Timeout-Ms": "60000"}, id="the longest deadline"),
]


@pytest.mark.parametrize(("body", "headers"), SERVED)
async def test_odd_messages_are_answered(shared: Caller, body: dict[str, Any], headers: dict[str, str]) -> None:
    """What people and programs do send is no mistake."""
    answer_in(await shared.post("/intent", json=body, headers=headers))


@pytest.mark.parametrize("path", ["/intent", "/route"])
@pytest.mark.parametrize("how", ["field", "header"])
async def test_a_deadline_is_met_with_a_valid_answer(client: Caller, path: str, how: str) -> None:
    """One millisecond gives the whole answer or a degraded one, and what was cut short is counted."""
    fields, headers = ({"deadline_ms": 1}, {}) if how == "field" else ({}, {"X-Request-Timeout-Ms": "1"})

    answer = answer_in(await client.post(path, json={"text": AMBIGUOUS, **fields}, headers=headers))

    metrics = await client.metrics()
    assert answer["degraded"] == bool(metrics.total("errand_cut_short_total") + metrics.total("errand_spooled_total"))


async def test_the_shorter_of_two_deadlines_holds(client: Caller) -> None:
    """A proxy that waits a millisecond has no use for the minute that its own caller would wait."""
    body = {"text": AMBIGUOUS, "deadline_ms": 60_000}

    answer = answer_in(await client.post("/intent", json=body, headers={"X-Request-Timeout-Ms": "1"}))

    assert answer["degraded"] == bool((await client.metrics()).total("errand_cut_short_total"))


async def test_nothing_is_stored(client: Caller) -> None:
    """Advice leaves no decision behind."""
    for text in ONE_OF_EACH.values():
        await client.intent(text)

    assert await client.context.recorder.count_decisions() == 0


async def test_a_batch_answers_in_the_order_of_its_items(shared: Caller) -> None:
    """Each answer is the one that its item would get alone."""
    items = [{"text": text, "top_k": top_k} for top_k in (1, 2, 3) for text in ONE_OF_EACH.values()]
    alone = [answer_in(await shared.post("/intent", json=item)) for item in items]

    answer = answer_in(await shared.post("/intent/batch", json={"items": items}))

    assert answer["items"] == alone


async def test_a_batch_degrades_none_of_its_items(settings: Settings) -> None:
    """A batch waits for its own turn at the encoder, even where one thread runs it."""
    async with serving(settings.model_copy(update={"encoder_threads": 1})) as client:
        items = [{"text": f"{AMBIGUOUS} {number}"} for number in range(64)]

        answer = answer_in(await client.post("/intent/batch", json={"items": items}))

    assert [item["degraded"] for item in answer["items"]] == [False] * 64


async def test_256_items_are_a_batch_and_257_are_not(shared: Caller) -> None:
    """The bound of the document."""
    items = [{"text": "hi"}] * 256

    whole = answer_in(await shared.post("/intent/batch", json={"items": items}))
    refused = await shared.post("/intent/batch", json={"items": [*items, {"text": "hi"}]})

    assert len(whole["items"]) == 256
    problem_in(refused, status=422, code="invalid_request", field="items")


async def test_one_bad_item_refuses_the_batch_and_is_named(shared: Caller) -> None:
    """A caller learns which of many it was."""
    items = [{"text": "hi"}, {"text": "hi"}, {"text": " "}]

    refused = await shared.post("/intent/batch", json={"items": items})

    problem_in(refused, status=422, code="invalid_request", field="items.2.text")


async def test_single_contacts_are_answered_while_a_batch_runs(shared: Caller) -> None:
    """A batch of the greatest size is still at work when a contact that came after it has its answer."""
    items = [{"text": f"{AMBIGUOUS} {number}"} for number in range(256)]
    batch = asyncio.create_task(shared.post("/intent/batch", json={"items": items}))
    await asyncio.sleep(0)

    await shared.intent(NO_GOAL_YET)

    assert not batch.done()
    answer_in(await batch)
