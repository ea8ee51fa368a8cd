"""Outcomes of decisions, counted in SQL. Groups of few decisions leave the database only as one sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CompoundSelect, Connection, RowMapping, Select, and_, case, func, literal, select, union_all

from models import metadata
from service.domain.effort import EventKind
from service.domain.outcome import Group, OutcomeReport, OutcomeResult, OutcomesBy, Span
from service.record.tables.ledger import DECISIONS, EVENTS
from service.record.tables.resolution import select_resolution

OUTCOMES = metadata.tables["outcomes"]
FLOOR = 5
"""Fewest decisions or contacts that a figure may be about."""
MOST_GROUPS = 300
"""Most groups that are shown by themselves. If there are more, the smallest join the sum of groups below the floor."""
REST = 0


COLUMNS: Mapping[OutcomesBy, Mapping[str, tuple[str, str]]] = {
    OutcomesBy.INTENT: {"intent": ("goal", "intent")},
    OutcomesBy.PATH: {"path": ("path", "path")},
    OutcomesBy.ENTRY_POINT: {"entry_point": ("entry_point", "entry_point")},
    OutcomesBy.VERSION: {"bundle": ("bundle", "bundle"), "catalogue": ("catalogue", "catalogue")},
}
"""For each name of a group's key, the column of decisions and the column of events."""


def select_outcomes(connection: Connection, span: Span, by: OutcomesBy) -> OutcomeReport:
    """Count decisions of the span, except advice."""
    groups, withheld = [], 0
    for row in connection.execute(counted(span, by)).mappings():
        if row["place"] == REST and row["decisions"] < FLOOR:
            withheld = int(row["groups"])
        else:
            groups.append(to_group(row, by))
    resolution = select_resolution(connection, span.since, span.until)
    is_shown = resolution.told == 0 or resolution.told >= FLOOR
    groups.sort(key=lambda group: group.key is None)
    return OutcomeReport(groups=tuple(groups), withheld=withheld, resolution=resolution if is_shown else None)


def counted(span: Span, by: OutcomesBy, most_groups: int = MOST_GROUPS) -> Select[Any]:
    """Select a row for each group that may be shown, and a row at place `REST` for the sum of the others."""
    facts = facts_of(span, by).subquery()
    keys = [facts.c[name] for name in COLUMNS[by]]
    sums = [func.sum(column).label(column.name) for column in facts.columns if column.name not in COLUMNS[by]]
    grouped = select(*keys, *sums).group_by(*keys).having(func.sum(facts.c.decisions) > 0).subquery()
    order = [grouped.c.decisions.desc(), *(grouped.c[name].nulls_first() for name in COLUMNS[by])]
    ranked = select(grouped, func.row_number().over(order_by=order).label("rank")).subquery()
    is_shown = and_(ranked.c.decisions >= FLOOR, ranked.c.rank <= most_groups)
    placed = select(ranked, case((is_shown, ranked.c.rank), else_=REST).label("place")).subquery()
    # Every place but REST holds a single group, so the greatest key is the key of that group.
    names = [func.max(placed.c[name]).label(name) for name in COLUMNS[by]]
    totals = [func.sum(placed.c[column.name]).label(column.name) for column in sums]
    summed = select(placed.c.place, *names, *totals, func.count().label("groups"))
    return summed.group_by(placed.c.place).order_by(placed.c.place)


def facts_of(span: Span, by: OutcomesBy) -> CompoundSelect[Any]:
    """Select a row for each decision, and a row for each of their events.

    Events of erased contacts have lost their decision, and are chosen by their own time.
    """
    decided = and_(DECISIONS.c.decided_at >= span.since, DECISIONS.c.decided_at < span.until, ~DECISIONS.c.is_advice)
    happened = and_(EVENTS.c.at >= span.since, EVENTS.c.at < span.until, EVENTS.c.decision_id.is_(None))
    of_decision = [DECISIONS.c[own].label(name) for name, (own, _) in COLUMNS[by].items()]
    of_event = [EVENTS.c[own].label(name) for name, (_, own) in COLUMNS[by].items()]
    results = [when(OUTCOMES.c.result == result, 1).label(result) for result in OutcomeResult]
    no_results = [literal(0).label(result) for result in OutcomeResult]
    amounts = [when(EVENTS.c.kind == kind, EVENTS.c.amount).label(kind) for kind in EventKind]
    no_amounts = [literal(0).label(kind) for kind in EventKind]
    wrong_door = when(DECISIONS.c.wrong_door, 1).label("wrong_door")
    one, none, right_door = literal(1).label("decisions"), literal(0).label("decisions"), literal(0).label("wrong_door")
    told = DECISIONS.outerjoin(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.decision_id)
    cost = EVENTS.join(DECISIONS, DECISIONS.c.decision_id == EVENTS.c.decision_id)
    return union_all(
        select(*of_decision, one, wrong_door, *results, *no_amounts).select_from(told).where(decided),
        select(*of_decision, none, right_door, *no_results, *amounts).select_from(cost).where(decided),
        select(*of_event, none, right_door, *no_results, *amounts).where(happened),
    )


def when(condition: Any, value: Any) -> Any:
    return case((condition, value), else_=0)


def to_group(row: RowMapping, by: OutcomesBy) -> Group:
    return Group(
        key=None if row["place"] == REST else {name: row[name] for name in COLUMNS[by]},
        decisions=int(row["decisions"]),  # PostgreSQL adds sums up to decimals
        wrong_door=int(row["wrong_door"]),
        outcomes={result: int(row[result]) for result in OutcomeResult},
        effort={kind: float(row[kind]) for kind in EventKind},
    )
