"""Outcomes in SQL: the newest report on a decision counts, and the decision's goal follows the newest report."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import Connection, RowMapping, delete, select

from models import metadata
from service.domain.effort import EffortEvent, EventKind
from service.domain.ledger import LedgerChange
from service.domain.outcome import Outcome, OutcomeResult, OutcomeTold, OutcomeWrite, Reporter
from service.errors import NotFoundError, RefusalError, TurnConflictError
from service.record.database.dialect import ConflictInsert, insert_into
from service.record.tables.contact import ERASED
from service.record.tables.delivery import insert_dispatches
from service.record.tables.ledger import DECISIONS, insert_events, select_ledger, write_changes
from service.record.tables.step import try_insert_step

OUTCOMES = metadata.tables["outcomes"]
EVENTS = metadata.tables["events"]
TOLD = "outcome"
"""Cause of the transfers that a report counts. The next report replaces transfers with this cause."""


def write_reports(connection: Connection, reports: Sequence[OutcomeWrite]) -> list[OutcomeTold | RefusalError]:
    """Write reports in order. A report with the content of the last one is skipped."""
    return [write_report(connection, report) for report in reports]


def write_report(connection: Connection, report: OutcomeWrite) -> OutcomeTold | RefusalError:
    outcome, decision = report.outcome, report.decision
    if not is_held(connection, outcome.decision_id):
        return NotFoundError("No decision is held under that id.", field="decision_id")
    known = select_outcome(connection, outcome.decision_id)
    ledger = select_ledger(connection, decision.contact_key, outcome.reported_at)
    if known is not None and outcome.says_the_same_as(known):
        return OutcomeTold(outcome=known, is_new=False, agenda=ledger.agenda)
    agenda = report.concluded(ledger.agenda)
    if agenda != ledger.agenda:
        after = replace(
            ledger,
            agenda=agenda,
            opened_at=ledger.opened_at or decision.decided_at,
            expires_at=ledger.expires_at or report.expires_at,
        )
        change = LedgerChange(before=ledger, after=after, at=outcome.reported_at)
        if write_changes(connection, [change]) == [False]:
            return TurnConflictError(
                "The contact was changed at the same moment.", mend="Send it again.", retry_after_seconds=1
            )
    row = {**outcome_row(outcome), "expires_at": report.expires_at}
    connection.execute(put_outcome(connection.dialect.name), row)
    replace_transfers(connection, report)
    for step, dispatch in zip(report.steps, report.dispatches, strict=True):
        if try_insert_step(connection, step):
            insert_dispatches(connection, [dispatch])
    return OutcomeTold(outcome=outcome, is_new=True, agenda=agenda)


def is_held(connection: Connection, decision_id: str) -> bool:
    """Return True if the decision is there and its contact unerased, and keep that true until the transaction ends."""
    held = select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id == decision_id)
    held = held.where(DECISIONS.c.contact_key != ERASED).with_for_update(read=True)
    return connection.execute(held).first() is not None


def replace_transfers(connection: Connection, report: OutcomeWrite) -> None:
    outcome, decision = report.outcome, report.decision
    told = (EVENTS.c.decision_id == outcome.decision_id) & (EVENTS.c.cause == TOLD)
    connection.execute(delete(EVENTS).where(told))
    if outcome.transfers:
        transfers = EffortEvent.of(
            decision,
            EventKind.TRANSFER,
            event_id=secrets.token_hex(16),
            at=outcome.reported_at,
            expires_at=report.expires_at,
            cause=TOLD,
            amount=outcome.transfers,
        )
        insert_events(connection, [transfers])


def select_outcome(connection: Connection, decision_id: str) -> Outcome | None:
    found = select(OUTCOMES).where(OUTCOMES.c.decision_id == decision_id)
    row = connection.execute(found).mappings().one_or_none()
    return None if row is None else to_outcome(row)


@cache
def put_outcome(dialect: str) -> ConflictInsert:
    insert = insert_into(OUTCOMES, dialect)
    kept = {column.name: insert.excluded[column.name] for column in OUTCOMES.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=["decision_id"], set_=kept)


def outcome_row(outcome: Outcome) -> dict[str, object]:
    return {
        "decision_id": outcome.decision_id,
        "result": outcome.result,
        "reported_by": outcome.reported_by,
        "transfers": outcome.transfers,
        "customer_effort_score": outcome.customer_effort_score,
        "actual_intent": outcome.actual_intent,
        "reported_at": outcome.reported_at,
    }


def to_outcome(row: RowMapping) -> Outcome:
    return Outcome(
        decision_id=row["decision_id"],
        result=OutcomeResult(row["result"]),
        reported_at=row["reported_at"],
        reported_by=None if row["reported_by"] is None else Reporter(row["reported_by"]),
        transfers=row["transfers"],
        customer_effort_score=row["customer_effort_score"],
        actual_intent=row["actual_intent"],
    )
