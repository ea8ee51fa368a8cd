"""Labelled rows: from a catalogue, or from a file in which each row has a text and an intent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.domain.understanding import MAX_TEXT, Status
from service.errors import DatasetError
from service.learn.row_file import EXAMPLE, Fields, Mistakes, read_fields
from service.redact.chain import Redactor

Row = tuple[str, str | None]
"""A text and its intent; `None` is out of scope."""

OUT_OF_SCOPE_NAME = Status.OUT_OF_SCOPE.value
"""Stands for `None` in tables, which have no null."""
MAX_NAME = 100
MAX_INTENTS = 1_000
"""Each n-gram has a weight for every intent, so that memory grows with both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Redacted utterances and their labels; `None` is out of scope."""

    utterances: tuple[str, ...]
    intents: tuple[str | None, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Distinct labels, sorted; out of scope is no label."""
        return tuple(sorted({intent for intent in self.intents if intent is not None}))

    def __len__(self) -> int:
        return len(self.utterances)

    def of(self, rows: Iterable[int]) -> Dataset:
        """Some rows only, in the order given."""
        pairs = [(self.utterances[row], self.intents[row]) for row in rows]
        return Dataset(utterances=tuple(text for text, _ in pairs), intents=tuple(intent for _, intent in pairs))


def dataset_of(rows: Iterable[Row], redactor: Redactor) -> Dataset:
    """Rows as the service will see them: redacted, in the order given."""
    pairs = [(redactor.redact(text).utterance, intent) for text, intent in rows]
    return Dataset(utterances=tuple(text for text, _ in pairs), intents=tuple(intent for _, intent in pairs))


def read_rows(path: Path) -> list[Row]:
    """What `numbered_rows` reads, in order."""
    return list(numbered_rows(path).values())


def numbered_rows(path: Path) -> dict[int, Row]:
    """Rows of a JSON Lines file, or of a table named .csv or .tsv, by the line that each begins in.

    Raises DatasetError with every mistake of the file and its line, never with its text.
    """
    mistakes = Mistakes(path)
    rows = {line: _row(fields, line, mistakes) for line, fields in read_fields(path, mistakes)}
    mistakes.refuse()
    if not rows:
        raise DatasetError(f"{path} holds no rows. Write lines like {EXAMPLE}, or a table with these columns.")
    return rows


def _row(fields: Fields, line: int, mistakes: Mistakes) -> Row:
    missing = [name for name in ("text", "intent") if name not in fields]
    if missing:
        mend = f"Write {EXAMPLE}; null is out of scope."
        mistakes.add(line, "a row needs the fields text and intent", mend, detail=f"no {' and no '.join(missing)}")
        return "", None
    return _text(fields["text"], line, mistakes), _intent(fields["intent"], line, mistakes)


def _text(found: object, line: int, mistakes: Mistakes) -> str:
    if not isinstance(found, str):
        mistakes.add(line, "text must be a string", "Write it in quotes.", detail=_kind(found))
    elif not found.strip():
        mistakes.add(line, "text is empty", "Write what a customer would, or take the row out.")
    elif len(found) > MAX_TEXT:
        what = f"text is longer than the {MAX_TEXT:,} characters that the service accepts"
        mistakes.add(line, what, "Shorten it, or take the row out.", detail=f"{len(found):,} characters")
    else:
        return found
    return ""


def _intent(found: object, line: int, mistakes: Mistakes) -> str | None:
    mend = f"Write a name such as track_order, or {OUT_OF_SCOPE_NAME} where no intent fits."
    if found is None:
        return None
    if not isinstance(found, str):
        mistakes.add(line, "intent must be a name", mend, detail=_kind(found))
        return None
    name = found.strip()
    if not name:
        mistakes.add(line, "intent is empty", mend)
    elif len(name) > MAX_NAME:
        what = f"intent is longer than a name, which has at most {MAX_NAME} characters"
        mistakes.add(line, what, f"{mend} Perhaps text and intent are swapped.", detail=f"{len(name):,} characters")
    elif not name.isprintable():
        mistakes.add(line, "intent holds a line end or a character that nobody can see", mend)
    return None if name == OUT_OF_SCOPE_NAME else name


def _kind(found: object) -> str:
    match found:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


def contradictions(rows: Mapping[int, Row]) -> list[tuple[int, ...]]:
    """Lines of each text that stands under more than one intent, capitals and spaces aside."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for line, (text, _) in rows.items():
        lines[" ".join(text.casefold().split())].append(line)
    return [tuple(same) for same in lines.values() if len({rows[line][1] for line in same}) > 1]


def require_trainable(intents: Sequence[str | None]) -> None:
    """Raise DatasetError unless there are two labels at least, and no more than the heads can tell apart."""
    count = len({intent for intent in intents if intent is not None})
    if count < 2:
        raise DatasetError(
            f"Training needs rows of at least two intents; found {count}. "
            "Add rows of another one: rows out of scope are no intent."
        )
    if count > MAX_INTENTS:
        raise DatasetError(
            f"Training takes at most {MAX_INTENTS:,} intents; found {count:,} in {len(intents):,} rows. "
            "Perhaps text and intent are swapped."
        )
