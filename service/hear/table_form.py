"""Fields of a form as a Markdown table: a field a line, or names in the first line and values below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from service.hear.encoded_field import EncodedField
from service.hear.form_label import FREE_TEXT, KNOWN, known_ending, plain_label
from service.hear.mapped_text import Edit, Stretch, trimmed

MOST_LINES = 400
MOST_CELLS = 40
"""Of a line."""
FEWEST_KNOWN = 2
"""Names of fields in a table that is a form."""

_LINE = re.compile(r"[^\n]++")
_RULE = re.compile(r"[|+:=\s-]*(?:-{2}|={2})[|+:=\s-]*")
_CELL = re.compile(r"(?:[^|\\]++|\\.)*+")
_HEADS = frozenset(("", "field", "key", "label", "feld", "champ", "campo"))
"""Above the names of fields."""

Row = list[Stretch]


def table_fields(text: str) -> list[EncodedField] | None:
    """Return the fields of a text in which a table has names of fields; lines outside of it have no name."""
    if text.count("|") < 4:
        return None
    rows: list[Row] = []
    outside: list[EncodedField] = []
    for count, line in enumerate(_LINE.finditer(text)):
        start, end = trimmed(text, Stretch(*line.span()))
        if count >= MOST_LINES or start >= end or _RULE.fullmatch(text, start, end):
            continue
        if text[start] == "|" and text.find("|", start + 1, end) > 0:
            rows.append(_cells(text, start + 1, end))
        else:
            outside.append(EncodedField("", Stretch(start, end)))
    inside = _down(text, rows) or _across(text, rows)
    return sorted([*inside, *outside], key=lambda each: each.value) if inside else None


def _cells(text: str, start: int, end: int) -> Row:
    cells: Row = []
    while start < end and len(cells) < MOST_CELLS:
        found = _CELL.match(text, start, end)
        stop = found.end() if found else end
        cells.append(trimmed(text, Stretch(start, stop)))
        start = stop + 1
    return cells


def _down(text: str, rows: Sequence[Row]) -> list[EncodedField]:
    """A name and a value in each line."""
    if any(len(row) != 2 for row in rows):
        return []
    rows = rows[1:] if rows and _name(text, rows[0][0]).lower() in _HEADS else rows
    names = [_name(text, row[0]) for row in rows]
    return [_field(text, name, row[1]) for name, row in zip(names, rows, strict=True)] if _is_named(names) else []


def _across(text: str, rows: Sequence[Row]) -> list[EncodedField]:
    """Names in the first line."""
    names = [_name(text, cell) for cell in rows[0]] if len(rows) > 1 else []
    if not _is_named(names):
        return []
    return [_field(text, name, cell) for row in rows[1:] for name, cell in zip(names, row, strict=False)]


def _is_named(names: Sequence[str]) -> bool:
    known = {name for label in names if (name := known_ending(plain_label(label))) in KNOWN}
    return len(known) >= FEWEST_KNOWN or (len(names) >= FEWEST_KNOWN and not FREE_TEXT.isdisjoint(known))


def _name(text: str, cell: Stretch) -> str:
    return text[cell.start : cell.end].strip(" *_`:?")


def _field(text: str, name: str, cell: Stretch) -> EncodedField:
    return EncodedField(name, cell, [*_escapes(text, cell)])


def _escapes(text: str, cell: Stretch) -> Iterator[Edit]:
    for found in re.finditer(r"\\([|*_`\\#-])", text[cell.start : cell.end]):
        yield Edit(cell.start + found.start(), cell.start + found.end(), found[1])
