"""`errand report outcomes`."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from service.cli.commands.report import bar
from service.domain.outcome import Outcome, OutcomeResult, OutcomeWrite
from service.record.recorder import open_recorder
from tests.support.decisions import NOON, a_decision, record_decision

THEN = ("--since", "2026-11-21T00:00:00Z", "--until", "2026-11-22T00:00:00Z")


@pytest.fixture
def told(run, home: Path) -> None:
    """Eight decisions about orders, of which four were told of; and two about nothing."""
    assert run("db", "upgrade").code == 0

    async def fill() -> None:
        async with open_recorder(f"sqlite:///{home}/errand.db") as recorder:
            decisions = [a_decision(goal="track_order" if n < 8 else None) for n in range(10)]
            for decision in decisions:
                await record_decision(recorder, decision, idempotency=None, answer=b"{}")
            for n, decision in enumerate(decisions[:4]):
                result = OutcomeResult.DONE if n < 3 else OutcomeResult.NOT_DONE
                outcome = Outcome(decision_id=decision.decision_id, result=result, reported_at=NOON)
                await recorder.report(
                    OutcomeWrite(
                        outcome=outcome,
                        decision=decision,
                        concluded=lambda agenda: agenda,
                        expires_at=NOON + timedelta(days=30),
                    )
                )

    asyncio.run(fill())


@pytest.mark.usefixtures("told")
def test_shares_are_drawn(run) -> None:
    """A row with its bar; what is about too few is counted and not shown."""
    shown = run("report", "outcomes", *THEN)

    assert shown.code == 0
    (row,) = [line for line in shown.out.splitlines() if "track_order" in line]
    assert "75%" in row
    assert row.split()[:3] == ["track_order", "8", "4"]
    assert "1 row(s)" in shown.out


@pytest.mark.usefixtures("told")
def test_json_is_the_answer_of_the_service(run) -> None:
    """For a program to read."""
    report = json.loads(run("report", "outcomes", *THEN, "--by", "version", "--json").out)

    assert report["rows"][0]["key"] == {"bundle": "bundle-hash", "catalogue": "catalogue-hash"}
    assert (report["rows"][0]["decisions"], report["rows"][0]["done_share"]) == (10, 0.75)


def test_nothing_is_said_to_be_nothing(run) -> None:
    """Not an empty table."""
    run("db", "upgrade")

    shown = run("report", "outcomes")

    assert "No decisions in this time" in shown.out
    assert "nobody has told yet" in shown.out


def test_a_time_that_cannot_be_is_refused(run) -> None:
    """Exit code 2, with the option at fault."""
    refused = run("report", "outcomes", "--since", "yesterday")

    assert refused.code == 2
    assert "since" in refused.err


@pytest.mark.parametrize(
    ("share", "is_ascii", "drawn"),
    [
        (0.0, False, "░░░░░░░░░░   0%"),
        (0.75, False, "████████░░  75%"),
        (1.0, False, "██████████ 100%"),
        (0.5, True, "#####.....  50%"),
        (None, False, "-"),
    ],
)
def test_a_bar_is_as_long_as_its_share(share: float | None, is_ascii: bool, drawn: str) -> None:
    """In characters that the terminal has."""
    assert bar(share, is_ascii=is_ascii).plain == drawn
