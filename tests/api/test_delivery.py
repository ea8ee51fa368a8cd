"""What `/route` dispatches is called, tried again, and led down its path, also when the process is killed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pytest
import yaml

from service.catalogue.loader import starter_folder
from tests.support.app import Caller, answer_in, eventually, problem_in, serving, settings_for
from tests.support.fulfilment import (
    Behaviour,
    FulfilmentSystem,
    answers,
    fulfilment_system,
    in_turn,
    is_silent,
    says,
)
from tests.support.server import running_server

TEXT = "where is my parcel"
NEED = {"field": "order_number", "why": "so that the order can be found"}
DETAIL = "K-4471-2290"
NOT_NAMED = "an attribute that nobody asks for"
ATTRIBUTES = {"order_number": DETAIL, "mood": NOT_NAMED}
SAY = "Your parcel is in the van."
EXTRA = "hold-for-pickup"
"""Name of the extra mile, where there is one."""
PROMISE = {"kind": "email", "name": "order-email", "within": "P1D", "say": "We write to you within a day."}


def rung(name: str, port: int, **fields: Any) -> dict[str, Any]:
    """An http rung whose address ends in its name."""
    url = f"http://127.0.0.1:{port}/{name}"
    return {"kind": "http", "name": name, "url": url, "timeout_seconds": 30, "needs": [NEED], **fields}


def write_starter(folder: Path, *rungs: dict[str, Any], extra_mile: dict[str, Any] | None = None) -> Path:
    """The starter catalogue, with these rungs, and a promise below them, for orders that are tracked."""
    copytree(starter_folder(), folder)
    file = folder / "orders.yaml"
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    contents["paths"]["track_order"] = {"rungs": [*rungs, PROMISE], "extra_mile": extra_mile}
    file.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder


Shop = Callable[..., contextlib.AbstractAsyncContextManager[tuple[Caller, FulfilmentSystem]]]


@pytest.fixture
def shop(starter_bundle: Path, tmp_path: Path) -> Shop:
    """A service whose path for tracking orders calls systems that behave as told, in order."""

    @contextlib.asynccontextmanager
    async def shop(
        timeout_seconds: float = 30, allow: tuple[str, ...] = ("127.0.0.1",), **behaviours: Behaviour
    ) -> AsyncIterator[tuple[Caller, FulfilmentSystem]]:
        named = {name.replace("_", "-"): behaviour for name, behaviour in behaviours.items()}
        async with fulfilment_system(named) as system:
            rungs = {name: rung(name, system.port, timeout_seconds=timeout_seconds) for name in named}
            extra_mile = rungs.pop(EXTRA, None)
            catalogue = write_starter(tmp_path / "catalogue", *rungs.values(), extra_mile=extra_mile)
            settings = settings_for(starter_bundle, tmp_path / "home", catalogue=catalogue, fulfil_allow=allow)
            async with serving(settings) as caller:
                yield caller, system

    return shop


async def steps_at_the_end(caller: Caller, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a decision, once none of them waits any more."""
    steps: list[dict[str, Any]] = []

    async def is_over() -> bool:
        steps[:] = answer_in(await caller.get(f"/decisions/{answer['decision_id']}"))["steps"]
        return all(step["state"] != "waiting" for step in steps)

    await eventually(is_over)
    return steps


def taken(steps: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(step["name"], step["state"], step["cause"]) for step in steps]


def bodies(system: FulfilmentSystem) -> list[dict[str, Any]]:
    return [orjson.loads(received.body) for received in system.received]


def keys(system: FulfilmentSystem) -> list[str]:
    return [received.headers["idempotency-key"] for received in system.received]


async def test_what_is_served_is_told(shop: Shop) -> None:
    """The answer says who is called and what comes then; the decision says what became of it."""
    async with shop(order_lookup=answers(result="served", say=SAY, data={"depot": "north"})) as (caller, system):
        answer = await caller.route(TEXT, channel="chat", attributes=ATTRIBUTES)
        (step,) = await steps_at_the_end(caller, answer)
        metrics = await caller.metrics()

    assert (answer["destination"]["kind"], answer["destination"]["name"]) == ("http", "order-lookup")
    assert answer["then"] == [{"kind": "email", "name": "order-email"}]
    assert answer["needs"] == []
    assert (step["state"], step["say"], step["learned"], step["kind"]) == ("served", SAY, {"depot": "north"}, "http")
    assert metrics.total("errand_deliveries_total", rung="order-lookup", outcome="served") == 1
    (body,) = bodies(system)
    assert body["details"] == {"order_number": DETAIL}
    assert (body["decision_id"], body["intent"], body["attempt"]) == (answer["decision_id"], "track_order", 1)
    assert NOT_NAMED.encode() not in system.received[0].body


