"""`errand deliveries list`, `show` and `replay`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from service.record.recorder import open_recorder
from tests.support.decisions import a_decision, record_decision
from tests.support.deliveries import ORDER_NUMBER, a_dispatch, failed, served, the_step_of


@pytest.fixture
def outbox(run, home: Path) -> dict[str, str]:
    """Ids of a delivery that is pending, one that was served and two that are dead."""
    assert run("db", "upgrade").code == 0
    dispatches = {name: a_dispatch() for name in ("pending", "served", "dead", "also dead")}

    async def fill() -> None:
        async with open_recorder(f"sqlite:///{home}/errand.db") as recorder:
            for dispatch in dispatches.values():
                decision = a_decision(decision_id=dispatch.decision_id)
                steps = [the_step_of(dispatch)]
                await record_decision(
                    recorder, decision, idempotency=None, answer=b"", dispatches=[dispatch], steps=steps
                )
            names = {dispatch.delivery_id: name for name, dispatch in dispatches.items()}
            for lease in await recorder.lease_deliveries(limit=10, lease_seconds=0.0):
                name = names[lease.dispatch.delivery_id]
                if name != "pending":
                    await recorder.settle_delivery(served(lease) if name == "served" else failed(lease))

    asyncio.run(fill())
    return {name: dispatch.delivery_id for name, dispatch in dispatches.items()}


def states(run) -> dict[str, str]:
    return {each["delivery_id"]: each["state"] for each in json.loads(run("deliveries", "list", "--json").out)}


def test_deliveries_are_listed(run, outbox: dict[str, str]) -> None:
    """All of them, or those in a state; every id is whole where no terminal cuts it."""
    everything, dead = run("deliveries", "list"), run("deliveries", "list", "--state", "dead")

    assert (everything.code, dead.code) == (0, 0)
    assert all(delivery_id in everything.out for delivery_id in outbox.values())
    assert [name for name, delivery_id in outbox.items() if delivery_id in dead.out] == ["dead", "also dead"]
    assert "timeout" in dead.out
    assert len(json.loads(run("deliveries", "list", "--limit", "2", "--json").out)) == 2


def test_an_empty_list_is_said(run) -> None:
    """Not an empty table."""
    run("db", "upgrade")

    assert "There are none" in run("deliveries", "list").out
    assert json.loads(run("deliveries", "list", "--json").out) == []


def test_one_is_shown_with_the_steps_of_its_contact(run, outbox: dict[str, str]) -> None:
    """Nothing of the customer's, not even while it is pending."""
    shown = run("deliveries", "show", outbox["dead"])
    told = json.loads(run("deliveries", "show", outbox["dead"], "--json").out)
    pending = run("deliveries", "show", outbox["pending"], "--json")

    assert "call-back" in shown.out
    assert (told["state"], told["outcome"], told["calls"]) == ("dead", "timeout", 1)
    assert [step["state"] for step in told["steps"]] == ["failed", "handed_over"]
    assert ORDER_NUMBER not in pending.out
    assert ORDER_NUMBER not in run("deliveries", "show", outbox["pending"]).out


def test_dead_ones_are_replayed_once(run, outbox: dict[str, str]) -> None:
    """Once more changes nothing; what was served stays served."""
    first = run("deliveries", "replay", outbox["dead"], outbox["served"], outbox["dead"], "--json")
    again = run("deliveries", "replay", outbox["dead"])

    assert json.loads(first.out) == {"replayed": [outbox["dead"]]}
    assert (again.code, "Nothing to do" in again.out) == (0, True)
    found = states(run)
    assert [found[outbox[name]] for name in ("dead", "also dead", "served")] == ["pending", "dead", "done"]


def test_all_dead_ones_are_replayed(run, outbox: dict[str, str]) -> None:
    """And nothing else."""
    assert "2 pending again" in run("deliveries", "replay", "--all-dead").out
    assert sorted(states(run).values()) == ["done", "pending", "pending", "pending"]
    assert "Nothing to do" in run("deliveries", "replay", "--all-dead").out


def test_an_unknown_id_is_refused_before_anything_changes(run, outbox: dict[str, str]) -> None:
    """Exit code 2."""
    refused = run("deliveries", "replay", outbox["dead"], "never-made")

    assert refused.code == 2
    assert "No delivery" in refused.err
    assert states(run)[outbox["dead"]] == "dead"
    assert run("deliveries", "show", "never-made").code == 2


@pytest.mark.parametrize("arguments", [(), ("some-id", "--all-dead")])
def test_replay_wants_ids_or_all(run, arguments: tuple[str, ...]) -> None:
    """One of the two."""
    assert run("deliveries", "replay", *arguments).code == 2


def test_a_database_that_is_behind_is_said(run) -> None:
    """With the command that mends it."""
    refused = run("deliveries", "list")

    assert refused.code == 2
    assert "errand db upgrade" in refused.err
