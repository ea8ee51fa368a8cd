"""The example shop over HTTP: its systems, its switches, its memory, and whom it believes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from service.demo.goods import BACK_ROOM, NEARBY, PARTNERS, SHELF
from service.demo.shop import MOST_REMEMBERED, create_app
from service.demo.systems import SYSTEMS
from service.fulfil.call_body import Answer, Delivery, read_answer
from service.fulfil.signature import FORMER_HEADER, signed_headers, usable_secrets

SECRET = "s" * 32
LATE_SECONDS = 3_600.0
"""No test waits for it."""
ADDRESSES = {system.name: system.address for system in SYSTEMS}
DOLL = {"item": "the Ottoline doll, please"}

_numbers = count(1)


def signed(body: bytes, secret: str, key: str) -> dict[str, str]:
    return signed_headers(body, secrets=usable_secrets([secret]), delivery_id=key, unix_now=time.time())


class Caller(httpx.AsyncClient):
    """Calls a shop as Errand does."""

    def __init__(self, *secrets: str) -> None:
        app = create_app(secrets=secrets, slow_seconds=LATE_SECONDS)
        super().__init__(transport=httpx.ASGITransport(app=app), base_url="http://shop.test")

    async def ask(
        self,
        system: str,
        details: dict[str, Any] | None = None,
        *,
        learned: dict[str, Any] | None = None,
        key: str | None = None,
        attempt: int = 1,
        signed_with: str | None = None,
    ) -> httpx.Response:
        key = key or f"delivery-{next(_numbers)}"
        delivery = Delivery(
            delivery_id=key,
            attempt=attempt,
            decision_id="decision-1",
            intent="find_product",
            path="find_product",
            rung=system,
            channel=None,
            details=details or {},
            learned=learned or {},
        )
        body = delivery.body(deadline_ms=2_000)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if signed_with is not None:
            headers |= signed(body, signed_with, key)
        return await self.post(ADDRESSES[system], content=body, headers=headers)

    async def answer(self, system: str, details: dict[str, Any] | None = None, **more: Any) -> Answer:
        """What Errand would read out of the answer."""
        response = await self.ask(system, details, **more)
        assert response.status_code == 200, response.text
        answer = read_answer(response.content)
        assert isinstance(answer, Answer), answer
        return answer

    async def switch(self, system: str, behaviour: str) -> None:
        answer = await self.put(f"/switches/{system}", json={"behaviour": behaviour})
        assert answer.json()[system] == behaviour

    async def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = (await self.get("/calls")).json()
        return calls


@pytest.fixture
async def shop() -> AsyncIterator[Caller]:
    """Believes every call."""
    async with Caller() as shop:
        yield shop


FOUND = [
    pytest.param("stock-lookup", {"item": "copper kettle"}, SHELF, id="on the shelf"),
    pytest.param("stock-lookup", {"item": "an OAK train set"}, BACK_ROOM, id="in the back room"),
    pytest.param("nearby-stores", {"item": "paper lantern"}, NEARBY[1], id="in the second of the nearby stores"),
    pytest.param("partner-stores", DOLL, PARTNERS[0], id="with a competitor"),
]


@pytest.mark.parametrize(("system", "details", "place"), FOUND)
async def test_what_is_there_is_served(shop: Caller, system: str, details: dict[str, str], place: str) -> None:
    """With a sentence for the customer that names the place, which is handed on too."""
    answer = await shop.answer(system, details)

    assert (answer.result, answer.data["found_at"]) == ("served", place)
    assert answer.say is not None
    assert place in answer.say


@pytest.mark.parametrize("system", ["stock-lookup", "nearby-stores"])
async def test_what_is_not_there_is_left_to_the_next(shop: Caller, system: str) -> None:
    """And where it was looked for is handed on, with what was there."""
    answer = await shop.answer(system, DOLL)

    assert answer.result == "cannot_serve"
    (counts,) = answer.data.values()
    assert set(counts.values()) == {0}


async def test_what_the_shop_does_not_know_is_left_to_the_next(shop: Caller) -> None:
    """An order of somebody else's, a product of nobody's."""
    assert (await shop.answer("stock-lookup", {"item": "a moon on a stick"})).result == "cannot_serve"
    assert (await shop.answer("order-tracking", {"order_number": "K-0000-0000"})).result == "cannot_serve"


async def test_an_order_is_found_by_its_number(shop: Caller) -> None:
    """However it is written."""
    answer = await shop.answer("order-tracking", {"order_number": " k-4471-2290"})

    assert (answer.result, answer.say) == ("served", "Your order is on its way and should arrive tomorrow.")


@pytest.mark.parametrize(
    ("system", "field"),
    [
        ("stock-lookup", "item"),
        ("nearby-stores", "item"),
        ("partner-stores", "item"),
        ("order-tracking", "order_number"),
    ],
)
async def test_what_is_missing_is_asked_for(shop: Caller, system: str, field: str) -> None:
    """By name."""
    answer = await shop.answer(system)

    assert (answer.result, [need.field for need in answer.needs]) == ("needs_customer", [field])


async def test_what_was_found_is_held_once(shop: Caller) -> None:
    """The one doll is gone then, for whoever asks or wants it held next."""
    learned = {"found_at": PARTNERS[0]}

    held = await shop.answer("hold-and-gift-wrap", DOLL, learned=learned)
    later = await shop.answer("hold-and-gift-wrap", DOLL, learned=learned)

    assert (held.result, held.data) == ("served", {"held_at": PARTNERS[0], "gift_wrapped": True})
    assert later.result == "cannot_serve"
    assert (await shop.answer("partner-stores", DOLL)).result == "cannot_serve"


@pytest.mark.parametrize("learned", [{}, {"found_at": SHELF}, {"found_at": "nowhere"}])
async def test_what_was_not_found_is_not_held(shop: Caller, learned: dict[str, str]) -> None:
    """There is none where nobody has found one."""
    assert (await shop.answer("hold-and-gift-wrap", DOLL, learned=learned)).result == "cannot_serve"
    assert (await shop.answer("partner-stores", DOLL)).result == "served"


async def test_the_same_key_is_answered_the_same(shop: Caller) -> None:
    """The second time holds nothing more, though there are six kettles, and both are in the log."""
    learned, kettle = {"found_at": SHELF}, {"item": "copper kettle"}
    first = await shop.ask("hold-and-gift-wrap", kettle, learned=learned, key="hold-1")
    second = await shop.ask("hold-and-gift-wrap", kettle, learned=learned, key="hold-1", attempt=2)

    counted = (await shop.answer("stock-lookup", kettle)).data["shop"]

    assert first.content == second.content
    assert counted[SHELF] == 5
    noted = [(call["delivery_id"], call["attempt"], call["answered"]) for call in (await shop.calls())[:2]]
    assert noted == [("hold-1", 1, "served"), ("hold-1", 2, "served")]


@pytest.mark.parametrize("system", [*ADDRESSES])
async def test_a_system_that_fails_does_nothing(shop: Caller, system: str) -> None:
    """It says so by its status, and the same key is served once it is well."""
    details, learned = {**DOLL, "order_number": "K-4471-2304"}, {"found_at": PARTNERS[0]}
    await shop.switch(system, "failing")
    failed = await shop.ask(system, details, learned=learned, key="call-1")
    await shop.switch(system, "normal")

    served = await shop.ask(system, details, learned=learned, key="call-1")

    assert (failed.status_code, served.status_code) == (500, 200)
    assert [call["answered"] for call in await shop.calls()] == ["500", served.json()["result"]]


@pytest.mark.parametrize("system", [*ADDRESSES])
async def test_a_system_that_is_closed_cannot_serve(shop: Caller, system: str) -> None:
    """Whatever it has."""
    await shop.switch(system, "closed")

    answer = await shop.answer(system, {**DOLL, "order_number": "K-4471-2304"}, learned={"found_at": PARTNERS[0]})

    assert answer.result == "cannot_serve"


@pytest.mark.parametrize("system", [*ADDRESSES])
async def test_a_system_that_is_slow_has_done_its_work_before_it_answers(shop: Caller, system: str) -> None:
    """The call is noted while its answer is still out; asked again under its key, the system does nothing anew."""
    details, learned = {"item": "copper kettle", "order_number": "K-4471-2304"}, {"found_at": SHELF}
    await shop.switch(system, "slow")
    asked = asyncio.create_task(shop.ask(system, details, learned=learned, key="call-1"))
    while not await shop.calls():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)
    is_out = not asked.done()
    asked.cancel()
    await shop.switch(system, "normal")

    again = await shop.answer(system, details, learned=learned, key="call-1", attempt=2)
    left = (await shop.answer("stock-lookup", details)).data["shop"][SHELF]

    assert is_out
    assert [call["answered"] for call in (await shop.calls())[:2]] == [again.result, again.result]
    assert left == (5 if system == "hold-and-gift-wrap" else 6)


async def test_a_desk_tells_whether_there_is_room(shop: Caller) -> None:
    """As a capacity probe asks it."""
    before = (await shop.get("/capacity/tech-desk")).json()
    await shop.switch("tech-desk", "closed")
    closed = (await shop.get("/capacity/tech-desk")).json()
    await shop.switch("tech-desk", "failing")

    assert before == {"open": True, "waiting_seconds": 20}
    assert closed == {"open": False, "waiting_seconds": 0}
    assert (await shop.get("/capacity/tech-desk")).status_code == 500


async def test_the_log_names_products_and_nothing_else_of_the_customer(shop: Caller) -> None:
    """Neither the words around a product nor the number of an order."""
    await shop.ask("stock-lookup", {"item": "Ottoline doll for my niece Zebracanary"}, key="call-1")
    await shop.ask("stock-lookup", {"item": "zebracanary"})
    await shop.ask("order-tracking", {"order_number": "zebracanary"})

    response = await shop.get("/calls")

    assert "zebracanary" not in response.text.lower()
    assert response.json()[0] == {
        "decision_id": "decision-1",
        "delivery_id": "call-1",
        "attempt": 1,
        "system": "stock-lookup",
        "product": "Ottoline doll",
        "answered": "cannot_serve",
    }
    assert [call["product"] for call in response.json()] == ["Ottoline doll", None, None]


async def test_the_log_has_an_end(shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest answers are forgotten; nothing grows for ever."""
    assert MOST_REMEMBERED == 10_000
    monkeypatch.setattr("service.demo.shop.MOST_REMEMBERED", 1)
    learned, kettle = {"found_at": SHELF}, {"item": "copper kettle"}

    for key in ("hold-1", "hold-2", "hold-1"):
        await shop.ask("hold-and-gift-wrap", kettle, learned=learned, key=key)

    assert (await shop.answer("stock-lookup", kettle)).data["shop"][SHELF] == 3


