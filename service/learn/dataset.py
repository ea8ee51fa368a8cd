"""Labelled rows: from a catalogue, or from a JSON Lines file of `{"text": ..., "intent": ... | null}`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import DatasetError
from service.redact.chain import Redactor


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


def dataset_of(rows: Iterable[tuple[str, str | None]], redactor: Redactor) -> Dataset:
    """Rows as the service will see them: redacted, in the order given."""
    pairs = [(redactor.redact(text).utterance, intent) for text, intent in rows]
    return Dataset(utterances=tuple(text for text, _ in pairs), intents=tuple(intent for _, intent in pairs))


def read_rows(path: Path) -> list[tuple[str, str | None]]:
    """Rows of a JSON Lines file. Raises DatasetError with the line at fault, never with its text."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text ({type(error).__name__}).") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise DatasetError(f'{path} holds no rows. Write lines like {{"text": "where is my order", "intent": "…"}}.')
    return rows


def _row(path: Path, number: int, line: str) -> tuple[str, str | None]:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path}:{number}: not JSON (column {error.colno}).") from None
    except (RecursionError, ValueError):
        raise DatasetError(
            f"{path}:{number}: not JSON that can be read (nested too deep, or an endless number)."
        ) from None
    if not isinstance(raw, dict) or "text" not in raw or "intent" not in raw:
        raise DatasetError(f"{path}:{number}: a row needs the fields text and intent (null is out of scope).")
    text, intent = raw["text"], raw["intent"]
    if not isinstance(text, str) or not text.strip():
        raise DatasetError(f"{path}:{number}: text must be a string that is not empty.")
    if intent is not None and (not isinstance(intent, str) or not intent):
        raise DatasetError(f"{path}:{number}: intent must be a name or null.")
    return text, intent


def require_trainable(intents: Sequence[str | None]) -> None:
    """Raise DatasetError unless there are two labels at least."""
    counts = Counter(intent for intent in intents if intent is not None)
    if len(counts) < 2:
        raise DatasetError(f"Training needs rows of at least two intents; found {len(counts)}.")
