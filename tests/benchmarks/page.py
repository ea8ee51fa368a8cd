"""What was measured as one page of HTML that needs nothing else, in the look of the evaluation's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from tests.benchmarks.bar import Bar
from tests.benchmarks.chart import Chart

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table; all columns but the first are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    eyebrow: str
    title: str
    lead: str
    bars: Sequence[Bar]
    charts: Sequence[Chart]
    listings: Sequence[Listing]
    footer: str


def write_page(page: Page, path: Path) -> None:
    """Write the page: styles and drawings inline, no script, nothing fetched, no text of any customer."""
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), PackageLoader("service.learn")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(environment.get_template("measured.html").render(page=page), encoding="utf-8")
