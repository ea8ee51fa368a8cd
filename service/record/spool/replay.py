"""Spooled decisions in SQL: written late, exactly once, and after any changes made in the meantime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import Connection, select, update

from service.domain.ledger import HeldGoal, Ledger, LedgerChange
from service.domain.recording import DecisionWrite
from service.errors import IdempotencyConflictError, TurnConflictError
from service.record.tables.decision import DECISIONS, Answered, keep_decision, write_decisions
from service.record.tables.decision_row import to_row
from service.record.tables.idempotency import KEYS
from service.record.tables.ledger import select_ledger


class Fate(StrEnum):
    """Result of replaying a spooled decision."""

    COMMITTED = "committed"
    KNOWN = "known"
    """The decision had been committed before, and only the database's answer was lost."""
    MERGED = "merged"
    """The contact was changed elsewhere meanwhile. Both changes are kept."""
    WITHOUT_CHANGE = "without_change"
    """The agenda of the contact stays as others have left it."""
    WITHOUT_KEY = "without_key"
    """Another request came elsewhere meanwhile under the decision's key."""
    DUPLICATE = "duplicate"
    """The same request was served elsewhere meanwhile. The decision is kept, without beginning anything."""
    REJECTED = "rejected"
    """The database will always refuse the decision, or the disk damaged it. The decision is in a file of its own."""


def write_spooled(connection: Connection, writes: Sequence[DecisionWrite]) -> list[Fate]:
    """Write spooled decisions and return their fates. All are kept, and writing them again changes nothing."""
    return [fate for some in rounds(writes) for fate in write_round(connection, some)]


def rounds(writes: Sequence[DecisionWrite]) -> Iterator[list[DecisionWrite]]:
    """Split writes into rounds, in order, each contact once a round: a turn builds on the turn before."""
    some: list[DecisionWrite] = []
    contacts: set[str] = set()
    for write in writes:
        if write.decision.contact_key in contacts:
            yield some
            some, contacts = [], set()
        some.append(write)
        contacts.add(write.decision.contact_key)
    yield some


def write_round(connection: Connection, writes: Sequence[DecisionWrite]) -> list[Fate]:
    known = select_known(connection, [write.decision.decision_id for write in writes])
    tell_again(connection, [write for write in writes if write.decision.decision_id in known])
    new = [fitted(connection, write) for write in writes if write.decision.decision_id not in known]
    answers = zip(new, write_decisions(connection, new), strict=True)
    fates = {write.decision.decision_id: settle(connection, write, answer) for write, answer in answers}
    return [fates.get(write.decision.decision_id, Fate.KNOWN) for write in writes]


def settle(connection: Connection, write: DecisionWrite, answer: Answered, fate: Fate = Fate.COMMITTED) -> Fate:
    """Return the fate of a write. If a part is in conflict, write the decision again without that part."""
    match answer:
        case IdempotencyConflictError():
            return write_again(connection, replace(write, idempotency=None), Fate.WITHOUT_KEY)
        case TurnConflictError() if fate is Fate.MERGED:
            return write_again(connection, replace(write, change=None), Fate.WITHOUT_CHANGE)
        case TurnConflictError():
            return write_again(connection, merged(connection, write), Fate.MERGED)
    if answer.replayed:
        connection.execute(keep_decision(connection.dialect.name), [to_row(write.decision)])
        return Fate.DUPLICATE
    return fate


def write_again(connection: Connection, write: DecisionWrite, fate: Fate) -> Fate:
    [answer] = write_decisions(connection, [write])
    return settle(connection, write, answer, fate)


def fitted(connection: Connection, write: DecisionWrite) -> DecisionWrite:
    """Add the contact's ledger, if the ledger was unknown at the time of the decision."""
    is_known = write.change is None or write.change.before.is_known
    return write if is_known else merged(connection, write)


def merged(connection: Connection, write: DecisionWrite) -> DecisionWrite:
    assert write.change is not None  # noqa: S101  (only a write with a change can be outrun)
    change = write.change
    return replace(write, change=added_to(select_ledger(connection, change.after.contact_key, change.at), change))


def added_to(held: Ledger, change: LedgerChange) -> LedgerChange:
    """Add the turns and goals of `change` after those that are held. If a goal is in both, its newer state stays."""
    before, after = change.before, change.after
    agenda = held.agenda
    for goal in after.agenda.changed_since(before.agenda):
        if is_newer(goal, agenda.find(goal.intent)):
            agenda = agenda.with_goal(replace(goal, turn=goal.turn - before.turns + held.turns))
    sum_of_both = replace(
        held,
        turns=held.turns + after.turns - before.turns,
        asked=held.asked or after.asked,
        question=after.question,
        opened_at=held.opened_at or after.opened_at,
        expires_at=max(filter(None, (held.expires_at, after.expires_at)), default=None),
        agenda=agenda,
    )
    return LedgerChange(before=held, after=sum_of_both, at=change.at)


def is_newer(goal: HeldGoal, held: HeldGoal | None) -> bool:
    return held is None or held.changed_at <= goal.changed_at


def select_known(connection: Connection, decision_ids: Sequence[str]) -> frozenset[str]:
    found = select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id.in_(decision_ids))
    return frozenset(connection.execute(found).scalars())


def tell_again(connection: Connection, writes: Sequence[DecisionWrite]) -> None:
    """Give repeats the answer that the caller got, which says that the database was away."""
    for write in writes:
        told = update(KEYS).where(KEYS.c.decision_id == write.decision.decision_id)
        connection.execute(told.values(answer=write.answer))
