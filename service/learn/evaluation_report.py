"""Show an evaluation to readers: as plain text for a terminal, and as one self-contained HTML page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.learn.evaluate import Evaluation, IntentFigures

ABSENT = "—"
WEAKEST = 15
CONFUSIONS_LISTED = 12
MOST_LABELS_ON_MAP = 200
ERROR_SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Possible ends of the error axis of the risk-coverage curve."""
STEADY_COVERAGE = 0.1
"""Least coverage to set the scale by. Below it the curve rests on too few rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure and its meaning, for readers new to the papers."""

    name: str
    value: str
    sentence: str
    headline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One square of the confusion map. `row` and `column` are 0-based positions among the map's labels."""

    row: int
    column: int
    share: float
    """Share of the intent's rows that this square stands for."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMap:
    labels: tuple[str, ...]
    cells: tuple[Cell, ...]


def print_report(evaluation: Evaluation, console: Console) -> None:
    """Print every figure with its meaning, then the intents with the least F1."""
    summary = Table(
        "Figure", "Value", "Meaning", title=Text(f"Bundle {evaluation.bundle}"), title_justify="left", box=None
    )
    summary.columns[1].justify = "right"
    summary.columns[0].no_wrap = summary.columns[1].no_wrap = True
    for figure in figures_of(evaluation):
        summary.add_row(figure.name, figure.value, figure.sentence)
    console.print(summary)
    weakest = [intent for intent in weakest_first(evaluation) if intent.rows][:WEAKEST]
    if weakest:
        console.print()
        console.print(_intent_table(weakest))


def write_page(evaluation: Evaluation, path: Path) -> None:
    """Write the page. Styles and drawings are inline. Scripts, fetched files and row texts are left out."""
    environment = Environment(
        loader=PackageLoader("service.learn"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    page = environment.get_template("evaluation.html").render(
        evaluation=evaluation,
        figures=figures_of(evaluation),
        intents=weakest_first(evaluation),
        map=confusion_map(evaluation),
        confusions=commonest_confusions(evaluation),
        error_scale=error_scale(evaluation),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def figures_of(evaluation: Evaluation) -> tuple[Figure, ...]:
    """List every figure, in the order of reading. Headline figures stand on top of the page."""
    return (*_figures_of_rightness(evaluation), *_figures_of_scope(evaluation), *_figures_of_confidence(evaluation))


def weakest_first(evaluation: Evaluation) -> tuple[IntentFigures, ...]:
    """Sort intents by F1, then by name. Intents without rows come last."""
    return tuple(
        sorted(evaluation.intents, key=lambda each: (inf if each.f1 is None else each.f1, each.intent)),
    )


def commonest_confusions(evaluation: Evaluation) -> tuple[tuple[str, str, int], ...]:
    """List intent, mistaken intent and count, most first. Confusions of a single row are left out."""
    wrong = [entry for entry in evaluation.confusion if entry[0] != entry[1] and entry[2] > 1]
    return tuple(sorted(wrong, key=lambda entry: (-entry[2], entry[0], entry[1]))[:CONFUSIONS_LISTED])


def confusion_map(evaluation: Evaluation) -> ConfusionMap | None:
    """Map the labels that occur. Returns `None` if labels are missing, or too many to make out a square."""
    occurring = {name for intent, top, _ in evaluation.confusion for name in (intent, top)}
    labels = tuple(figures.intent for figures in evaluation.intents if figures.intent in occurring)
    if not 0 < len(labels) <= MOST_LABELS_ON_MAP:
        return None
    place = {label: number for number, label in enumerate(labels)}
    rows: Counter[str] = Counter()
    for intent, _, count in evaluation.confusion:
        rows[intent] += count
    cells = tuple(
        Cell(
            row=place[intent],
            column=place[top],
            share=count / rows[intent],
            title=f"{intent} {'recognised' if intent == top else f'taken for {top}'}: {count} of {rows[intent]} rows",
        )
        for intent, top, count in evaluation.confusion
    )
    return ConfusionMap(labels=labels, cells=cells)


def error_scale(evaluation: Evaluation) -> float:
    """Return the end of the error axis.

    It is the least scale that holds the steady part of the curve and the error at the bundle's own threshold.
    """
    errors = [point.error for point in evaluation.risk_coverage if point.coverage >= STEADY_COVERAGE]
    largest = max([*errors, evaluation.error_among_accepted or 0.0])
    return next(scale for scale in ERROR_SCALES if scale >= largest)


def percent(share: float | None, decimals: int = 1) -> str:
    """Format a share as a percentage: 0.913 becomes `91.3 %`."""
    return ABSENT if share is None else f"{100 * share:.{decimals}f} %"


def _figures_of_rightness(evaluation: Evaluation) -> tuple[Figure, ...]:
    accept = f"{evaluation.thresholds.accept:.2f}"
    return (
        Figure(
            name="Accuracy",
            value=percent(evaluation.accuracy),
            sentence="Rows in scope whose likeliest intent was the right one, whether or not it was acted on.",
            headline=True,
        ),
        Figure(
            name="Routed automatically",
            value=percent(evaluation.coverage),
            sentence=f"{evaluation.accepted} of all {evaluation.rows} rows were sure enough (confidence {accept} or "
            "more) to be routed without a question.",
            headline=True,
        ),
        Figure(
            name="Wrong among these",
            value=percent(evaluation.error_among_accepted),
            sentence="Automatic routes whose first goal was the wrong intent, or that had fitted none. Every row was "
            "read as the service reads a contact, clause by clause.",
            headline=True,
        ),
        Figure(
            name="Some goal wrong",
            value=percent(evaluation.any_goal_wrong),
            sentence="Automatic routes of which any goal was wrong, the further ones included.",
        ),
        Figure(
            name="Asked",
            value=percent(evaluation.asked),
            sentence="Rows that were answered with a question.",
        ),
        Figure(
            name="Macro F1",
            value=percent(evaluation.macro_f1),
            sentence="Precision and recall in one, each intent counting alike however many rows it has.",
        ),
    )


def _figures_of_scope(evaluation: Evaluation) -> tuple[Figure, ...]:
    area = evaluation.oos_auroc
    return (
        Figure(
            name="Scope told apart",
            value=ABSENT if area is None else f"{area:.3f}",
            sentence="How often a row in scope looks more in scope than a row that fits no intent (AUROC; chance is "
            "0.5, perfect 1).",
            headline=True,
        ),
        Figure(
            name="Out of scope found",
            value=percent(evaluation.oos_recall),
            sentence=f"Of the {evaluation.out_of_scope_rows} rows that fit no intent, those called out of scope.",
        ),
        Figure(
            name="Rejected by mistake",
            value=percent(evaluation.in_scope_rejected),
            sentence="Rows in scope that were called out of scope.",
        ),
    )


def _figures_of_confidence(evaluation: Evaluation) -> tuple[Figure, ...]:
    return (
        Figure(
            name="Calibration error",
            value=percent(evaluation.ece),
            sentence="How far the confidence is from the share that is right, on average over rows in scope.",
            headline=True,
        ),
        Figure(
            name="Calibration error, all",
            value=percent(evaluation.ece_all),
            sentence="The same over all rows; a guess for a row that fits no intent is always wrong.",
        ),
        Figure(
            name="Lexical head alone",
            value=percent(evaluation.lexical_share),
            sentence="Rows settled by the lexical head, without asking the encoder.",
        ),
        Figure(
            name="Time per text",
            value=f"{evaluation.ms_per_text:.1f} ms",
            sentence="Wall time of one prediction in one thread on the machine that made this report.",
            headline=True,
        ),
    )


def _intent_table(intents: Sequence[IntentFigures]) -> Table:
    table = Table("Intent", title="Weakest intents", title_justify="left", box=None)
    for name in ("Rows", "Precision", "Recall", "F1"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Confused with")
    for each in intents:
        table.add_row(
            Text(each.intent),  # as Text, because rich reads a name in brackets as markup
            str(each.rows),
            *(percent(share, 0) for share in (each.precision, each.recall, each.f1)),
            Text(", ".join(f"{name} {count}" for name, count in each.neighbours)),
        )
    return table
