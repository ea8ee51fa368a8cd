"""Decisions and outcomes in a real broker's stream: each of them once, although the broker is killed half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.edition.startup import open_identity
from service.settings import Settings
from tests.support.app import SATURDAY_NOON, Caller, answer_in, eventually, serving, settings_for
from tests.support.broker import Broker, Message, running_broker

HALF = 100
CANARY = "zebracanary"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def announcing(starter_bundle: Path, tmp_path: Path, broker: Broker) -> Settings:
    """A service whose events a broker listens to."""
    return settings_for(starter_bundle, tmp_path / "home", events_url=broker.url)


async def route(client: Caller, number: int) -> dict[str, Any]:
    return await client.route(
        f"I want to cancel my booking for the {CANARY}text room",
        contact_id=f"{CANARY}contact-{number}",
        repeat_ref=f"{CANARY}repeat-{number}",
        entry_point=f"{CANARY}door",
        channel="chat",
        attributes={f"{CANARY}name": f"{CANARY}attribute"},
    )


async def route_half(client: Caller, start: int) -> list[dict[str, Any]]:
    return await asyncio.gather(*(route(client, number) for number in range(start, start + HALF)))


async def test_what_happens_is_in_the_stream_once_although_the_broker_is_killed(
    announcing: Settings, broker: Broker
) -> None:
    """The service goes on without it, and is ready; the stream has nothing of the customers in it."""
    async with serving(announcing) as client:

        async def has_begun() -> bool:
            return (await client.metrics()).total("errand_announced_total", kind="decision") > 0

        async def is_over() -> bool:
            return await client.context.recorder.count_announcements() == 0

        first = asyncio.create_task(route_half(client, 0))
        await eventually(has_begun)
        broker.kill()
        decisions = await first + await route_half(client, HALF)
        assert (await client.get("/readyz")).status_code == 200
        assert not await is_over()
        told = {"result": "done", "outcome_token": decisions[0]["outcome_token"]}
        answer_in(await client.post(f"/decisions/{decisions[0]['decision_id']}/outcome", json=told))
        broker.start()
        await eventually(is_over)
        await eventually(has_counted(client, 2 * HALF + 1))

    held = await broker.messages()
    expected = [each["decision_id"] for each in decisions]
    assert sorted(ids(held, "decision")) == sorted(expected)
    assert ids(held, "outcome") == [expected[0]]
    assert len({each.headers["Nats-Msg-Id"] for each in held}) == len(held) == 2 * HALF + 1
    assert {each.subject for each in held} == {"errand.decision.cancel_booking", "errand.outcome.done"}
    private = [CANARY, *(each["outcome_token"] for each in decisions)]
    private += [open_identity(announcing).contact_key(each["contact_id"]) for each in decisions]
    said = "\n".join(str(each) for each in held)
    assert [each for each in private if each in said] == []
    assert announced(held, expected[0]) == decided(decisions[0])


def ids(held: list[Message], kind: str) -> list[str]:
    return [each.body["decision_id"] for each in held if each.body["kind"] == kind]


def announced(held: list[Message], decision_id: str) -> dict[str, Any]:
    return next(each.body for each in held if each.headers["Nats-Msg-Id"] == decision_id)


def decided(answer: dict[str, Any]) -> dict[str, Any]:
    """What is announced of a decision that was answered like this."""
    same = ("decision_id", "status", "goal", "path", "rung", "wrong_door", "degraded", "bundle", "catalogue")
    return {
        **{name: answer[name] for name in same},
        "kind": "decision",
        "at": SATURDAY_NOON.isoformat(),
        "reason": None,
        "confidence": pytest.approx(answer["goals"][0]["confidence"], abs=1e-4),
        "destination": {name: answer["destination"][name] for name in ("kind", "name")},
        "channel": "chat",
        "entry_point": "unknown",
        "is_advice": False,
    }


def has_counted(client: Caller, count: int) -> Any:
    async def has_come() -> bool:
        return (await client.metrics()).total("errand_announced_total") == count

    return has_come
