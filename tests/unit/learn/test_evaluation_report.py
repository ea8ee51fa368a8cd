"""What people read of an evaluation, in a terminal and on the page."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from service.domain.understanding import Thresholds
from service.learn.evaluate import Evaluation, IntentFigures, RiskPoint
from service.learn.evaluation_report import (
    commonest_confusions,
    confusion_map,
    error_scale,
    figures_of,
    percent,
    print_report,
    weakest_first,
    write_page,
)

VOID = {"meta", "line", "rect", "circle", "path", "polyline", "br"}
"""Elements that need no end tag: void in HTML, or closed by themselves in SVG."""


def intent_figures(intent: str, f1: float | None = 1.0, neighbours: tuple[tuple[str, int], ...] = ()) -> IntentFigures:
    rows = 0 if f1 is None else 10
    return IntentFigures(intent=intent, rows=rows, precision=f1, recall=f1, f1=f1, neighbours=neighbours, strays=0)


def nothing_known() -> Evaluation:
    """One row out of scope, called so: most figures are missing."""
    return Evaluation(
        bundle="0123456789abcdef",
        thresholds=Thresholds(accept=0.8, scope=0.5, ambiguous=0.1),
        rows=1,
        out_of_scope_rows=1,
        accuracy=None,
        macro_f1=None,
        accepted=0,
        coverage=0.0,
        error_among_accepted=None,
        any_goal_wrong=None,
        asked=0.0,
        oos_auroc=None,
        oos_recall=1.0,
        in_scope_rejected=None,
        ece=None,
        ece_all=0.2,
        lexical_share=0.0,
        ms_per_text=1.234,
        bins=(),
        risk_coverage=(),
        confusion=(),
        intents=(intent_figures("track_order", None),),
    )


def some_known() -> Evaluation:
    """Three intents, the second of them weak."""
    return replace(
        nothing_known(),
        rows=40,
        accuracy=0.9,
        accepted=20,
        coverage=0.5,
        error_among_accepted=0.03,
        risk_coverage=(
            RiskPoint(threshold=0.9, coverage=0.02, error=1.0),
            RiskPoint(threshold=0.8, coverage=0.5, error=0.03),
        ),
        confusion=(("a", "a", 10), ("b", "a", 3), ("b", "b", 6), ("b", "c", 1), ("c", "c", 10)),
        intents=(intent_figures("a"), intent_figures("b", 0.6, (("a", 3), ("c", 1))), intent_figures("c", 0.9)),
    )  # fmt: skip


def hostile() -> Evaluation:
    """Names that would be markup if they were not escaped."""
    name = '<script>alert("1")</script>'
    return replace(
        some_known(),
        confusion=((name, name, 1), (name, "[bold]b[/bold]", 2)),
        intents=(intent_figures(name, 0.3, (("[bold]b[/bold]", 2),)), intent_figures("[bold]b[/bold]", 0.5)),
    )


def many(count: int) -> Evaluation:
    names = [f"intent_{number:03}" for number in range(count)]
    return replace(
        some_known(),
        confusion=tuple((name, name, 1) for name in names),
        intents=tuple(intent_figures(name) for name in names),
    )


class _Page(HTMLParser):
    """Checks that tags nest, and keeps elements and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID or (self.open and self.open[-1] == tag):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


def parsed_page(evaluation: Evaluation, folder: Path) -> _Page:
    path = folder / "reports" / "evaluation.html"
    write_page(evaluation, path)
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


def printed(evaluation: Evaluation) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    print_report(evaluation, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("evaluation", [nothing_known(), some_known(), hostile(), many(200), many(201)])
def test_the_page_is_well_formed_and_names_every_intent(evaluation: Evaluation, tmp_path: Path) -> None:
    page = parsed_page(evaluation, tmp_path)

    assert {each.intent for each in evaluation.intents} <= set(page.text)


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    """It can be mailed, archived and opened offline."""
    page = parsed_page(some_known(), tmp_path)

    attributes = {name for _, attrs in page.elements for name in attrs}
    assert not attributes & {"src", "href", "style", "onclick"}
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe"}


def test_names_are_text_on_the_page_and_never_markup(tmp_path: Path) -> None:
    page = parsed_page(hostile(), tmp_path)

    assert "script" not in {tag for tag, _ in page.elements}


def test_names_are_text_in_the_terminal_and_never_markup() -> None:
    assert "[bold]b[/bold] 2" in printed(hostile())


def test_the_terminal_tells_each_figure_with_its_meaning() -> None:
    text = printed(some_known())

    for figure in figures_of(some_known()):
        assert figure.name in text
        assert figure.value in text
        assert figure.sentence in text


def test_the_terminal_lists_the_fifteen_weakest_intents() -> None:
    text = printed(many(20))

    assert "intent_014" in text
    assert "intent_015" not in text


def test_the_terminal_has_no_list_of_weak_intents_without_rows() -> None:
    assert "Weakest" not in printed(nothing_known())


def test_a_missing_figure_is_a_dash() -> None:
    """A nought would be read as a measurement."""
    values = {figure.name: figure.value for figure in figures_of(nothing_known())}

    assert {name for name, value in values.items() if value == "—"} == {
        "Accuracy", "Wrong among these", "Macro F1", "Scope told apart", "Rejected by mistake", "Calibration error",
    }  # fmt: skip
    assert values["Time per text"] == "1.2 ms"


def test_intents_without_rows_come_last() -> None:
    evaluation = replace(some_known(), intents=(intent_figures("z", None), *some_known().intents))

    assert [each.intent for each in weakest_first(evaluation)] == ["b", "c", "a", "z"]


def test_a_single_confused_row_is_not_listed_as_a_common_mistake() -> None:
    assert commonest_confusions(some_known()) == (("b", "a", 3),)


def test_the_map_has_a_square_for_each_count_and_says_it_in_words() -> None:
    found = confusion_map(some_known())

    assert found is not None
    assert [(cell.row, cell.column, cell.share) for cell in found.cells][:3] == [(0, 0, 1.0), (1, 0, 0.3), (1, 1, 0.6)]
    assert [cell.title for cell in found.cells][:2] == ["a recognised: 10 of 10 rows", "b taken for a: 3 of 10 rows"]


@pytest.mark.parametrize(("labels", "drawn"), [(0, False), (1, True), (200, True), (201, False)])
def test_the_map_is_drawn_while_its_squares_can_be_told_apart(labels: int, *, drawn: bool) -> None:
    assert (confusion_map(many(labels)) is not None) is drawn


@pytest.mark.parametrize(
    ("evaluation", "scale"),
    [
        (some_known(), 0.05),  # the first point rests on one row, so it sets no scale
        (replace(some_known(), error_among_accepted=0.4), 0.5),  # where the bundle acts is always in view
        (nothing_known(), 0.02),
        (replace(some_known(), error_among_accepted=1.0), 1.0),
    ],
)
def test_the_error_axis_ends_just_above_the_steady_part_of_the_curve(evaluation: Evaluation, scale: float) -> None:
    assert error_scale(evaluation) == scale


@pytest.mark.parametrize(
    ("share", "decimals", "text"), [(0.9134, 1, "91.3 %"), (1.0, 0, "100 %"), (0.0, 1, "0.0 %"), (None, 1, "—")]
)
def test_shares_are_written_as_people_read_them(share: float | None, decimals: int, text: str) -> None:
    assert percent(share, decimals) == text
