"""`errand classify`: one message, or a file of them, in a stream."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.progress import Progress

from service.cli.commands.serve import ensure_bundle
from service.cli.commands.why import show_why
from service.domain.understanding import Speaker, Understanding
from service.edition.startup import catalogue_in_use, find_intents, find_published
from service.errors import DatasetError
from service.learn.served_reading import Turns, intents_for, read_all
from service.pipeline import answer
from service.settings import read_settings
from service.understand.bundle import MANIFEST, load_bundle
from service.understand.cascade import Cascade

STANDARD = Path("-")
ADDED = ("status", "intent", "confidence", "goals")


class FileReader:
    """Reads texts and conversations exactly as `/intent` does."""

    def __init__(self, bundle: Path | None) -> None:
        settings = read_settings()
        is_missing = bundle is None and not (settings.resolved_bundle / MANIFEST).exists()
        if is_missing and find_published(settings) is None:  # a bundle of other examples is not built over
            ensure_bundle(settings, catalogue_in_use(settings))
        self.cascade: Cascade = load_bundle(bundle or settings.resolved_bundle)
        self._intents = intents_for(self.cascade, find_intents(settings))

    def read(self, turns: Turns, *, explain: bool = False) -> Understanding:
        """The understanding of one row."""
        return read_all(self.cascade, [turns], self._intents, _silent, explain=explain)[0]


def found_in(understanding: Understanding) -> dict[str, Any]:
    """Status, intent, confidence and all goals. If no goal is accepted, the intent is the likeliest one."""
    verdict = understanding.verdict
    likeliest = verdict.goals[0].intent if verdict.goals else next(iter(verdict.options), None)
    return {
        "status": verdict.status.value,
        "intent": likeliest,
        "confidence": round(verdict.confidence, 4),
        "goals": [goal.intent for goal in verdict.goals],
    }


def _silent(_step: str, _share: float) -> None:
    """A single row is read without a progress bar."""


def classify_text(raw_text: str, *, bundle: Path | None, why: bool, as_json: bool) -> None:
    """Print the intent of one message and, if `why` is set, the reasons for it."""
    if not raw_text.strip():
        raise DatasetError("The message is empty.")
    understanding = FileReader(bundle).read([(Speaker.CUSTOMER, raw_text)], explain=why)
    found = found_in(understanding)
    reasons = understanding.verdict.goals[0].why if understanding.verdict.goals else None
    if as_json:
        if why:
            found["why"] = None if reasons is None else answer.why(reasons)
        typer.echo(json.dumps(found))
        return
    named = found["goals"] or [found["intent"] or ""]
    goal = f"[bold]{', '.join(named)}[/]  " if any(named) else ""
    console = Console()
    console.print(f"{found['status']}  {goal}(confidence {found['confidence']:.2f})", highlight=False)
    if reasons is not None:
        show_why(raw_text, reasons, console)


def classify_file(source: Path, target: Path, *, bundle: Path | None) -> int:
    """Write every row plus status, intent and confidence. Returns 1 if rows lack a text: they stay unclassified."""
    if STANDARD not in {source, target} and target.exists() and source.exists() and target.samefile(source):
        raise DatasetError(f"{target} is the input itself. Name another file for the output.")
    without_text = 0
    with ExitStack() as stack:
        rows = _rows(source, stack)
        reader = FileReader(bundle)  # after the file was found, since it may build a bundle first
        write = _writer(target, stack)
        progress = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
        bar = progress.add_task("classify", total=None)
        for row in _readable(source, rows):
            if turns := turns_of(row):
                write({**row, **_written(found_in(reader.read(turns)), target)})
            else:
                without_text += 1
                write({**row, **dict.fromkeys(ADDED)})
            progress.advance(bar)
    if without_text:
        Console(stderr=True).print(f"[yellow]{without_text} row(s) had no text and were left unclassified.[/]")
    return int(without_text > 0)


def turns_of(row: Mapping[str, Any]) -> Turns:
    """The turns of a row, or its text as one turn. Empty if the customer is silent in it."""
    turns, text = row.get("turns"), row.get("text")
    if isinstance(turns, list):
        found = [(Speaker(turn["speaker"]), turn["text"]) for turn in turns if isinstance(turn, dict)]
        return found if any(who is Speaker.CUSTOMER and said.strip() for who, said in found) else ()
    return [(Speaker.CUSTOMER, text)] if isinstance(text, str) and text.strip() else ()


def _written(found: dict[str, Any], target: Path) -> dict[str, Any]:
    """A table has room for one value in a column."""
    return {**found, "goals": " ".join(found["goals"])} if target.suffix.lower() == ".csv" else found


def _readable(source: Path, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows. A mistake in the file becomes one line, without the text."""
    try:
        yield from rows
    except UnicodeDecodeError:
        raise DatasetError(f"{source} is not UTF-8 text. Save it as UTF-8 first.") from None
    except csv.Error as error:
        raise DatasetError(f"{source} is not a table that can be read: {error}.") from None


def _rows(source: Path, stack: ExitStack) -> Iterator[dict[str, Any]]:
    if source == STANDARD:
        return _json_rows("standard input", sys.stdin)
    try:
        file = stack.enter_context(source.open(encoding="utf-8-sig", newline=""))
    except OSError as error:
        raise DatasetError(f"{source} cannot be read: {error.strerror}.") from error
    if source.suffix.lower() != ".csv":
        return _json_rows(str(source), file)
    table = csv.DictReader(file)
    try:
        names = table.fieldnames or ()
    except UnicodeDecodeError:
        raise DatasetError(f"{source} is not UTF-8 text. Save it as UTF-8 first.") from None
    if "text" not in names:
        raise DatasetError(f"{source} has no column named text.")
    return table


def _json_rows(name: str, file: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DatasetError(f"{name}:{number}: not JSON (column {error.colno}).") from None
        except (RecursionError, ValueError):
            raise DatasetError(f"{name}:{number}: not JSON that can be read (nested too deep).") from None
        if not isinstance(row, dict):
            raise DatasetError(f"{name}:{number}: a row must be an object with the field text.")
        yield row


class _Writer:
    """Writes rows as JSON Lines, or as CSV if the file is named so."""

    def __init__(self, file: TextIO, *, as_csv: bool) -> None:
        self._file = file
        self._as_csv = as_csv
        self._table: csv.DictWriter[str] | None = None

    def __call__(self, row: dict[str, Any]) -> None:
        if not self._as_csv:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            return
        if self._table is None:
            self._table = csv.DictWriter(self._file, fieldnames=list(row))
            self._table.writeheader()
        try:
            self._table.writerow(row)
        except ValueError:
            message = (
                "A row has fields that the first row lacks, and a table has no column for them. Write .jsonl instead."
            )
            raise DatasetError(message) from None


def _writer(target: Path, stack: ExitStack) -> _Writer:
    if target == STANDARD:
        return _Writer(sys.stdout, as_csv=False)
    try:
        file = stack.enter_context(target.open("w", encoding="utf-8", errors="backslashreplace", newline=""))
    except OSError as error:
        raise DatasetError(f"{target} cannot be written: {error.strerror}.") from error
    return _Writer(file, as_csv=target.suffix.lower() == ".csv")