async def test_what_is_served_is_done_for_the_contact(shop: Shop) -> None:
    """Its goal needs nobody any more, and the contact's next turn finds it so."""
    async with shop(order_lookup=answers(result="served", say=SAY)) as (caller, _):
        answer = await caller.route(TEXT, contact_id="call-1", attributes=ATTRIBUTES)
        await steps_at_the_end(caller, answer)
        contact = answer_in(await caller.get("/contacts/call-1"))
        await caller.route("thanks", contact_id="call-1")
        later = answer_in(await caller.get("/contacts/call-1"))

    assert [(goal["intent"], goal["state"]) for goal in contact["goals"]] == [("track_order", "done")]
    assert [(goal["intent"], goal["state"]) for goal in later["goals"]] == [("track_order", "done")]


async def test_after_done_there_is_one_extra_mile(shop: Shop) -> None:
    """Called with what was learnt; its uptake is counted, and the goal was done before it."""
    async with shop(
        order_lookup=answers(result="served", say=SAY, data={"depot": "north"}),
        hold_for_pickup=answers(result="served", say="It is kept for you at the counter."),
    ) as (caller, system):
        answer = await caller.route(TEXT, contact_id="call-1", attributes=ATTRIBUTES)
        steps = await steps_at_the_end(caller, answer)
        report = {"result": "done", "outcome_token": answer["outcome_token"]}
        told = answer_in(await caller.post(f"/decisions/{answer['decision_id']}/outcome", json=report))
        after = await steps_at_the_end(caller, answer)
        metrics = await caller.metrics()

    assert [(step["kind"], step["name"], step["state"]) for step in steps] == [
        ("http", "order-lookup", "served"),
        ("extra_mile", EXTRA, "served"),
    ]
    assert [(body["rung"], body["learned"]) for body in bodies(system)] == [
        ("order-lookup", {}),
        (EXTRA, {"depot": "north"}),
    ]
    assert bodies(system)[1]["details"] == {"order_number": DETAIL}
    assert told["state"] == "done"
    assert after == steps, "what is told afterwards leads to no second one"
    assert metrics.total("errand_extra_miles_total", path="track_order", outcome="served") == 1


async def test_an_extra_mile_that_fails_takes_nothing_back(shop: Shop) -> None:
    """The goal stays done, nothing more is tried, and the customer hears nothing of it."""
    refused = says("422 Unprocessable Entity")
    async with shop(order_lookup=answers(result="served"), hold_for_pickup=refused) as (caller, system):
        answer = await caller.route(TEXT, contact_id="call-1")
        steps = await steps_at_the_end(caller, answer)
        contact = answer_in(await caller.get("/contacts/call-1"))

    assert taken(steps) == [("order-lookup", "served", None)], "it would need a detail that nobody has told"
    assert len(system.received) == 1
    assert contact["goals"][0]["state"] == "done"


async def test_what_cannot_be_served_goes_down_the_path_with_what_was_learnt(shop: Shop) -> None:
    """From system to system, and to the promise at the end."""
    async with shop(
        order_lookup=answers(result="cannot_serve", data={"carrier": "van 7"}),
        carrier_lookup=answers(result="cannot_serve", data={"depot": "north"}),
    ) as (caller, system):
        answer = await caller.route(TEXT, attributes=ATTRIBUTES)
        steps = await steps_at_the_end(caller, answer)

    assert taken(steps) == [
        ("order-lookup", "cannot_serve", None),
        ("carrier-lookup", "cannot_serve", None),
        ("order-email", "handed_over", None),
    ]
    assert [step["number"] for step in steps] == [0, 1, 2]
    assert steps[-1]["say"] == PROMISE["say"]
    assert [body["learned"] for body in bodies(system)] == [{}, {"carrier": "van 7"}]
    assert [body["details"] for body in bodies(system)] == [{"order_number": DETAIL}] * 2
    assert len(set(keys(system))) == 2


async def test_what_the_customer_has_to_tell_is_told(shop: Shop) -> None:
    """The walk ends there: the next rung would not know it either."""
    asked = {"field": "postcode", "why": "there are two orders of that number"}
    async with shop(order_lookup=answers(result="needs_customer", needs=[asked])) as (caller, _):
        (step,) = await steps_at_the_end(caller, await caller.route(TEXT))

    assert (step["state"], step["needs"]) == ("needs_customer", [asked])


async def test_what_is_slow_is_called_again_under_the_same_key(shop: Shop) -> None:
    """No sooner than it is given up, and with the number of the attempt."""
    slow_at_first = in_turn(is_silent, answers(result="served", say=SAY))
    async with shop(timeout_seconds=0.3, order_lookup=slow_at_first) as (caller, system):
        (step,) = await steps_at_the_end(caller, await caller.route(TEXT))

    assert step["state"] == "served"
    assert len(set(keys(system))) == 1
    assert [body["attempt"] for body in bodies(system)] == [1, 2]
    assert {body["delivery_id"] for body in bodies(system)} == set(keys(system))


@pytest.mark.parametrize(
    ("behaviour", "cause", "calls"),
    [
        (says("422 Unprocessable Entity"), "refused", 1),
        (says("200 OK", b"It works!"), "invalid_answer", 1),
        (answers(result="retry_later", retry_after_seconds=3_600), "retry_later", 1),
    ],
)
async def test_what_will_not_be_answered_goes_to_the_next_rung_at_once(
    shop: Shop, behaviour: Behaviour, cause: str, calls: int
) -> None:
    """Nobody waits for what does not come, or comes in an hour."""
    async with shop(order_lookup=behaviour) as (caller, system):
        steps = await steps_at_the_end(caller, await caller.route(TEXT, channel="voice"))

    assert taken(steps) == [("order-lookup", "failed", cause), ("order-email", "handed_over", None)]
    assert len(system.received) == calls


