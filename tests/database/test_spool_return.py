"""What was taken while the database was away is met with what happened elsewhere, when it is committed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.ledger import UNKNOWN_REVISION, Ledger
from service.errors import NotFoundError, StorageUnavailableError
from service.record.recorder import open_recorder
from service.record.spool.codec import degraded
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import SpoolingRecorder
from tests.support.decisions import NOON, a_decision
from tests.support.spooled import a_change, a_full_write, a_ledger, a_write
from tests.support.spooling import count_of, files_in, replay, spooling


@pytest.fixture
async def spooler(migrated_url: str, tmp_path: Path) -> AsyncIterator[SpoolingRecorder]:
    """On a database that is there; tests put into its spool what was taken while it was not."""
    async with spooling(migrated_url, tmp_path / "spool") as recorder:
        yield recorder


async def test_everything_of_a_decision_is_committed(spooler: SpoolingRecorder, migrated_url: str) -> None:
    """Its delivery, its step, what it does to the agenda, its effort, and the answer under its key."""
    write = degraded(a_full_write())
    await spooler.spool.append(write)

    assert await replay(spooler) == [Fate.COMMITTED]

    decision = write.decision
    assert await spooler.get_decision(decision.decision_id) == decision
    assert (await spooler.ledger(decision.contact_key, NOON)).agenda == write.change.after.agenda  # type: ignore[union-attr]
    assert tuple(await spooler.list_steps(decision.decision_id)) == write.steps
    [lease] = await spooler.lease_deliveries(limit=10, lease_seconds=30)
    assert lease.dispatch == write.dispatches[0]
    assert count_of(migrated_url, "events") == 1
    assert write.idempotency is not None
    again = await spooler.find_replay(write.idempotency, NOON)
    assert again is not None
    assert again.answer == write.answer


async def test_a_commit_whose_answer_was_lost_is_not_made_twice(spooler: SpoolingRecorder, migrated_url: str) -> None:
    """Nor is anything begun anew that has ended since; and repeats get what the caller got."""
    write = a_full_write()
    await spooler.commit(write)
    await spooler.erase(write.decision.contact_key)
    await spooler.spool.append(degraded(write))

    assert await replay(spooler) == [Fate.KNOWN]

    assert {name: count_of(migrated_url, name) for name in ("decisions", "contacts")} == {
        "decisions": 1,
        "contacts": 0,
    }


async def test_repeats_get_the_answer_that_the_caller_got(spooler: SpoolingRecorder) -> None:
    """Though the first try was committed after all, with an answer that nobody has seen."""
    write = a_write(1)
    await spooler.commit(write)
    await spooler.spool.append(degraded(write))

    assert await replay(spooler) == [Fate.KNOWN]

    assert (await spooler.commit(a_write(1, decision=a_decision()))).answer == degraded(write).answer


async def test_a_request_that_was_served_elsewhere_begins_nothing(spooler: SpoolingRecorder, migrated_url: str) -> None:
    """The decision that was acknowledged can be looked up; its delivery and its agenda are those of the first."""
    spooled = a_full_write()
    await spooler.spool.append(spooled)
    async with open_recorder(migrated_url) as elsewhere:
        await elsewhere.commit(replace(a_write(1), decision=a_decision()))

    assert await replay(spooler) == [Fate.DUPLICATE]

    assert await spooler.get_decision(spooled.decision.decision_id) == spooled.decision
    assert {name: count_of(migrated_url, name) for name in ("decisions", "deliveries", "contacts")} == {
        "decisions": 2,
        "deliveries": 0,
        "contacts": 0,
    }


async def test_a_key_that_was_used_elsewhere_costs_no_decision(spooler: SpoolingRecorder, migrated_url: str) -> None:
    """Another request holds it now; the one that was acknowledged is committed with all its deliveries."""
    spooled = a_full_write()
    await spooler.spool.append(spooled)
    async with open_recorder(migrated_url) as elsewhere:
        other = a_write(1, decision=a_decision())
        await elsewhere.commit(replace(other, idempotency=replace(other.idempotency, body_hash="other")))  # type: ignore[type-var]

    assert await replay(spooler) == [Fate.WITHOUT_KEY]

    assert {name: count_of(migrated_url, name) for name in ("decisions", "deliveries", "contacts")} == {
        "decisions": 2,
        "deliveries": 1,
        "contacts": 1,
    }


@pytest.mark.parametrize(
    ("revision", "fate"),
    [
        (UNKNOWN_REVISION, Fate.COMMITTED),  # nothing was known of the contact
        (1, Fate.MERGED),  # it was known, and has been changed since
    ],
)
async def test_turns_from_both_sides_are_kept(spooler: SpoolingRecorder, revision: int, fate: Fate) -> None:
    """What the contact came for before, and elsewhere, stays on its agenda beside what it came for meanwhile."""
    contact = "contact-1"
    for number, intents in enumerate([("track_order",), ("track_order", "cancel_order")], start=1):
        change = a_change(contact, intents, revision=number - 1)
        await spooler.commit(a_write(number, decision=a_decision(contact_key=contact), change=change))
    away = replace(a_change(contact, ("get_invoice",)), before=Ledger(contact_key=contact, revision=revision))
    await spooler.spool.append(a_write(3, decision=a_decision(contact_key=contact), change=away))

    assert await replay(spooler) == [fate]

    ledger = await spooler.ledger(contact, NOON)
    assert (ledger.turns, ledger.revision) == (3, 3)
    named = [(goal.intent, goal.turn) for goal in ledger.agenda.goals]
    assert named == [("track_order", 1), ("cancel_order", 2), ("get_invoice", 3)]


async def test_turns_of_one_contact_are_committed_one_after_another(spooler: SpoolingRecorder) -> None:
    """Of a contact that spoke before as well: its next turn finds all of them, whatever came between."""
    contact = "contact-1"
    before = a_change(contact, ("track_order",))
    await spooler.commit(a_write(1, decision=a_decision(contact_key=contact), change=before))
    revision = UNKNOWN_REVISION
    for number, intents in enumerate([("get_invoice",), ("get_invoice", "find_store")], start=2):
        change = a_change(contact, intents, revision=revision)
        await spooler.spool.append(a_write(number, decision=a_decision(contact_key=contact), change=change))
        await spooler.spool.append(a_write(10 * number))
        left = await spooler.ledger(contact, NOON)
        assert not left.is_known
        revision = left.revision

    assert set(await replay(spooler)) == {Fate.COMMITTED}

    ledger = await spooler.ledger(contact, NOON)
    assert (ledger.turns, ledger.is_known) == (3, True)
    named = [(goal.intent, goal.turn) for goal in ledger.agenda.goals]
    assert named == [("track_order", 1), ("get_invoice", 2), ("find_store", 3)]


async def test_a_goal_that_was_changed_later_elsewhere_stays_so(spooler: SpoolingRecorder) -> None:
    """What was decided while the database was away is older news."""
    contact, later = "contact-1", NOON + timedelta(hours=1)
    newer = a_ledger(contact, ("track_order",))
    [goal] = newer.agenda.goals
    newer = replace(newer, agenda=newer.agenda.with_goal(replace(goal, changed_at=later)))
    change = replace(a_change(contact, ("track_order",)), after=newer)
    await spooler.commit(a_write(1, decision=a_decision(contact_key=contact), change=change))
    away = a_change(contact, ("track_order",), revision=UNKNOWN_REVISION)
    await spooler.spool.append(a_write(2, decision=a_decision(contact_key=contact), change=away))

    await replay(spooler)

    [held] = (await spooler.ledger(contact, NOON)).agenda.goals
    assert held.changed_at == later


async def test_a_decision_that_the_database_never_takes_blocks_no_other(
    spooler: SpoolingRecorder, tmp_path: Path
) -> None:
    """It is in a file of its own, under its id; the rest is committed."""
    refused = a_write(2)
    naive = replace(refused.decision, decided_at=NOON.replace(tzinfo=None))
    for write in (a_write(1), replace(refused, decision=naive), a_write(3)):
        await spooler.spool.append(write)

    fates = await replay(spooler)

    assert sorted(fates) == [Fate.COMMITTED, Fate.COMMITTED, Fate.REJECTED]
    assert await spooler.count_decisions() == 2
    with pytest.raises(NotFoundError):
        await spooler.get_decision(refused.decision.decision_id)
    [left] = files_in(tmp_path / "spool")
    assert left.suffix == ".rejected"
    assert refused.decision.decision_id.encode() in left.read_bytes()


async def test_a_contact_is_not_erased_past_what_is_on_its_way(spooler: SpoolingRecorder) -> None:
    """Refused for the moment, rather than undone by the next replay."""
    write = a_full_write()
    await spooler.spool.append(write)

    with pytest.raises(StorageUnavailableError):
        await spooler.erase(write.decision.contact_key)
    await replay(spooler)

    assert (await spooler.erase(write.decision.contact_key)).decisions == 1
