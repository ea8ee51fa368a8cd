"""The reconciliation finds what is wrong in a database that was written by Errand and then tampered with."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.domain.delivery import StepState
from service.domain.recording import IdempotencyKey
from service.record.database.schema import upgrade
from service.record.identity import Identity
from service.record.recorder import Recorder, open_recorder
from tests.faults.fulfilment import Receipt
from tests.faults.load import Told, order, told
from tests.faults.reconcile import Differences, compare, count_led_on, read_holdings
from tests.support.decisions import a_decision, record_decision
from tests.support.deliveries import a_dispatch, the_step_of

IDENTITY = Identity(b"of a test")
CONTACTS = 3


@dataclass
class World:
    """What a database, callers and a fulfilment system say of the same contacts."""

    file: Path
    told: list[Told]
    receipts: list[Receipt]

    def tamper(self, *statements: str) -> None:
        connection = sqlite3.connect(self.file)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def differences(self) -> Differences:
        return compare(self.told, read_holdings(f"sqlite:///{self.file}"), self.receipts, IDENTITY)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """All is well: every contact was called for, once, and served."""
    file = tmp_path / "errand.db"
    upgrade(f"sqlite:///{file}")
    async with open_recorder(f"sqlite:///{file}") as recorder:
        all_told = [await told_after(recorder, number) for number in range(CONTACTS)]
    received = [Receipt(key=f"d-{n}", delivery_id=f"d-{n}", decision_id=f"{n}", rung="") for n in range(CONTACTS)]
    world = World(file=file, told=all_told, receipts=received)
    world.tamper("UPDATE deliveries SET state = 'done'")
    return world


async def told_after(recorder: Recorder, number: int) -> Told:
    """A contact as Errand records it, and what it is answered."""
    wanted, decision_id = order("world", number), str(number)
    contact_key = IDENTITY.contact_key(wanted.contact_id)
    key = IdempotencyKey(
        key_hash=IDENTITY.idempotency_key("header", wanted.key),
        body_hash=IDENTITY.body_hash(wanted.body),
        retention=timedelta(days=1),
    )
    kept = {"decision_id": decision_id, "destination": {"kind": "http"}, "degraded": False}
    dispatch = a_dispatch(delivery_id=f"d-{number}", decision_id=decision_id, contact_key=contact_key)
    await record_decision(
        recorder,
        a_decision(decision_id=decision_id, contact_key=contact_key),
        idempotency=key,
        answer=orjson.dumps(kept),
        dispatches=[dispatch],
        steps=[the_step_of(dispatch, state=StepState.SERVED)],
    )
    own = {
        "contact_id": wanted.contact_id,
        "contact_token": IDENTITY.contact_token(wanted.contact_id),
        "outcome_token": IDENTITY.outcome_token(decision_id),
    }
    return told(wanted, orjson.dumps(kept | own))


async def test_where_all_is_well_nothing_is_found(world: World) -> None:
    """A call that was repeated under its key is well too."""
    world.receipts.append(world.receipts[0])

    assert world.differences() == Differences()


LED_ON = (
    "INSERT INTO steps (decision_id, number, rung, kind, name, state, learned, needs, at) "
    "SELECT decision_id, 1, 1, 'email', 'order-email', 'handed_over', '{}', '[]', at FROM steps WHERE decision_id = '1'"
)
DEAD = "UPDATE deliveries SET state = 'dead', outcome = 'connect' WHERE delivery_id = 'd-1'"
STANDING = "UPDATE steps SET state = 'failed' WHERE decision_id = '1'"
OTHER_DECISION = (
    "UPDATE decisions SET contact_key = (SELECT contact_key FROM decisions WHERE decision_id = '0') "
    "WHERE decision_id = '1'"
)
TAMPERED = [
    pytest.param(["DELETE FROM decisions WHERE decision_id = '1'"], {"missing": ("1",)}, id="a decision is lost"),
    pytest.param([OTHER_DECISION], {"missing": ("1",), "surplus": ("1",)}, id="a contact has the decision of another"),
    pytest.param(
        ["UPDATE idempotency_keys SET answer = CAST('{\"decision_id\":\"1\"}' AS BLOB) WHERE decision_id = '1'"],
        {"changed": ("1",)},
        id="the answer under a key is another",
    ),
    pytest.param(
        ["DELETE FROM idempotency_keys WHERE decision_id = '1'"], {"changed": ("1",)}, id="a key counts as never used"
    ),
    pytest.param(
        ["DELETE FROM deliveries WHERE decision_id = '1'"],
        {"undelivered": ("1",), "renamed": ("1",)},
        id="a delivery is lost",
    ),
    pytest.param(
        ["UPDATE deliveries SET state = 'pending' WHERE delivery_id = 'd-1'"],
        {"pending": ("d-1",)},
        id="a delivery never ends",
    ),
]


@pytest.mark.parametrize(("statements", "found"), TAMPERED)
async def test_what_was_tampered_with_is_found(
    world: World, statements: list[str], found: Mapping[str, tuple[str, ...]]
) -> None:
    """By the id of the decision or delivery, and nothing else is."""
    world.tamper(*statements)

    assert world.differences() == Differences(**found)


NOT_RECEIVED = [
    pytest.param([], {"undelivered": ("1",)}, id="said to be served"),
    pytest.param([DEAD, STANDING], {"undelivered": ("1",)}, id="given up, and the contact left standing"),
    pytest.param([DEAD, STANDING, LED_ON], {}, id="given up, and the contact led on"),
]


@pytest.mark.parametrize(("statements", "found"), NOT_RECEIVED)
async def test_a_call_that_never_came_in_is_found(
    world: World, statements: list[str], found: Mapping[str, tuple[str, ...]]
) -> None:
    """Whatever the database says of it, unless another rung took the contact."""
    del world.receipts[1]
    world.tamper(*statements)

    assert world.differences() == Differences(**found)


@pytest.mark.parametrize("is_first_kept", [True, False])
async def test_a_call_under_another_key_is_found(world: World, *, is_first_kept: bool) -> None:
    """Beside the right one, or instead of it, and then the right one never came in."""
    other = replace(world.receipts[1], key="another")
    world.receipts[1:2] = [world.receipts[1], other] if is_first_kept else [other]

    expected: dict[str, Any] = {"renamed": ("1",)} | ({} if is_first_kept else {"undelivered": ("1",)})
    assert world.differences() == Differences(**expected)


async def test_a_caller_who_was_told_something_else_is_found(world: World) -> None:
    """Byte for byte."""
    world.told[1] = replace(world.told[1], answer=world.told[1].answer.replace(b":false", b":true"))

    assert world.differences() == Differences(changed=("1",))


async def test_a_repeat_that_was_answered_in_other_words_counts_as_well(world: World) -> None:
    """Whatever the database says."""
    assert world.differences().with_changed(world.told[1:2]) == Differences(changed=("1",))


async def test_those_who_were_led_on_are_counted(world: World) -> None:
    """By what kept the first rung from serving them."""
    world.tamper(DEAD)

    assert count_led_on(world.told, read_holdings(f"sqlite:///{world.file}")) == {"connect": 1}
