"""Figures to reach, with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    measured: str
    to_reach: str
    reached: bool

    @property
    def verdict(self) -> str:
        return "reached" if self.reached else "NOT reached"


def print_bars(console: Console, bars: Sequence[Bar]) -> None:
    """One line a bar."""
    table = Table("figure", "measured", "to reach", "", box=box.SIMPLE_HEAD, title="Bars", title_justify="left")
    for bar in bars:
        table.add_row(bar.name, bar.measured, bar.to_reach, bar.verdict, style="" if bar.reached else "yellow")
    console.print(table)
