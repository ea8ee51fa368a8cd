"""What was found, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.faults.run import Finding

COLUMNS = (
    "cycles",
    "told",
    "degraded",
    "missing",
    "changed",
    "surplus",
    "refused",
    "retried",
    "deliveries",
    "led on",
    "missing",
    "other key",
    "stall s",
)
LEGEND = """\
told: contacts that were answered with 200; degraded: while the database was away; missing: decisions among them that
are not in the database; changed: their repeat gets another answer; surplus: decisions beside the one that was told.
refused: answers 503, 409 or 429; retried: requests without any answer. deliveries: contacts told that a system is
called for them; led on: to another rung, since none answered; missing: not called for and not led on; other key: called
under another Idempotency-Key. stall: the longest time in which nobody was told anything."""


def print_report(console: Console, findings: Sequence[Finding]) -> None:
    """One line a fault, and below it what is wrong with it."""
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("fault", no_wrap=True)
    table.add_column("database", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for finding in findings:
        style = None if finding.is_sound else "red"
        table.add_row(finding.fault, finding.database, *map(str, _figures(finding)), style=style)
    console.print(table)
    console.print(LEGEND, style="dim", highlight=False)
    for finding in findings:
        where = f"{finding.fault} on {finding.database}"
        for note in notes(finding):
            console.print(f"{where}: {note}", style="dim", highlight=False)
        for trouble in troubles(finding):
            console.print(f"{where}: {trouble}", style="red", highlight=False)


def notes(finding: Finding) -> list[str]:
    """What was in order, and why it was."""
    refused = [f"{count} refused: {code}." for code, count in finding.refused.items()]
    return refused + [
        f"{count} led on, since their delivery ended with {why}." for why, count in finding.led_on.items()
    ]


def troubles(finding: Finding) -> list[str]:
    """Why a finding is not sound, with a few ids to look for."""
    found = [] if finding.stalled is None else [finding.stalled]
    if not finding.acknowledged:
        found.append("Nobody was told anything.")
    if finding.unanswered:
        found.append(f"{finding.unanswered} contacts were never answered.")
    found += [
        f"{count} answers with status {status} that could not be used." for status, count in finding.failed.items()
    ]
    for name, ids in finding.differences.named():
        found.append(f"{len(ids)} {name}: {', '.join(ids[:3])}{' …' if len(ids) > 3 else ''}")
    return found


def as_json(findings: Sequence[Finding], about: dict[str, Any]) -> dict[str, Any]:
    return {
        **about,
        "is_sound": all(each.is_sound for each in findings),
        "faults": [each.as_json() for each in findings],
    }


def _figures(finding: Finding) -> tuple[object, ...]:
    differences = finding.differences
    return (
        finding.cycles,
        f"{finding.acknowledged:,}",
        finding.degraded,
        len(differences.missing),
        len(differences.changed),
        len(differences.surplus),
        sum(finding.refused.values()),
        finding.retried,
        f"{finding.dispatched:,}",
        sum(finding.led_on.values()),
        len(differences.undelivered) + len(differences.pending),
        len(differences.renamed),
        f"{finding.longest_stall_seconds:.1f}",
    )
