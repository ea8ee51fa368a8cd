"""Read files of rows: JSON Lines, or a table (CSV, TSV) whose first line names its columns.

Rows may be customers' texts. Messages describe a mistake by its line and by lengths, without quoting the text.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from service.errors import DatasetError

TABLES = frozenset({".csv", ".tsv", ".tab"})
DELIMITERS = ",;\t"
EXAMPLE = '{"text": "where is my order", "intent": "track_order"}'
LINES_TOLD = 5
"""Most lines named for each kind of mistake. The others are counted."""

_NOT_TEXT = re.compile("[\0\udc80-\udcff]")
"""Traces of other encodings: stand-ins for bytes outside UTF-8, and the zero characters of UTF-16."""

Fields = Mapping[str, object]


class Mistakes:
    """All mistakes of a file. Each kind is told once, with its first lines and the count of the others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[tuple[str, str], list[int]] = {}
        self._details: dict[tuple[str, str], str] = {}

    def add(self, line: int, what: str, mend: str, *, detail: str = "") -> None:
        """Note a mistake. `detail` is told for the first mistake of its kind only."""
        self._lines.setdefault((what, mend), []).append(line)
        self._details.setdefault((what, mend), detail and f" ({detail})")

    def refuse(self) -> None:
        """Raise DatasetError if there are mistakes."""
        if self._lines:
            raise DatasetError("\n".join(self._told(*kind) for kind in self._lines))

    def _told(self, what: str, mend: str) -> str:
        first, *others = self._lines[what, mend]
        told = f"{self._path}:{first}: {what}{self._details[what, mend]}. {mend}"
        if not others:
            return told
        return f"{told} Also in line {listed(others)}."


def listed(lines: Sequence[int]) -> str:
    """Name the first lines and count the rest."""
    named = ", ".join(str(line) for line in lines[:LINES_TOLD])
    rest = len(lines) - LINES_TOLD
    return f"{named} and {rest:,} more" if rest > 0 else named


def read_fields(path: Path, mistakes: Mistakes) -> Iterator[tuple[int, Fields]]:
    """Yield the fields of each row, with the line that the row begins in.

    Unreadable rows are noted as mistakes and left out. Raises DatasetError if opening the file fails.
    """
    is_table = path.suffix.lower() in TABLES
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="" if is_table else "\n") as lines:
            yield from _table(lines, mistakes) if is_table else _json_lines(lines, mistakes)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}. Give the path of a file of rows.") from error


def _json_lines(lines: Iterable[str], mistakes: Mistakes) -> Iterator[tuple[int, Fields]]:
    mend = f"Write {EXAMPLE}, each row on a line of its own; a table must be named .csv or .tsv."
    for number, line in enumerate(lines, 1):
        if not line.strip() or not _is_text(line, number, mistakes):
            continue
        try:
            fields = json.loads(line.rstrip())
        except json.JSONDecodeError as error:
            mistakes.add(number, "not JSON", mend, detail=f"column {error.colno}")
        except (RecursionError, ValueError):
            mistakes.add(number, "not JSON", mend, detail="nested too deep, or an endless number")
        else:
            if isinstance(fields, dict):
                yield number, fields
            else:
                mistakes.add(number, "a row must be a JSON object", mend)


def _table(lines: Iterator[str], mistakes: Mistakes) -> Iterator[tuple[int, Fields]]:
    rows = _cells(lines, mistakes)
    line, header = next(rows, (0, []))
    names = [name.strip().lower() for name in header]
    if not names:
        return
    if names.count("text") != 1 or names.count("intent") != 1:
        what = "the first line must name the columns, among them text and intent, each once"
        mistakes.add(line, what, "Write text,intent above the rows.", detail=f"{len(names)} columns found")
        return
    for line, cells in rows:
        if len(cells) == len(names):
            yield line, dict(zip(names, cells, strict=True))
        else:
            what = f"not as many cells as the first line has columns, which is {len(names)}"
            mend = "Put quotes around a text with commas or line ends in it."
            mistakes.add(line, what, mend, detail=f"{len(cells)} cells")


def _cells(lines: Iterator[str], mistakes: Mistakes) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row with the line that the row begins in. Blank rows are skipped.

    A text may span several lines.
    """
    first = next(lines, "")
    reader = csv.reader(chain([first], lines), delimiter=max(DELIMITERS, key=first.count), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            what = f"a quote that is not closed, or a cell of more than {csv.field_size_limit():,} characters"
            mistakes.add(line, what, "Put quotes around the whole cell, and write those inside it twice.")
            continue
        if cells and _is_text("".join(cells), line, mistakes):
            yield line, cells


def _is_text(written: str, line: int, mistakes: Mistakes) -> bool:
    found = _NOT_TEXT.search(written)
    if found is not None:
        mistakes.add(line, "not UTF-8 text", "Save the file as UTF-8.", detail=f"character {found.start() + 1}")
    return found is None
