"""Writes that can be announced, with and without announcements. A write and its announcement share a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from service.domain.announcement import of_decision, of_delivery, of_outcome
from service.domain.delivery import Settled, Settlement
from service.domain.outcome import OutcomeTold, OutcomeWrite
from service.domain.recording import DecisionWrite, Recorded
from service.errors import RefusalError
from service.record.database.writer import BatchWrite
from service.record.spool.replay import Fate, write_spooled
from service.record.tables.announcement import insert_announcements
from service.record.tables.decision import Answered, write_decisions
from service.record.tables.delivery import settle
from service.record.tables.outcome import write_reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """Functions by which a recorder makes the writes that other systems may want to hear of."""

    decisions: BatchWrite[DecisionWrite, Recorded]
    settlements: BatchWrite[Settlement, bool]
    reports: BatchWrite[OutcomeWrite, OutcomeTold]
    spooled: BatchWrite[DecisionWrite, Fate]


def announce_decisions(connection: Connection, writes: Sequence[DecisionWrite]) -> list[Answered]:
    """Announce new decisions. A repeat was announced the first time."""
    answers = write_decisions(connection, writes)
    new = [
        write.decision
        for write, answer in zip(writes, answers, strict=True)
        if isinstance(answer, Recorded) and not answer.replayed
    ]
    insert_announcements(connection, [of_decision(decision) for decision in new])
    return answers


def announce_settlements(connection: Connection, settlements: Sequence[Settlement]) -> list[bool]:
    written = settle(connection, settlements)
    ended = [
        settlement
        for settlement, is_written in zip(settlements, written, strict=True)
        if is_written and isinstance(settlement, Settled)
    ]
    insert_announcements(connection, [of_delivery(settled) for settled in ended])
    return written


def announce_reports(connection: Connection, reports: Sequence[OutcomeWrite]) -> list[OutcomeTold | RefusalError]:
    answers = write_reports(connection, reports)
    new = [
        of_outcome(answer.outcome, report.decision)
        for report, answer in zip(reports, answers, strict=True)
        if isinstance(answer, OutcomeTold) and answer.is_new
    ]
    insert_announcements(connection, new)
    return answers


def announce_spooled(connection: Connection, writes: Sequence[DecisionWrite]) -> list[Fate]:
    """Announce spooled decisions. A decision that had been committed before was announced then."""
    fates = write_spooled(connection, writes)
    new = [write.decision for write, fate in zip(writes, fates, strict=True) if fate is not Fate.KNOWN]
    insert_announcements(connection, [of_decision(decision) for decision in new])
    return fates


SILENT = Writes(decisions=write_decisions, settlements=settle, reports=write_reports, spooled=write_spooled)
ANNOUNCED = Writes(
    decisions=announce_decisions,
    settlements=announce_settlements,
    reports=announce_reports,
    spooled=announce_spooled,
)
