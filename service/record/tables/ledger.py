"""Ledgers in SQL: read at one moment, and written only if they are still unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, select, update
from sqlalchemy.sql.dml import ReturningInsert

from models import metadata
from service.domain.effort import EffortEvent
from service.domain.ledger import Agenda, GoalState, HeldGoal, HeldQuestion, Ledger, LedgerChange, QuestionKind
from service.domain.understanding import Status
from service.record.database.dialect import ConflictInsert, insert_into

CONTACTS = metadata.tables["contacts"]
GOALS = metadata.tables["goals"]
EVENTS = metadata.tables["events"]
DECISIONS = metadata.tables["decisions"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact whose ledger is asked for, and the moment of asking."""

    contact_key: str
    now: datetime


def select_ledger(connection: Connection, contact_key: str, now: datetime) -> Ledger:
    """Return the ledger of a contact at `now`. The ledger of an expired contact has only the revision of its row."""
    return select_ledgers(connection, [Wanted(contact_key, now)])[0]


def select_ledgers(connection: Connection, wanted: Sequence[Wanted]) -> list[Ledger]:
    """Return the ledgers of several contacts at once, in the order of `wanted`."""
    keys = {each.contact_key for each in wanted}
    held = connection.execute(select(CONTACTS).where(CONTACTS.c.contact_key.in_(keys))).mappings()
    rows = {row["contact_key"]: row for row in held}
    agendas = select_agendas(connection, list(rows))
    firsts = before_the_first_row(connection, [key for key in keys if key not in rows])
    return [
        to_ledger(rows[each.contact_key], agendas.get(each.contact_key, Agenda()), each.now)
        if each.contact_key in rows
        else firsts[each.contact_key]
        for each in wanted
    ]


def to_ledger(row: RowMapping, agenda: Agenda, now: datetime) -> Ledger:
    if row["expires_at"] <= now:
        return Ledger(contact_key=row["contact_key"], revision=row["revision"])
    return Ledger(
        contact_key=row["contact_key"],
        revision=row["revision"],
        turns=row["turns"],
        asked=row["asked"],
        question=to_question(row["question"]),
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        agenda=agenda,
    )


def select_agendas(connection: Connection, contact_keys: Sequence[str]) -> dict[str, Agenda]:
    if not contact_keys:
        return {}
    found = select(GOALS).where(GOALS.c.contact_key.in_(contact_keys)).order_by(GOALS.c.contact_key, GOALS.c.position)
    goals: dict[str, list[HeldGoal]] = {}
    for row in connection.execute(found).mappings():
        goals.setdefault(row["contact_key"], []).append(to_goal(row))
    return {key: Agenda(goals=tuple(held)) for key, held in goals.items()}


def before_the_first_row(connection: Connection, contact_keys: Sequence[str]) -> dict[str, Ledger]:
    """Build the ledgers of contacts without a row from their decisions.

    A contact that came without an id has a decision and no row. It may come back with the id that it was given.
    Advice is left out, since it began nothing.
    """
    ledgers = {key: Ledger(contact_key=key) for key in contact_keys}
    if not contact_keys:
        return ledgers
    columns = DECISIONS.c
    found = select(
        columns.contact_key,
        columns.decision_id,
        columns.goal,
        columns.path,
        columns.rung,
        columns.answer,
        columns.decided_at,
    )
    begun = found.where(columns.contact_key.in_(contact_keys), ~columns.is_advice)
    for row in connection.execute(begun.order_by(columns.decided_at)).mappings():
        ledgers[row["contact_key"]] = after_decision(ledgers[row["contact_key"]], row)
    return ledgers


def after_decision(ledger: Ledger, row: RowMapping) -> Ledger:
    turns, agenda, question = ledger.turns + 1, ledger.agenda, asked_in(row["answer"])
    is_clear = question is None or question.kind is QuestionKind.CONFIRM_ACTION
    if row["goal"] is not None:
        agenda = agenda.with_goal(
            HeldGoal(
                intent=row["goal"],
                state=GoalState.BEING_SERVED if question is None else GoalState.OPEN,
                turn=turns,
                opened_at=row["decided_at"],
                changed_at=row["decided_at"],
                decision_id=row["decision_id"] if question is None else None,
                path=row["path"] if question is None else None,
                rung=row["rung"] if question is None else None,
            )
        )
    return replace(ledger, turns=turns, asked=ledger.asked or not is_clear, question=question, agenda=agenda)


def asked_in(answer: str) -> HeldQuestion | None:
    """Return the question of an answer as it was sent. An erased answer is an empty object."""
    sent = orjson.loads(answer)
    clarify = sent.get("clarify")
    if clarify is None:
        return None
    return HeldQuestion(
        kind=QuestionKind(clarify.get("kind", QuestionKind.CHOOSE)),
        options=tuple([option["intent"] for option in clarify["options"]]),
        is_opening=sent.get("status") == Status.NO_GOAL_YET,
    )


def dumps_question(question: HeldQuestion) -> str:
    held = {"kind": question.kind, "options": list(question.options), "is_opening": question.is_opening}
    return orjson.dumps(held).decode()


def to_question(held: str | None) -> HeldQuestion | None:
    if held is None:
        return None
    question = orjson.loads(held)
    return HeldQuestion(
        kind=QuestionKind(question["kind"]),
        options=tuple(question["options"]),
        is_opening=question["is_opening"],
    )


