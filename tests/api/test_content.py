"""`POST /content/check`: promotion is told from fulfilment and notices, and refused to who did not come for it."""

from __future__ import annotations

import asyncio
from itertools import combinations
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from service.catalogue.loader import load_catalogue, starter_folder
from service.errors import CatalogueError
from service.main import create_app
from service.settings import Settings
from tests.support.app import Caller, answer_in, contents_of, problem_in, serving, settings_for

ERRAND = "Your refund of 42 euros will be on your card by Friday"
PROMOTION = "check out our amazing summer sale and treat yourself"
NOTICE = "The office is closed on Mondays."
CANARY = "zebracanary"
OFFER_GOALS = load_catalogue(starter_folder()).offer_goals


async def check(client: Caller, text: str, **fields: Any) -> dict[str, Any]:
    return answer_in(await client.post("/content/check", json={"text": text, **fields}))


@pytest.mark.parametrize(
    ("text", "kind", "allowed"),
    [(f"{ERRAND}.", "fulfilment", True), (NOTICE, "service_notice", True), (PROMOTION, "relationship", False)],
)
async def test_a_text_is_told_by_what_it_is_for(shared: Caller, text: str, kind: str, *, allowed: bool) -> None:
    """With a confidence, and in one clause where it is one."""
    answer = await check(shared, text)

    assert (answer["kind"], answer["allowed"]) == (kind, allowed)
    assert 0.5 < answer["confidence"] <= 1
    assert [(clause["start"], clause["end"], clause["kind"]) for clause in answer["clauses"]] == [(0, len(text), kind)]
    assert answer["content_policy"] == {"relationship": "deny"}


@pytest.mark.parametrize("joint", [". By the way, ", ", and ", " - ", "; ", ".\nPS: "])
async def test_a_promotion_behind_an_errand_is_pointed_at(shared: Caller, joint: str) -> None:
    """The whole text is refused for it."""
    text = f"🧾 {ERRAND}{joint}{PROMOTION}"

    answer = await check(shared, text)

    promoting = [clause for clause in answer["clauses"] if clause["kind"] == "relationship"]
    assert (answer["kind"], answer["allowed"]) == ("relationship", False)
    assert all("sale" in text[each["start"] : each["end"]] for each in promoting)
    assert not any("refund" in text[each["start"] : each["end"]] for each in promoting)
    assert answer["confidence"] == max(each["confidence"] for each in promoting)


@pytest.mark.parametrize("goal", sorted(OFFER_GOALS))
async def test_those_who_came_for_offers_may_be_told_of_them(shared: Caller, goal: str) -> None:
    """It is promotion all the same."""
    answer = await check(shared, PROMOTION, goals=["cancel_order", goal])

    assert (answer["kind"], answer["allowed"]) == ("relationship", True)
    assert answer["content_policy"] == {"relationship": "allow"}


async def test_other_goals_allow_nothing(shared: Caller) -> None:
    """Not all of them together."""
    others = sorted(set(shared.context.pipeline.catalogue.intents) - OFFER_GOALS)

    for some in (others[:20], others[20:40], others[40:], *combinations(others[:3], 2)):
        assert (await check(shared, PROMOTION, goals=list(some)))["allowed"] is False


REFUSED = [
    pytest.param({"text": ""}, "text", id="no text"),
    pytest.param({"text": " \n"}, "text", id="blanks"),
    pytest.param({"text": "x" * 4_001}, "text", id="too long"),
    pytest.param({"text": CANARY, "goals": ["get_rich"]}, "goals.0", id="a goal that no intent is"),
    pytest.param({"text": CANARY, "goals": ["ask_offers"] * 21}, "goals", id="too many goals"),
    pytest.param({"text": CANARY, "allow": True}, "allow", id="a field that would turn it off"),
    pytest.param({"goals": []}, "text", id="nothing to judge"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED)
async def test_what_cannot_be_judged_is_refused(shared: Caller, body: dict[str, Any], field: str) -> None:
    """By the field at fault, and without the text."""
    response = await shared.post("/content/check", json=body)

    problem_in(response, status=422, code="invalid_request", field=field)
    assert CANARY not in response.text


async def test_the_longest_text_is_judged_to_its_end(shared: Caller) -> None:
    """4,000 characters, the last of which promote."""
    text = f"{ERRAND}. " * 80
    text = f"{text[: 3_999 - len(PROMOTION)]} {PROMOTION}"

    answer = await check(shared, text)

    assert len(text) == 4_000
    assert answer["kind"] == "relationship"
    assert answer["clauses"][-1]["end"] == 4_000


async def test_contacts_are_answered_while_texts_are_judged(shared: Caller) -> None:
    """The encoder is kept busy, the event loop is not."""
    async with asyncio.TaskGroup() as group:
        judging = [group.create_task(check(shared, f"{ERRAND}. " * 60)) for _ in range(4)]
        contact = group.create_task(shared.intent("where is my parcel"))

    assert contact.result()["status"] == "understood"
    assert {task.result()["kind"] for task in judging} == {"fulfilment"}


async def test_nothing_is_kept(starter_bundle: Path, tmp_path: Path) -> None:
    """The text is in no file afterwards."""
    async with serving(settings_for(starter_bundle, tmp_path / "home")) as client:
        await check(client, f"{ERRAND}, dear {CANARY}.")
        exposition = (await client.metrics()).exposition

    assert CANARY not in exposition
    assert CANARY.encode() not in contents_of(tmp_path / "home")


async def test_offers_are_allowed_while_they_are_asked_for(client: Caller) -> None:
    """In what `/intent` and `/route` answer, and not before or after."""
    allowed, denied = {"relationship": "allow"}, {"relationship": "deny"}
    offers, errand = "what offers do you have at the moment", "I want to cancel my booking"

    assert (await client.intent(offers))["content_policy"] == allowed
    assert (await client.intent(errand))["content_policy"] == denied
    assert (await client.intent("hello"))["content_policy"] == denied
    assert (await client.route(offers, contact_id="caller"))["content_policy"] == allowed
    assert (await client.route(errand, contact_id="caller"))["content_policy"] == denied


async def test_a_catalogue_that_promotes_is_not_served(settings: Settings, tmp_path: Path) -> None:
    """It is refused at the start, by file, line and clause."""
    folder = Path(copytree(starter_folder(), tmp_path / "catalogue"))
    product = (folder / "product.yaml").read_text(encoding="utf-8")
    changed = product.replace(
        "We will write to you within a day with the answer", f"We will write to you, and {PROMOTION}"
    )
    (folder / "product.yaml").write_text(changed, encoding="utf-8")
    app = create_app(settings.model_copy(update={"catalogue": folder}))

    with pytest.raises(
        CatalogueError, match=rf"product\.yaml:\d+: error: “and {PROMOTION}.*promotional_sentence"
    ) as refusal:
        async with app.router.lifespan_context(app):
            pass

    assert changed != product
    assert len(refusal.value.problems) == 1
