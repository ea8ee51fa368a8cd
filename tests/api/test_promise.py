"""`/promises`: listed without details, claimed by one desk, kept, released and failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.key import Role
from service.domain.promise import Promise
from service.edition.startup import open_sealer
from service.record.identity import load_or_create_secret
from service.settings import Settings
from tests.support.app import SATURDAY_NOON, Caller, Clock, answer_in, contents_of, problem_in, serving
from tests.support.decisions import a_decision, record_decision
from tests.support.keys import SHOP, bearer, errand, make_key
from tests.support.promises import DUE_AT, NUMBER, a_promise

ACTS = ("claim", "keep", "release", "fail")


async def keep(caller: Caller, contact_id: str = "a", **fields: Any) -> Promise:
    """One promise to a contact, sealed under the secret of the service."""
    context = caller.context
    key = context.identity.contact_key(contact_id)
    promise = a_promise(contact_key=key, detail=None, **fields)
    until = promise.due_at + timedelta(days=2)
    sealed = open_sealer(context.settings).seal(NUMBER, promise_id=promise.promise_id, until=until)
    promise = replace(promise, detail=sealed)
    decision = a_decision(decision_id=promise.decision_id, contact_key=key)
    await record_decision(context.recorder, decision, idempotency=None, answer=b"{}", promises=[promise])
    return promise


@pytest.fixture
async def caller(settings: Settings, clock: Clock) -> AsyncIterator[Caller]:
    async with serving(settings.model_copy(update={"log_level": "debug", "access_log": True}), clock=clock) as client:
        yield client


async def listed(caller: Caller, **wanted: Any) -> list[str]:
    answer = answer_in(await caller.get("/promises", params=wanted))
    return [promise["id"] for promise in answer["promises"]]


async def test_a_promise_is_listed_claimed_and_kept(
    caller: Caller, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """The number is in the answer to the claimer, and nowhere else: no other answer, log, metric, row or audit."""
    promise = await keep(caller)
    path = f"/promises/{promise.promise_id}"

    (first,) = answer_in(await caller.get("/promises"))["promises"]
    claimed = answer_in(await caller.post(f"{path}/claim", json={"by": "desk-1"}))
    kept = answer_in(await caller.post(f"{path}/keep", json={"by": "desk-1"}))
    again = answer_in(await caller.post(f"{path}/keep", json={"by": "desk-1"}))
    receipt = answer_in(await caller.get("/contacts/a"))
    audit = await errand(settings.home, "audit", "list")
    metrics = await caller.metrics()

    assert first == {
        "id": promise.promise_id,
        "kind": "callback",
        "state": "due",
        "desk": "order-desk",
        "goal": "track_order",
        "path": "track_order",
        "rung": 2,
        "decision_id": promise.decision_id,
        "due_at": DUE_AT.isoformat(),
        "made_at": SATURDAY_NOON.isoformat(),
        "by": None,
        "claimed_at": None,
        "ended_at": None,
        "has_detail": True,
    }
    now = SATURDAY_NOON.isoformat()
    assert claimed == {**first, "state": "claimed", "by": "desk-1", "claimed_at": now, "detail": NUMBER}
    assert kept == again
    ends = {"state": "kept", "by": "desk-1", "claimed_at": now, "ended_at": now, "has_detail": False}
    assert kept == first | ends
    assert [(entry["action"], entry["subject"], entry["detail"]) for entry in audit] == [
        ("promise.claim", promise.promise_id, {"by": "desk-1"})
    ]
    assert metrics.counts("errand_promises_total", "desk", "result") == {("order-desk", "kept"): 1}
    shown = f"{first} {kept} {receipt} {audit} {metrics.exposition} {''.join(capfd.readouterr())} {caller.context!r}"
    assert NUMBER not in shown
    assert NUMBER.encode() not in contents_of(settings.home)


async def test_one_desk_holds_a_promise(caller: Caller) -> None:
    """Others are told so until it is released; a claim of its own is shown again."""
    path = f"/promises/{(await keep(caller)).promise_id}"

    first = answer_in(await caller.post(f"{path}/claim", json={"by": "desk-1"}))
    again = answer_in(await caller.post(f"{path}/claim", json={"by": "desk-1"}))
    refused = [await caller.post(f"{path}/{act}", json={"by": "desk-2"}) for act in ACTS]
    released = answer_in(await caller.post(f"{path}/release", json={"by": "desk-1"}))
    other = answer_in(await caller.post(f"{path}/claim", json={"by": "desk-2"}))

    assert first == again
    for response in refused:
        problem = problem_in(response, status=409, code="promise_held", field="by")
        assert NUMBER not in response.text
        assert "desk-1" not in problem["detail"]
    assert (released["state"], released["by"], released["has_detail"]) == ("due", None, True)
    assert (other["by"], other["detail"]) == ("desk-2", NUMBER)


async def test_of_many_that_claim_at_once_one_wins(caller: Caller) -> None:
    """The others get a 409."""
    path = f"/promises/{(await keep(caller)).promise_id}/claim"

    responses = await asyncio.gather(*(caller.post(path, json={"by": f"desk-{number}"}) for number in range(12)))

    assert sorted(response.status_code for response in responses) == [200] + [409] * 11
    assert sum(NUMBER in response.text for response in responses) == 1


@pytest.mark.parametrize("end", ["keep", "fail"])
async def test_what_has_ended_stays_as_it_is(caller: Caller, end: str) -> None:
    """For its own desk too."""
    path = f"/promises/{(await keep(caller)).promise_id}"
    answer_in(await caller.post(f"{path}/{end}", json={"by": "desk-1"}))

    for act in set(ACTS) - {end}:
        problem_in(await caller.post(f"{path}/{act}", json={"by": "desk-1"}), status=409, code="promise_ended")


async def test_a_promise_is_late_after_its_due_time(caller: Caller, clock: Clock) -> None:
    """Claimed or not, until it is kept, which is counted as late."""
    free, held = await keep(caller), await keep(caller)
    answer_in(await caller.post(f"/promises/{held.promise_id}/claim", json={"by": "desk-1"}))
    assert await listed(caller, state="late") == []

    clock.move(hours=4, seconds=1)

    assert await listed(caller, state="late") == sorted([free.promise_id, held.promise_id])
    assert await listed(caller, state="due,claimed") == []
    kept = answer_in(await caller.post(f"/promises/{held.promise_id}/keep", json={"by": "desk-1"}))
    assert kept["state"] == "kept"
    assert (await caller.metrics()).counts("errand_promises_total", "result") == {("kept_late",): 1}


async def test_pages_follow_each_other(caller: Caller) -> None:
    """By due time, of one desk or of all."""
    made = [await keep(caller, due_at=DUE_AT + timedelta(minutes=n // 2), desk=f"desk-{n % 2}") for n in range(5)]
    seen: list[str] = []
    after = None
    while True:
        params = {"limit": 2} | ({} if after is None else {"after": after})
        page = answer_in(await caller.get("/promises", params=params))
        seen += [promise["id"] for promise in page["promises"]]
        if (after := page["next"]) is None:
            break

    assert seen == [promise.promise_id for promise in made]
    assert await listed(caller, desk="desk-1") == [promise.promise_id for promise in made if promise.desk == "desk-1"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"state": "open"}, "state"),
        ({"state": "due,"}, "state"),
        ({"desk": "Desk 1"}, "desk"),
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"after": "yesterday"}, "after"),
        ({"name": "x"}, "name"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(shared: Caller, params: dict[str, Any], field: str) -> None:
    """By the field at fault."""
    problem_in(await shared.get("/promises", params=params), status=422, code="invalid_request", field=field)


@pytest.mark.parametrize("act", ACTS)
async def test_a_promise_that_is_unknown_is_not_found(shared: Caller, act: str) -> None:
    """Whatever its id looks like, and with no body or an empty one."""
    for promise_id in ("never-made", "x" * 64, "%00", "☃"):
        for body in ({}, {"json": {}}):
            response = await shared.post(f"/promises/{promise_id}/{act}", **body)
            problem_in(response, status=404, code="not_found", field="promise_id")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"json": {"by": ""}}, 422, "by"),
        ({"json": {"by": "x" * 101}}, 422, "by"),
        ({"json": {"by": "two\nlines"}}, 422, "by"),
        ({"json": {"by": 7}}, 422, "by"),
        ({"json": {"name": "jo"}}, 422, "name"),
        ({"content": b"{"}, 400, "body"),
    ],
)
async def test_a_label_that_cannot_be_is_refused(shared: Caller, body: dict[str, Any], status: int, field: str) -> None:
    """Before anything is looked up."""
    code = "malformed_body" if status == 400 else "invalid_request"
    problem_in(await shared.post("/promises/p-1/claim", **body), status=status, code=code, field=field)


async def test_roles_have_their_rights(settings: Settings) -> None:
    """A contact centre does all of it, operators list, others do nothing. The key stands in for a label."""
    keys = {role: await make_key(settings.home, role) for role in Role}
    async with serving(settings) as caller:
        promise = await keep(caller)
        path = f"/promises/{promise.promise_id}"
        headers = {role: bearer(made["key"], Origin=SHOP) for role, made in keys.items()}

        lists = {role: (await caller.get("/promises", headers=headers[role])).status_code for role in Role}
        acts = {
            role: {(await caller.post(f"{path}/{act}", headers=headers[role])).status_code for act in ACTS}
            for role in (Role.WEBSITE, Role.OPS, Role.DESIGNER)
        }
        claimed = answer_in(await caller.post(f"{path}/claim", headers=headers[Role.CONTACT_CENTRE]))
        (entry,) = await caller.context.recorder.list_newest_audit(limit=1)

    assert lists == {Role.CONTACT_CENTRE: 200, Role.WEBSITE: 403, Role.OPS: 200, Role.DESIGNER: 403}
    assert set().union(*acts.values()) == {403}
    assert (claimed["detail"], claimed["by"]) == (NUMBER, f"key:{keys[Role.CONTACT_CENTRE]['key_id']}")
    assert (entry.action, entry.actor) == ("promise.claim", claimed["by"])


async def test_erasing_the_contact_withdraws_and_destroys(caller: Caller) -> None:
    """Its receipt told of the promise before, without the number."""
    promise = await keep(caller)
    receipt = answer_in(await caller.get("/contacts/a"))

    erased = answer_in(await caller.delete("/contacts/a"))

    assert receipt["promises"] == [
        {
            "id": promise.promise_id,
            "kind": "callback",
            "goal": "track_order",
            "state": "due",
            "due_at": DUE_AT.isoformat(),
            "has_detail": True,
        }
    ]
    assert erased["promises"] == 1
    refused = await caller.post(f"/promises/{promise.promise_id}/claim", json={"by": "desk-1"})
    problem_in(refused, status=409, code="promise_ended")
    (left,) = answer_in(await caller.get("/promises"))["promises"]
    assert (left["state"], left["has_detail"]) == ("withdrawn", False)


async def test_a_detail_stays_readable_while_the_secret_is_replaced(settings: Settings) -> None:
    """With the secret before; without it the claim tells that there is no number to read."""
    async with serving(settings) as caller:
        path = f"/promises/{(await keep(caller)).promise_id}/claim"
    old = load_or_create_secret(settings.home / "secret.key").decode()

    answers = []
    for previous in (None, old):
        changed = {"secret": "n" * 32, "secret_previous": previous}
        async with serving(Settings(**settings.model_dump() | changed)) as caller:
            answers.append(answer_in(await caller.post(path, json={"by": "desk-1"})))

    assert [answer["detail"] for answer in answers] == [None, NUMBER]
    assert [answer["has_detail"] for answer in answers] == [True, True]
