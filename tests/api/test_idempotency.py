"""The same request is one decision, however often and however fast it is sent."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from service.settings import Settings
from tests.support.app import UNDERSTOOD, Caller, Clock, problem_in, serving

REPLAYED = "Idempotent-Replayed"
OTHER = "where is my parcel"


class Sender:
    """Routes a contact under keys and ids that no other test uses."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._prefix = uuid.uuid4().hex

    async def send(self, key: str | None = None, contact_id: str | None = None, **body: Any) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": self._prefix + key}
        identity = {} if contact_id is None else {"contact_id": self._prefix + contact_id}
        return await self.caller.post("/route", json={"text": UNDERSTOOD, **identity, **body}, headers=headers)

    async def count(self) -> int:
        return await self.caller.context.recorder.count_decisions()


@pytest.fixture
def sender(shared: Caller) -> Sender:
    return Sender(shared)


SAME = [
    pytest.param({"key": "1"}, {"key": "1"}, id="the same key and body"),
    pytest.param({"key": "1", "contact_id": "a"}, {"key": "1", "contact_id": "a"}, id="the same key, body and contact"),
    pytest.param({"key": "k" * 223}, {"key": "k" * 223}, id="a key of the greatest length"),
    pytest.param({"contact_id": "a"}, {"contact_id": "a"}, id="the same contact and turn"),
    pytest.param(
        {"contact_id": "a", "channel": "voice"},
        {"contact_id": "a", "channel": "chat", "attributes": {"attempt": 2}},
        id="the same contact and turn, told of in other words",
    ),
]


@pytest.mark.parametrize(("request_", "repeat"), SAME)
async def test_a_repeated_request_gets_the_first_answer(
    sender: Sender, request_: dict[str, Any], repeat: dict[str, Any]
) -> None:
    """Byte for byte, and it says so."""
    before = await sender.count()

    first, second = await sender.send(**request_), await sender.send(**repeat)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
    assert await sender.count() == before + 1


DIFFERENT = [
    pytest.param({"key": "1"}, {"key": "2"}, id="two keys"),
    pytest.param({}, {}, id="neither key nor contact"),
    pytest.param({"contact_id": "a"}, {"contact_id": "b"}, id="two contacts"),
    pytest.param({"contact_id": "a"}, {"contact_id": "a", "text": OTHER}, id="the next turn"),
    pytest.param({"key": "a", "contact_id": "a"}, {"contact_id": "a"}, id="a key is not a contact"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
async def test_different_requests_get_decisions_of_their_own(
    sender: Sender, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Nobody is answered with what somebody else was."""
    before = await sender.count()

    answers = [await sender.send(**one), await sender.send(**other)]

    assert len({answer.json()["decision_id"] for answer in answers}) == 2
    assert all(REPLAYED not in answer.headers for answer in answers)
    assert await sender.count() == before + 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"text": OTHER}, id="another text"),
        pytest.param({"channel": "voice"}, id="another field"),
        pytest.param({"contact_id": "b"}, id="another contact"),
    ],
)
async def test_one_key_for_two_requests_is_a_conflict(sender: Sender, other: dict[str, Any]) -> None:
    """The second is told, and nothing is decided for it."""
    await sender.send(key="1")
    before = await sender.count()

    refused = await sender.send(key="1", **other)

    problem_in(refused, status=409, code="idempotency_conflict")
    assert UNDERSTOOD not in refused.text
    assert await sender.count() == before


async def test_the_same_words_are_a_new_turn_after_ten_seconds(client: Caller, clock: Clock) -> None:
    """Customers say "yes" twice. Machines repeat a request at once."""
    sender = Sender(client)
    first = await sender.send(contact_id="a", text="yes")

    clock.move(seconds=9)
    repeated = await sender.send(contact_id="a", text="yes")
    clock.move(seconds=1)
    said_again = await sender.send(contact_id="a", text="yes")

    assert repeated.content == first.content
    assert said_again.json()["decision_id"] != first.json()["decision_id"]
    assert REPLAYED not in said_again.headers


async def test_the_same_words_after_another_turn_are_a_new_turn(client: Caller) -> None:
    """Only the newest turn of a contact is repeated."""
    sender = Sender(client)
    texts = ["yes", OTHER, "yes"]

    answers = [await sender.send(contact_id="a", text=text) for text in texts]

    assert len({answer.json()["decision_id"] for answer in answers}) == 3


async def test_a_key_is_free_again_after_its_time(client: Caller, clock: Clock, settings: Settings) -> None:
    """Up to then it is held, to the second."""
    sender = Sender(client)
    await sender.send(key="1")

    clock.move(hours=settings.idempotency_hours, seconds=-1)
    held = await sender.send(key="1", text=OTHER)
    clock.move(seconds=1)
    free = await sender.send(key="1", text=OTHER)

    problem_in(held, status=409, code="idempotency_conflict")
    assert free.json()["goal"] == "track_order"


async def test_a_key_outlives_a_restart(settings: Settings) -> None:
    """A caller who saw the service die sends its request again and gets the answer that was committed."""
    request = {"json": {"text": UNDERSTOOD}, "headers": {"Idempotency-Key": "1"}}
    async with serving(settings) as client:
        first = await client.post("/route", **request)

    async with serving(settings) as client:
        second = await client.post("/route", **request)

    assert second.content == first.content
    assert second.headers[REPLAYED] == "true"


@pytest.mark.parametrize(
    "request_",
    [pytest.param({"key": "1"}, id="one key"), pytest.param({"contact_id": "a"}, id="one contact and turn")],
)
async def test_a_thousand_racing_duplicates_are_one_decision(settings: Settings, request_: dict[str, Any]) -> None:
    """All are answered with the same bytes, and all but one say that they are repeats."""
    async with serving(settings.model_copy(update={"max_in_flight": 1_000})) as client:
        sender = Sender(client)

        answers = await asyncio.gather(*(sender.send(**request_) for _ in range(1_000)))

        decisions, metrics = await sender.count(), await client.metrics()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 999
    assert decisions == 1
    assert metrics.total("errand_idempotent_replays_total") == 999
    assert metrics.total("errand_contacts_total") == 1
    assert metrics.total("errand_goals_total") == 1
