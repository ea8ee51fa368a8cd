"""The report on outcomes: every figure, and that nobody can be picked out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from service.decide.agenda import SaidNow, apply, conclude, serve
from service.domain.decision import Decision
from service.domain.effort import EffortEvent, EventKind
from service.domain.ledger import LedgerChange
from service.domain.outcome import Outcome, OutcomeReport, OutcomeResult, OutcomesBy, OutcomeWrite, Span
from service.pipeline.outcome_report import shape
from service.record.database.engine import open_engines
from service.record.recorder import Recorder
from service.record.tables.outcome_report import REST, counted
from tests.support.decisions import NOON, a_decision, record_decision

DAY = timedelta(days=1)
TODAY = Span(since=NOON, until=NOON + DAY)


async def keep(
    recorder: Recorder,
    count: int,
    *,
    results: Sequence[OutcomeResult] = (),
    costs: Sequence[tuple[EventKind, float]] = (),
    **fields: Any,
) -> list[Decision]:
    """So many decisions; the first of them with these results, and the very first with these costs."""
    decisions = [a_decision(**fields) for _ in range(count)]
    for decision in decisions:
        events = [
            EffortEvent.of(
                decision,
                kind,
                event_id=f"{decision.decision_id}-{place}",
                at=decision.decided_at,
                expires_at=NOON + 30 * DAY,
                amount=amount,
            )
            for place, (kind, amount) in enumerate(costs if decision is decisions[0] else ())
        ]
        change = opening(await recorder.ledger(decision.contact_key, NOON), decision)
        await record_decision(
            recorder,
            decision,
            idempotency=None,
            answer=b"{}",
            change=None if decision.is_advice else change,
            events=events,
        )
    for decision, result in zip(decisions, results, strict=False):
        await tell(recorder, decision, result)
    return decisions


def opening(before: Any, decision: Decision) -> LedgerChange:
    at, goal = decision.decided_at, decision.goal
    agenda = apply(before.agenda, SaidNow(turn=1, at=at, intents=() if goal is None else (goal,)))
    if goal is not None:
        agenda = serve(agenda, goal, decision_id=decision.decision_id, path=decision.path, rung=0, at=at)
    after = replace(before, turns=1, opened_at=at, expires_at=at + 30 * DAY, agenda=agenda)
    return LedgerChange(before=before, after=after, at=at)


async def tell(recorder: Recorder, decision: Decision, result: OutcomeResult) -> None:
    at = decision.decided_at + timedelta(minutes=5)
    concluded = partial(conclude, intent=decision.goal, result=result, decided_at=decision.decided_at, at=at)
    outcome = Outcome(decision_id=decision.decision_id, result=result, reported_at=at)
    await recorder.report(
        OutcomeWrite(outcome=outcome, decision=decision, concluded=concluded, expires_at=at + 30 * DAY)
    )


def sizes(report: OutcomeReport) -> list[tuple[Any, int]]:
    return [(group.key and next(iter(group.key.values())), group.decisions) for group in report.groups]


async def test_every_figure_is_counted_once(recorder: Recorder) -> None:
    """Of one intent: outcomes, wrong doors and effort, none of them multiplied by another."""
    done, partly, elsewhere = OutcomeResult.DONE, OutcomeResult.PARTLY, OutcomeResult.WRONG_PLACE
    costs = [(EventKind.TRANSFER, 2.0), (EventKind.CLARIFY, 1.0), (EventKind.WAITING, 90.0), (EventKind.REROUTE, 1.0)]
    await keep(recorder, 6, results=[done, done, done, partly, elsewhere], costs=costs)
    await keep(recorder, 2, wrong_door=True, costs=[(EventKind.WAITING, 30.0), (EventKind.IDENTITY_PROMPT, 2.0)])

    report = await recorder.report_outcomes(TODAY, OutcomesBy.INTENT)

    shown = shape(report, TODAY, OutcomesBy.INTENT)
    assert shown == {
        "since": "2026-11-21T12:00:00+00:00",
        "until": "2026-11-22T12:00:00+00:00",
        "by": "intent",
        "first_contact_resolution": {"told": 5, "resolved": 2, "share": 0.4},
        "rows": [
            {
                "key": {"intent": "track_order"},
                "decisions": 8,
                "outcomes": {"done": 3, "partly": 1, "not_done": 0, "wrong_place": 1},
                "told": 5,
                "done_share": 0.6,
                "wrong_door": 2,
                "effort": {
                    "transfers": 2,
                    "repeats": 0,
                    "re_asks": 0,
                    "identity_prompts": 2,
                    "clarifying_turns": 1,
                    "waiting_seconds": 120.0,
                },
                "effort_per_decision": {
                    "transfers": 0.25,
                    "repeats": 0.0,
                    "re_asks": 0.0,
                    "identity_prompts": 0.25,
                    "clarifying_turns": 0.125,
                    "waiting_seconds": 15.0,
                },
            }
        ],
        "withheld": {"rows": 0},
    }


@pytest.mark.parametrize(
    ("by", "fields", "key"),
    [
        (OutcomesBy.INTENT, {"goal": None}, {"intent": None}),
        (OutcomesBy.PATH, {"path": "people"}, {"path": "people"}),
        (OutcomesBy.ENTRY_POINT, {"entry_point": None}, {"entry_point": None}),
        (OutcomesBy.VERSION, {"bundle": "newer"}, {"bundle": "newer", "catalogue": "catalogue-hash"}),
    ],
)
async def test_rows_are_by_what_was_asked(
    recorder: Recorder, by: OutcomesBy, fields: dict[str, Any], key: dict[str, str | None]
) -> None:
    """Largest first; where there is no goal or no entry point, that is a row too, with its effort."""
    await keep(recorder, 6)
    await keep(recorder, 5, costs=[(EventKind.WAITING, 30.0)], **fields)

    report = await recorder.report_outcomes(TODAY, by)

    assert [group.decisions for group in report.groups] == [6, 5]
    assert report.groups[1].key == key
    assert [group.effort[EventKind.WAITING] for group in report.groups] == [0.0, 30.0]


@pytest.mark.parametrize(
    ("counts", "shown", "withheld"),
    [
        pytest.param([5, 4], [("a", 5)], 1, id="at the floor, and under it"),
        pytest.param([7, 2, 2], [("a", 7)], 2, id="small ones, too few together"),
        pytest.param([7, 3, 2], [("a", 7), (None, 5)], 0, id="small ones, enough together"),
    ],
)
async def test_what_is_about_too_few_is_not_shown_by_itself(
    recorder: Recorder, counts: list[int], shown: list[tuple[str | None, int]], withheld: int
) -> None:
    """But summed up, or only counted as a row."""
    for name, count in zip("abc", counts, strict=False):
        await keep(recorder, count, entry_point=name)

    report = await recorder.report_outcomes(TODAY, OutcomesBy.ENTRY_POINT)

    assert (sizes(report), report.withheld) == (shown, withheld)


async def test_resolution_of_too_few_is_not_shown(recorder: Recorder) -> None:
    """Nobody at all is not too few."""
    found = []
    for decision in [None, *await keep(recorder, 5)]:
        if decision is not None:
            await tell(recorder, decision, OutcomeResult.DONE)
        found.append((await recorder.report_outcomes(TODAY, OutcomesBy.INTENT)).resolution)

    assert [each and (each.told, each.resolved) for each in found] == [(0, 0), None, None, None, None, (5, 5)]


async def test_only_decisions_of_the_time_count(recorder: Recorder) -> None:
    """Its beginning is in it, its end is not; advice is no decision about anybody."""
    await keep(recorder, 5, costs=[(EventKind.WAITING, 1.0)])
    await keep(recorder, 5, costs=[(EventKind.WAITING, 2.0)], decided_at=NOON + DAY)
    await keep(recorder, 5, costs=[(EventKind.WAITING, 4.0)], decided_at=NOON - timedelta(microseconds=1))
    await keep(recorder, 5, costs=[(EventKind.WAITING, 8.0)], is_advice=True)

    (group,) = (await recorder.report_outcomes(TODAY, OutcomesBy.INTENT)).groups

    assert (group.decisions, group.effort[EventKind.WAITING]) == (5, 1.0)


async def test_who_was_erased_still_counts(recorder: Recorder) -> None:
    """Decisions, outcomes and effort stay as numbers, with no way back to anybody."""
    decisions = await keep(recorder, 5, results=[OutcomeResult.DONE], costs=[(EventKind.WAITING, 60.0)])
    before = await recorder.report_outcomes(TODAY, OutcomesBy.INTENT)

    for decision in decisions:
        await recorder.erase(decision.contact_key)

    assert (await recorder.report_outcomes(TODAY, OutcomesBy.INTENT)).groups == before.groups


async def test_more_rows_than_may_be_shown_are_summed_up(recorder: Recorder, migrated_url: str) -> None:
    """The largest stay."""
    for name, count in (("a", 5), ("b", 7), ("c", 6), ("d", 2)):
        await keep(recorder, count, path=name)

    engines = open_engines(migrated_url, readers=1)
    with engines.reader.connect() as connection:
        rows = connection.execute(counted(TODAY, OutcomesBy.PATH, most_groups=2)).mappings().all()
    engines.dispose()

    assert [(row["place"], row["decisions"], row["groups"]) for row in rows] == [(REST, 7, 2), (1, 7, 1), (2, 6, 1)]
    assert [row["path"] for row in rows[1:]] == ["b", "c"]
