"""`errand report …`: the outcomes of people's errands, printed for a person."""

from __future__ import annotations

from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.cli.commands.record import NONE, as_json, table_console, with_recorder
from service.domain.clock import utc_now
from service.domain.outcome import OutcomesBy
from service.pipeline.outcome_report import OTHER, shape, span_of
from service.settings import read_settings

BAR: Final = 10
"""Characters of a full bar."""
FIGURES: Final = ("decisions", "told", "done", "partly", "not done", "wrong place", "wrong door")
EFFORT: Final = {
    "transfers": ("transfers",),
    "came again": ("repeats", "re_asks"),
    "questions": ("clarifying_turns", "identity_prompts"),
    "waiting": ("waiting_seconds",),
}
"""Columns of effort, each with the kinds that it adds up."""


def outcomes(*, since: str | None, until: str | None, by: OutcomesBy, print_json: bool) -> None:
    """Print the report. Raises InvalidRequestError if the time cannot be used."""
    span = span_of(since, until, utc_now())
    report = with_recorder(read_settings(), lambda recorder: recorder.report_outcomes(span, by))
    shown = shape(report, span, by)
    if print_json:
        typer.echo(as_json(shown))
    else:
        _print(shown, table_console())


def _print(shown: dict[str, Any], console: Console) -> None:
    console.print(f"[bold]{_minute(shown['since'])}[/] until [bold]{_minute(shown['until'])}[/] UTC", highlight=False)
    console.print(_resolution(shown["first_contact_resolution"]), end="\n\n", highlight=False)
    if shown["rows"]:
        console.print(_table(shown["rows"], console), highlight=False)
        console.print()
        console.print("Wrong door: of all decisions. Effort: of one decision, on average.", style="dim")
    elif not shown["withheld"]["rows"]:
        console.print("No decisions in this time.")
    if withheld := shown["withheld"]["rows"]:
        console.print(f"Not shown, since they are about too few people: {withheld} row(s).", highlight=False)


def _resolution(found: dict[str, Any]) -> str:
    if found["told"] is None:
        return "First-contact resolution: told of too few contacts to be shown."
    if found["share"] is None:
        return "First-contact resolution: nobody has told yet."
    return f"First-contact resolution: {found['share']:.0%}, {found['resolved']} of {found['told']} contacts told of."


def _table(rows: list[dict[str, Any]], console: Console) -> Table:
    keys = [key for key in ([] if row["key"] == OTHER else list(row["key"]) for row in rows) if key]
    names = keys[0] if keys else [OTHER]
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), no_wrap=True)
    for name in (*FIGURES, *EFFORT):
        is_bar = name == "done"
        header = name.replace(" ", "\n")
        table.add_column(header, justify="left" if is_bar else "right", no_wrap=is_bar, overflow="fold")
    for row in rows:
        is_other = row["key"] == OTHER
        own = [f"({OTHER})", *[""] * (len(names) - 1)] if is_other else [row["key"][name] or "(none)" for name in names]
        table.add_row(*map(Text, own), *_figures(row, console), *_effort(row["effort_per_decision"]))
    return table


def _figures(row: dict[str, Any], console: Console) -> list[str | Text]:
    results = row["outcomes"]
    return [
        str(row["decisions"]),
        str(row["told"]),
        bar(row["done_share"], is_ascii=console.options.ascii_only),
        *(str(results[name]) for name in ("partly", "not_done", "wrong_place")),
        f"{row['wrong_door'] / row['decisions']:.0%}",
    ]


def _effort(per_decision: dict[str, float]) -> list[str]:
    amounts = {name: sum(per_decision[kind] for kind in kinds) for name, kinds in EFFORT.items()}
    return [f"{amount:.0f} s" if name == "waiting" else f"{amount:.2f}" for name, amount in amounts.items()]


def bar(share: float | None, *, is_ascii: bool = False) -> Text:
    """Return a share as a bar and in figures, or a dash without a share."""
    if share is None:
        return Text(NONE, style="dim")
    full, empty = ("#", ".") if is_ascii else ("█", "░")
    length = round(share * BAR)
    return Text.assemble((full * length, "green"), (empty * (BAR - length), "dim"), f" {share:4.0%}")


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")
