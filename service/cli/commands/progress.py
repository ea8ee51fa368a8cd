"""Shows the progress of work in named steps, with a bar for each step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextlib.contextmanager
def step_bars(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Return a function to tell a step and its share done. Each step has a bar, its time so far and the time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<33}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def tell(step: str, share: float) -> None:
            if step not in bars:
                bars[step] = progress.add_task(step, total=1.0)
            progress.update(bars[step], completed=share)

        yield tell


def quiet(step: str, share: float) -> None:
    """Ignore the progress."""