REFUSED = [
    pytest.param("PUT", "/switches/moon", {"behaviour": "slow"}, 404, "stock-lookup", id="no such system"),
    pytest.param("PUT", "/switches/tech-desk", {"behaviour": "odd"}, 422, "'failing'", id="no such behaviour"),
    pytest.param("GET", "/capacity/moon", None, 404, "store-desk", id="no such desk"),
    pytest.param("POST", "/stock/lookup", {"attempt": 0}, 422, "delivery_id", id="no delivery"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "says"), REFUSED)
async def test_what_is_wrong_is_told(  # noqa: PLR0917
    shop: Caller, method: str, path: str, body: dict[str, Any] | None, status: int, says: str
) -> None:
    """With what would be right."""
    refused = await shop.request(method, path, json=body, headers={"Idempotency-Key": "call-1"})

    assert refused.status_code == status
    assert says in refused.text


async def test_a_call_without_a_key_is_refused(shop: Caller) -> None:
    """It could not be told from the same call again."""
    refused = await shop.post("/stock/lookup", json={"delivery_id": "d", "decision_id": "d", "attempt": 1})

    assert refused.status_code == 422
    assert "idempotency-key" in refused.text


@pytest.mark.parametrize(("signed_with", "status"), [(SECRET, 200), ("o" * 32, 401), (None, 401)])
async def test_only_errand_is_believed(signed_with: str | None, status: int) -> None:
    """Where the shop was given the secret; a call of anybody else is not even noted."""
    async with Caller(SECRET) as shop:
        response = await shop.ask("stock-lookup", DOLL, signed_with=signed_with)
        calls = await shop.calls()

    assert response.status_code == status
    assert len(calls) == (status == 200)


