"""Labelled rows: from a catalogue, or from a file in which each row has a text and an intent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.domain.understanding import MAX_TEXT, Speaker, Status
from service.errors import DatasetError
from service.learn.row_file import EXAMPLE, Fields, Mistakes, read_fields
from service.redact.chain import Redactor

Row = tuple[str, str | None]
"""Text and intent of a row. The intent `None` means out of scope."""

OUT_OF_SCOPE_NAME = Status.OUT_OF_SCOPE.value
"""Name for the intent `None` in tables, because a table cell lacks null."""
MAX_NAME = 100
MAX_INTENTS = 1_000
"""Most intents of a bundle. Each n-gram has one weight per intent, so memory grows with both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Redacted utterances and their labels. The label `None` means out of scope."""

    utterances: tuple[str, ...]
    intents: tuple[str | None, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Distinct labels, sorted, without out of scope."""
        return tuple(sorted({intent for intent in self.intents if intent is not None}))

    def __len__(self) -> int:
        return len(self.utterances)

    def in_order(self) -> Dataset:
        """The same rows sorted by label and text, so that the order of a file plays no part."""
        keys = [
            (intent is None, intent or "", text) for text, intent in zip(self.utterances, self.intents, strict=True)
        ]
        return self.of(sorted(range(len(self)), key=keys.__getitem__))

    def of(self, rows: Iterable[int]) -> Dataset:
        """Select some rows, in the order given."""
        pairs = [(self.utterances[row], self.intents[row]) for row in rows]
        return Dataset(utterances=tuple(text for text, _ in pairs), intents=tuple(intent for _, intent in pairs))


def dataset_of(rows: Iterable[Row], redactor: Redactor) -> Dataset:
    """Redact rows as the service does, in the order given."""
    pairs = [(redactor.redact(text).utterance, intent) for text, intent in rows]
    return Dataset(utterances=tuple(text for text, _ in pairs), intents=tuple(intent for _, intent in pairs))


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a file in order, with `numbered_rows`."""
    return list(numbered_rows(path).values())


LabelledTurns = tuple[tuple[tuple[Speaker, str], ...], str | None]
"""The turns of a conversation and its intent. A row with a text is one turn of the customer's."""


def read_labelled_turns(path: Path) -> list[LabelledTurns]:
    """Rows of a file, of which those of JSON Lines may hold `turns` instead of a text.

    Raises DatasetError with every mistake of the file and its line, never with its text.
    """
    mistakes = Mistakes(path)
    rows = [_labelled_turns(fields, line, mistakes) for line, fields in read_fields(path, mistakes)]
    mistakes.refuse()
    if not rows:
        raise DatasetError(f"{path} holds no rows. Write lines like {EXAMPLE}, or a table with these columns.")
    return rows


def last_text(turns: Sequence[tuple[Speaker, str]]) -> str:
    """The newest text of the customer's."""
    return next(text for speaker, text in reversed(turns) if speaker is Speaker.CUSTOMER)


def _labelled_turns(fields: Fields, line: int, mistakes: Mistakes) -> LabelledTurns:
    if "turns" not in fields:
        text, intent = _row(fields, line, mistakes)
        return ((Speaker.CUSTOMER, text),), intent
    return _turns(fields["turns"], line, mistakes), _intent(fields.get("intent"), line, mistakes)


def _turns(found: object, line: int, mistakes: Mistakes) -> tuple[tuple[Speaker, str], ...]:
    """Turns as the service takes them: objects with speaker and text, one of the customer's at least."""
    turns: list[tuple[Speaker, str]] = []
    for turn in found if isinstance(found, list) else ():
        speaker = turn.get("speaker") if isinstance(turn, dict) else None
        if speaker not in set(Speaker) or not isinstance(turn.get("text"), str):
            turns.clear()
            break
        turns.append((Speaker(speaker), turn["text"]))
    if not any(speaker is Speaker.CUSTOMER and text.strip() for speaker, text in turns):
        mend = 'Write [{"speaker": "customer", "text": "…"}, …], with one customer turn at least.'
        mistakes.add(line, "turns must be a list of turns", mend)
        return ((Speaker.CUSTOMER, "?"),)
    return tuple(turns)


def numbered_rows(path: Path) -> dict[int, Row]:
    """Read rows of a JSON Lines file, or of a table named .csv or .tsv, keyed by the line that each row begins in.

    Raises DatasetError with every mistake of the file and its line. The message leaves the row's text out.
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
    """Find the lines of each text that has more than one intent. Texts are compared without capitals and spaces."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for line, (text, _) in rows.items():
        lines[" ".join(text.casefold().split())].append(line)
    return [tuple(same) for same in lines.values() if len({rows[line][1] for line in same}) > 1]


def require_trainable(intents: Sequence[str | None]) -> None:
    """Raise DatasetError unless there are at least two labels and at most `MAX_INTENTS`."""
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