async def test_private_addresses_are_called_only_where_they_are_allowed(shop: Shop) -> None:
    """A catalogue alone does not open the network that the service is in."""
    async with shop(order_lookup=answers(result="served"), allow=()) as (caller, system):
        steps = await steps_at_the_end(caller, await caller.route(TEXT))

    assert taken(steps)[0] == ("order-lookup", "failed", "address_refused")
    assert system.received == []


async def test_who_only_wants_advice_gets_it_and_nothing_is_called(shop: Shop) -> None:
    """The same contact can be dispatched afterwards."""
    async with shop(order_lookup=answers(result="served", say=SAY)) as (caller, system):
        advice = await caller.route(TEXT, contact_id="call-1", dispatch=False, attributes=ATTRIBUTES)
        advised = answer_in(await caller.get(f"/decisions/{advice['decision_id']}"))
        answer = await caller.route(TEXT, contact_id="call-1", attributes=ATTRIBUTES)
        (step,) = await steps_at_the_end(caller, answer)

    assert advice["destination"] == answer["destination"]
    assert advised["steps"] == []
    assert step["state"] == "served"
    assert [body["decision_id"] for body in bodies(system)] == [answer["decision_id"]]


async def test_a_repeated_contact_is_called_for_once(shop: Shop) -> None:
    """By its turns or by its key."""
    async with shop(order_lookup=answers(result="served")) as (caller, system):
        answer = await caller.route(TEXT, contact_id="call-1")
        await steps_at_the_end(caller, answer)
        again = await caller.route(TEXT, contact_id="call-1")
        await steps_at_the_end(caller, await caller.route(TEXT, contact_id="call-2"))

    assert again == answer
    assert len(system.received) == 2


async def test_what_is_asked_about_is_not_begun(shop: Shop) -> None:
    """A rung that is no call dispatches nothing either: there is nothing to follow."""
    async with shop(order_lookup=answers(result="served")) as (caller, system):
        answer = await caller.route("I want to speak to a person")
        found = answer_in(await caller.get(f"/decisions/{answer['decision_id']}"))

    assert answer["destination"]["kind"] == "queue"
    assert found["steps"] == []
    assert system.received == []


async def test_attributes_that_no_delivery_could_hold_are_refused(shop: Shop) -> None:
    """Before anything is decided; those that nobody asks for may be of any size."""
    async with shop(order_lookup=answers(result="served")) as (caller, _):
        body = {"text": TEXT, "attributes": {"order_number": "4" * 9_000}}
        refused = await caller.post("/route", json=body)
        await caller.route(TEXT, attributes={"mood": "4" * 9_000})

    problem = problem_in(refused, status=422, code="invalid_request", field="attributes")
    assert "444" not in str(problem)


async def test_a_system_that_is_away_is_left_alone(shop: Shop) -> None:
    """Its breaker opens: those who come then go to the next rung, and it shows in the metrics."""
    async with shop(order_lookup=says("500 Internal Server Error")) as (caller, system):

        async def is_passed_over() -> bool:
            return (await caller.route(TEXT))["destination"]["kind"] == "email"

        await eventually(is_passed_over)
        metrics = await caller.metrics()

    assert metrics.total("errand_breaker_open", destination=f"http://127.0.0.1:{system.port}") == 1


async def test_a_killed_process_delivers_when_it_is_back(starter_bundle: Path, tmp_path: Path) -> None:
    """Killed between the call and the commit, it calls again under the same key, and nothing is lost."""
    silent_at_first = in_turn(is_silent, answers(result="served", say=SAY))
    async with fulfilment_system({"order-lookup": silent_at_first}) as system:
        catalogue = write_starter(tmp_path / "catalogue", rung("order-lookup", system.port, timeout_seconds=1))
        environment = {
            "ERRAND_BUNDLE": str(starter_bundle),
            "ERRAND_CATALOGUE": str(catalogue),
            "ERRAND_FULFIL_ALLOW": "127.0.0.0/8",
        }
        with running_server(tmp_path / "home", **environment) as server:
            routed = await server.post("/route", {"text": TEXT, "attributes": ATTRIBUTES})
            await eventually(called(system, 1))
            server.kill()
            server.start()
            await eventually(called(system, 2))

            async def is_served() -> bool:
                async with server.client() as client:
                    found = await client.get(f"/decisions/{routed.json()['decision_id']}")
                return [step["state"] for step in found.json()["steps"]] == ["served"]

            await eventually(is_served)

    assert len(system.received) == 2
    assert len(set(keys(system))) == 1
    assert [body["details"] for body in bodies(system)] == [{"order_number": DETAIL}] * 2


def called(system: FulfilmentSystem, times: int) -> Callable[[], Any]:
    async def is_called() -> bool:
        return len(system.received) >= times

    return is_called