async def test_a_body_that_was_changed_on_its_way_is_refused() -> None:
    """The signature is of these very bytes."""
    async with Caller(SECRET) as shop:
        body = orjson.dumps({"delivery_id": "d", "decision_id": "d", "attempt": 1, "details": DOLL})
        headers = {
            **signed(body, SECRET, "d"),
            "Content-Type": "application/json",
            "Idempotency-Key": "d",
        }
        as_signed = await shop.post("/stock/lookup", content=body, headers=headers)
        changed = await shop.post("/stock/lookup", content=body.replace(b"doll", b"Doll"), headers=headers)

    assert (as_signed.status_code, changed.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"webhook-id": "another"}, "moved to another delivery"),
        ({"webhook-id": ""}, "of no delivery"),
        ({"webhook-timestamp": "1"}, "too old"),
        ({"webhook-timestamp": "soon"}, "no time"),
        ({"webhook-signature": ""}, "not signed by Standard Webhooks, only by the header that goes"),
        ({"webhook-signature": "v1"}, "no signature in it"),
        ({"webhook-signature": "v1,a"}, "no base64"),
        ({"webhook-signature": "v2,AAAA"}, "another version"),
    ],
)
async def test_headers_that_were_changed_are_refused(headers: dict[str, str], reason: str) -> None:
    """Signed is the delivery, the time and the body; and no header, however broken, breaks the shop."""
    body = orjson.dumps({"delivery_id": "d", "decision_id": "d", "attempt": 1, "details": DOLL})
    as_signed = {**signed(body, SECRET, "d"), "Content-Type": "application/json", "Idempotency-Key": "d"}
    async with Caller(SECRET) as shop:
        refused = await shop.post("/stock/lookup", content=body, headers=as_signed | headers)

    assert FORMER_HEADER in as_signed
    assert refused.status_code == 401, reason