def write_changes(connection: Connection, changes: Sequence[LedgerChange]) -> list[bool]:
    """Write changes, and return True for each that was written. A change is dropped if the revision is newer by now."""
    # In one order everywhere: two replicas that change the same contacts must not wait for each other in a circle.
    order = sorted(range(len(changes)), key=lambda place: changes[place].after.contact_key)
    opened = open_contacts(connection, [changes[place] for place in order])
    written = [False] * len(changes)
    goals: list[dict[str, Any]] = []
    for place in order:
        change = changes[place]
        key = change.after.contact_key
        if change.before.revision == 0:
            written[place] = key in opened
            opened.discard(key)  # if two changes open the same contact, only the first is written
        else:
            written[place] = swap(connection, change)
        if written[place]:
            goals += changed_goals(change)
            if is_expired(change):
                connection.execute(delete(GOALS).where(GOALS.c.contact_key == key))
    if goals:
        connection.execute(put_goal(connection.dialect.name), goals)
    return written


def is_expired(change: LedgerChange) -> bool:
    """Return True if the row that is being changed belonged to an expired contact."""
    return change.before.opened_at is None and change.before.revision > 0


def changed_goals(change: LedgerChange) -> list[dict[str, Any]]:
    before, after = change.before, change.after
    changed = after.agenda.goals if before.opened_at is None else after.agenda.changed_since(before.agenda)
    positions = {goal.intent: position for position, goal in enumerate(after.agenda.goals)}
    return [goal_row(after.contact_key, positions[goal.intent], goal) for goal in changed]


def mark_done(connection: Connection, contact_key: str, intent: str, at: datetime) -> None:
    """Mark a goal as done, and raise the revision, so that a turn in progress is decided again."""
    underway = GOALS.c.state.in_([GoalState.OPEN, GoalState.BEING_SERVED])
    served = update(GOALS).where(GOALS.c.contact_key == contact_key, GOALS.c.intent == intent, underway)
    if connection.execute(served.values(state=GoalState.DONE, changed_at=at)).rowcount:
        contact = update(CONTACTS).where(CONTACTS.c.contact_key == contact_key)
        connection.execute(contact.values(revision=CONTACTS.c.revision + 1))


def open_contacts(connection: Connection, changes: Sequence[LedgerChange]) -> set[str]:
    """Insert rows for new contacts, and return the keys of the contacts that got a row."""
    first: dict[str, dict[str, Any]] = {}
    for change in changes:
        if change.before.revision == 0:
            first.setdefault(change.after.contact_key, contact_row(change))
    if not first:
        return set()
    return set(connection.execute(keep_contact(connection.dialect.name), list(first.values())).scalars())


def swap(connection: Connection, change: LedgerChange) -> bool:
    row = contact_row(change)
    same = (CONTACTS.c.contact_key == row["contact_key"]) & (CONTACTS.c.revision == change.before.revision)
    return connection.execute(update(CONTACTS).where(same).values(row)).rowcount == 1


def contact_row(change: LedgerChange) -> dict[str, Any]:
    after = change.after
    return {
        "contact_key": after.contact_key,
        "revision": change.before.revision + 1,
        "turns": after.turns,
        "asked": after.asked,
        "question": None if after.question is None else dumps_question(after.question),
        "opened_at": after.opened_at,
        "last_at": change.at,
        "expires_at": after.expires_at,
    }


@cache
def keep_contact(dialect: str) -> ReturningInsert[str]:
    insert = insert_into(CONTACTS, dialect).on_conflict_do_nothing(index_elements=["contact_key"])
    return insert.returning(CONTACTS.c.contact_key)


@cache
def put_goal(dialect: str) -> ConflictInsert:
    insert = insert_into(GOALS, dialect)
    kept = {column.name: insert.excluded[column.name] for column in GOALS.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=["contact_key", "intent"], set_=kept)


def insert_events(connection: Connection, events: Sequence[EffortEvent]) -> None:
    """Insert events. An event that is there already stays as it is."""
    if events:
        insert = insert_into(EVENTS, connection.dialect.name).on_conflict_do_nothing(index_elements=["event_id"])
        connection.execute(insert, [event_row(event) for event in events])


def goal_row(contact_key: str, position: int, goal: HeldGoal) -> dict[str, Any]:
    return {
        "contact_key": contact_key,
        "intent": goal.intent,
        "position": position,
        "state": goal.state,
        "turn": goal.turn,
        "decision_id": goal.decision_id,
        "path": goal.path,
        "rung": goal.rung,
        "opened_at": goal.opened_at,
        "changed_at": goal.changed_at,
    }


def to_goal(row: RowMapping) -> HeldGoal:
    return HeldGoal(
        intent=row["intent"],
        state=GoalState(row["state"]),
        turn=row["turn"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        decision_id=row["decision_id"],
        path=row["path"],
        rung=row["rung"],
    )


def event_row(event: EffortEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "contact_key": event.contact_key,
        "decision_id": event.decision_id,
        "kind": event.kind,
        "cause": event.cause,
        "intent": event.intent,
        "path": event.path,
        "entry_point": event.entry_point,
        "bundle": event.bundle,
        "catalogue": event.catalogue,
        "amount": event.amount,
        "at": event.at,
        "expires_at": event.expires_at,
    }
