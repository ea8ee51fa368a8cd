"""Why a goal was accepted, for those who ask: the catalogue's own examples, and places in the caller's own text."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from service.settings import Settings
from tests.support.app import ONE_OF_EACH, UNDERSTOOD, Caller, answer_in

CANCEL, INVOICE = "I want to cancel my booking", "please send me the invoice"
SMASHED = "My kettle arrived cracked and smashed to pieces, swap it for another one, 07700 900142"
"""Tells by words that the stored answer would not hold anyway, as "booking" is in `cancel_booking`."""


def words(goal: dict[str, Any], *texts: str) -> list[str]:
    """What the words of a goal point to, strongest first."""
    return [texts[word["turn"]][word["start"] : word["end"]] for word in goal["why"]["words"]]


def authored(client: Caller, intent: str) -> set[str]:
    """The catalogue's examples of an intent, as a bundle learns them: redacted."""
    catalogue = client.context.pipeline.catalogue
    return {client.context.pipeline._redactor.redact(text).utterance for text in catalogue.intents[intent].examples}


@pytest.mark.parametrize("fields", [{}, {"explain": False}], ids=["not asked", "declined"])
async def test_nothing_is_explained_to_who_does_not_ask(shared: Caller, fields: dict[str, bool]) -> None:
    """The answer is what it is without the field."""
    (goal,) = (await shared.intent(UNDERSTOOD, **fields))["goals"]

    assert "why" not in goal


async def test_a_goal_says_which_examples_are_near_and_which_words_tell(shared: Caller) -> None:
    """A few of each, the strongest first, behind a number that was redacted."""
    text = f"07700 900142 🏨 {UNDERSTOOD} please"

    (goal,) = (await shared.intent(text, explain=True))["goals"]

    examples, weights = goal["why"]["examples"], [word["weight"] for word in goal["why"]["words"]]
    similarities = [example["similarity"] for example in examples]
    assert {example["text"] for example in examples} < authored(shared, "cancel_booking")
    assert len(examples) == 3
    assert sorted(similarities, reverse=True) == similarities
    assert 0.5 < similarities[0] <= 1.0
    assert words(goal, text)[:2] == ["cancel", "booking"]
    assert len(weights) <= 5
    assert sorted(weights, reverse=True) == weights
    assert all(weight > 0 for weight in weights)


async def test_an_explanation_changes_nothing_else(shared: Caller) -> None:
    """Goals, confidences and all the rest are those of the plain answer."""
    plain, explained = await shared.intent(UNDERSTOOD), await shared.intent(UNDERSTOOD, explain=True)

    for goal in explained["goals"]:
        del goal["why"]
    assert explained == plain


async def test_each_goal_has_words_of_its_own_clause(shared: Caller) -> None:
    """What asks for the invoice does not speak for the cancellation."""
    text = f"{CANCEL} and also {INVOICE}"

    cancel, invoice = (await shared.intent(text, explain=True))["goals"]

    assert words(cancel, text)[0] == "cancel"
    assert words(invoice, text)[0] == "invoice"
    assert not set(words(cancel, text)) & set(words(invoice, text))


async def test_words_point_into_the_turn_that_named_the_goal(shared: Caller) -> None:
    """Not into the yes that kept it."""
    texts = ("Hello there", CANCEL, "Shall I?", "yes")
    turns = [{"speaker": "agent" if "?" in text else "customer", "text": text} for text in texts]

    answer = answer_in(await shared.post("/intent", json={"turns": turns, "explain": True}))

    assert words(answer["goals"][0], *texts)[0] == "cancel"


@pytest.mark.parametrize("status", ["ambiguous", "out_of_scope", "no_goal_yet"])
async def test_without_a_goal_there_is_nothing_to_explain(shared: Caller, status: str) -> None:
    """Such an answer is the same either way."""
    text = ONE_OF_EACH[status]

    assert await shared.intent(text, explain=True) == await shared.intent(text)


async def test_each_item_of_a_batch_asks_for_itself(shared: Caller) -> None:
    """In the order of the items."""
    items = [{"text": UNDERSTOOD, "explain": explain} for explain in (True, False, True)]

    answers = answer_in(await shared.post("/intent/batch", json={"items": items}))["items"]

    assert ["why" in answer["goals"][0] for answer in answers] == [True, False, True]
    assert answers[0] == answers[2] == await shared.intent(UNDERSTOOD, explain=True)


async def test_who_leaves_no_time_gets_a_valid_answer(shared: Caller) -> None:
    """A goal that there was no time to explain says so; any other says why."""
    answer = await shared.intent(UNDERSTOOD, explain=True, deadline_ms=1)

    assert all(goal["why"] is None or goal["why"]["examples"] for goal in answer["goals"])


async def test_a_routed_contact_is_explained_and_can_be_looked_up(client: Caller) -> None:
    """The decision is held with its reasons."""
    answer = await client.route(UNDERSTOOD, explain=True)

    decision = answer_in(await client.get(f"/decisions/{answer['decision_id']}"))

    assert words(answer["goals"][0], UNDERSTOOD)[0] == "cancel"
    assert decision["goals"] == answer["goals"]


async def test_a_repeated_contact_is_answered_as_before(client: Caller) -> None:
    """Asking why later does not decide anew."""
    plain = await client.post("/route", json={"text": UNDERSTOOD, "contact_id": "call-1"})
    repeated = await client.post("/route", json={"text": UNDERSTOOD, "contact_id": "call-1", "explain": True})

    assert repeated.headers["Idempotent-Replayed"] == "true"
    assert repeated.content == plain.content


def rows_of(settings: Settings) -> Iterator[str]:
    """Every value of every row of every table."""
    with closing(sqlite3.connect(settings.home / "errand.db")) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  (its own list of tables)
                yield from (value.decode() if isinstance(value, bytes) else str(value) for value in row)


async def test_stored_rows_hold_no_word_of_the_customers(client: Caller, settings: Settings) -> None:
    """Of an explanation are kept: places, weights, and examples exactly as somebody wrote them for the catalogue."""
    answer = await client.route(SMASHED, explain=True, contact_id="call-1")
    (goal,) = answer["goals"]
    assert "smashed" in words(goal, SMASHED), "what must not be kept did tell"

    kept = " ".join(rows_of(settings))

    examples = {example["text"] for example in goal["why"]["examples"]}
    assert examples <= authored(client, goal["intent"])
    for example in examples:
        assert json.dumps(example, ensure_ascii=False)[1:-1] in kept, "what is taken away next is there"
        kept = kept.replace(json.dumps(example, ensure_ascii=False)[1:-1], "")
    said = set(re.findall(r"[a-z]{4,}|[0-9]{4,}", SMASHED.lower()))
    assert said >= {"kettle", "cracked", "smashed", "pieces", "07700", "900142"}
    assert [word for word in sorted(said) if word in kept.lower()] == []


async def test_the_document_describes_explanations(shared: Caller) -> None:
    """Who may ask, what comes, and that the goal says nothing of it otherwise."""
    schemas = (await shared.get("/openapi.json")).json()["components"]["schemas"]

    for name in ("IntentIn", "RouteIn"):
        assert schemas[name]["properties"]["explain"]["default"] is False
        assert schemas[name]["properties"]["explain"]["description"]
    assert "why" not in schemas["GoalOut"]["required"]
    assert "explain" in schemas["GoalOut"]["properties"]["why"]["description"]
    assert {"examples", "words"} == schemas["WhyOut"]["properties"].keys()
