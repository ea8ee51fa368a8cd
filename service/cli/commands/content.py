"""`errand content check`: judge whether texts may be said to customers. One text, or a file with one in each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from service.cli.commands.judge import open_judge
from service.cli.commands.why import UNPRINTABLE
from service.domain.content import ContentKind
from service.edition.startup import catalogue_in_use
from service.errors import DatasetError
from service.pipeline import answer
from service.settings import read_settings

STANDARD = Path("-")
REPLACED = "\ufffd"
COLOURS = {ContentKind.RELATIONSHIP: "red", ContentKind.FULFILMENT: "green", ContentKind.SERVICE_NOTICE: "cyan"}


def check(text: str | None, source: Path | None, *, goals: Sequence[str], bundle: Path | None, as_json: bool) -> int:
    """Print the kind of each text. Returns 1 if one of them is refused for a contact with these goals."""
    texts = [(None, text)] if text is not None else list(_lines(source or STANDARD))
    if not any(each.strip() for _, each in texts):
        raise DatasetError("There is no text to judge.")
    settings = read_settings()
    judge = open_judge(settings, Console(stderr=True), bundle=bundle).judge
    offer_goals = catalogue_in_use(settings).offer_goals
    console, refused = Console(), 0
    for number, each in texts:
        if not each.strip():
            continue
        found = answer.content(judge.explain(each), goals, offer_goals)
        refused += not found["allowed"]
        if as_json:
            line = {} if number is None else {"line": number}
            typer.echo(json.dumps({**line, **found}))
        else:
            _show(number, each, found, console)
    return int(refused > 0)


def _lines(source: Path) -> Iterator[tuple[int, str]]:
    try:
        text = sys.stdin.read() if source == STANDARD else source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError(f"{source} is not UTF-8 text. Save it as UTF-8 first.") from None
    except OSError as error:
        raise DatasetError(f"{source} cannot be read: {error.strerror}.") from error
    yield from enumerate(text.splitlines(), 1)


def _show(number: int | None, text: str, found: dict[str, Any], console: Console) -> None:
    """Print the verdict, the text with its promotional clauses in red, and the words that a refusal is made by."""
    verdict = "allowed" if found["allowed"] else "refused"
    place = "" if number is None else f"{number}: "
    console.print(f"{place}[bold]{verdict}[/]  {found['kind']} (confidence {found['confidence']:.2f})", highlight=False)
    shown = Text(UNPRINTABLE.sub(REPLACED, text))
    for clause in found["clauses"]:
        shown.stylize(COLOURS[clause["kind"]], clause["start"], clause["end"])
    console.print(Text("  ").append(shown), soft_wrap=True)
    if found["allowed"]:
        return
    for clause in found["clauses"]:
        if clause["mend"]:
            words = ", ".join(f"“{UNPRINTABLE.sub(REPLACED, word)}”" for word in clause["words"])
            console.print(Text(f"  By {words}. {clause['mend']}"), soft_wrap=True, highlight=False)
