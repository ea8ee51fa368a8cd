"""A web form that was sent as text: its free-text fields are the customer's words, all others are details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from service.hear.form_label import DETAIL, FREE_TEXT, KNOWN, MAIL_HEADERS, SUBJECT
from service.hear.mapped_text import MappedText, Stretch, trimmed

FEWEST_FIELDS = 3
FEWEST_WORDS_OF_PROSE = 4
FEWEST_WORDS_OF_MESSAGE = 3
"""A message below these says too little to stand without its subject."""
MOST_LINES = 500

_LINE = re.compile(r"^[^\n]*+$", re.MULTILINE)
_FIELD = re.compile(
    r"[ \t*_#•-]{0,6}(?P<name>[^\W\d_][^\n:=|\t?]{0,44}?)"
    r"\??[ \t*_]{0,4}(?:[:=|\t]|(?<=[?])(?=[ \t]{0,4}$))[*_| \t]{0,6}"
)
_EMPTY = re.compile(r"(?:n/?a|none|-+|keine?|see (?:subject|above|title)|as above|help|asap|\.+)?[.!]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A detail that the customer filled in."""

    name: str = field(repr=False)
    start: int
    """Of the value, in the caller's text. The end is exclusive."""
    end: int


class Form(NamedTuple):
    words: MappedText
    fields: tuple[FormField, ...] = ()


class FormEntry(NamedTuple):
    """One field, or a line outside of fields."""

    name: str
    """In lower case. It is empty for lines outside of any field."""
    label: str
    value: Stretch


def form(source: MappedText) -> Form:
    """Return the words of a form and its details. Any other text comes back as it is."""
    text = source.text
    if not any(sign in text for sign in ":=|\t") and text[:60].strip().partition("\n")[0].lower() not in KNOWN:
        return Form(source)
    entries = _entries(text)
    filled = filled_form(source, entries) if _is_form(entries) else None
    return filled or Form(source)


def filled_form(source: MappedText, entries: Sequence[FormEntry]) -> Form | None:
    """Return the words of a form with these entries, and its details, or `None` if all entries are empty."""
    words = _words(source.text, entries)
    if not words:
        return None
    details = [
        entry for entry in entries if entry.name and entry.value not in words and entry.value.start < entry.value.end
    ]
    return Form(source.lines_of(sorted(words)), tuple(_field(source, entry) for entry in details))


def _field(source: MappedText, entry: FormEntry) -> FormField:
    start, end = source.to_raw(*entry.value)
    return FormField(name=entry.label, start=start, end=end)


def _is_form(entries: Sequence[FormEntry]) -> bool:
    names = {entry.name for entry in entries if entry.name}
    known = [name for name in names if name in KNOWN and name not in MAIL_HEADERS]
    is_named = len(names) >= FEWEST_FIELDS and len(known) >= 2
    is_free = sum(name in FREE_TEXT for name in known) == 1 and len(names) >= FEWEST_FIELDS
    return is_named or is_free


def _entries(text: str) -> list[FormEntry]:
    """Return fields in order. A value reaches to the next field, beyond a blank line only in free text."""
    entries: list[FormEntry] = []
    after_blank = False
    for line in islice(_LINE.finditer(text), MOST_LINES):
        start, end = trimmed(text, Stretch(*line.span()))
        if start >= end:
            after_blank = True
            continue
        found = _FIELD.match(text, start, end)
        name = _name(found, text) if found else ""
        bare = text[start : min(end, start + 45)].strip(" ?*").lower() if end - start <= 45 else ""
        if found and _begins_field(name, entries):
            value = trimmed(text, Stretch(found.end(), end))
            entries.append(FormEntry(name, found["name"].strip(), value))
        elif bare in KNOWN and len(bare) > 2 and _expects_names(entries):
            entries.append(FormEntry(bare, text[start:end].strip(" ?*"), Stretch(end, end)))
        else:
            _continue(entries, Stretch(start, end), after_blank=after_blank)
        after_blank = False
    return entries


def _name(found: re.Match[str], text: str) -> str:
    name = " ".join(found["name"].lower().split())
    is_address = text.startswith("//", found.end()) or len(name.split()) > 6
    return "" if is_address else name


def _begins_field(name: str, entries: Sequence[FormEntry]) -> bool:
    if not name:
        return False
    in_free_text = bool(entries) and entries[-1].name in FREE_TEXT and entries[-1].value.start < entries[-1].value.end
    return name in KNOWN or (not in_free_text and len(name.split()) <= 4)


def _expects_names(entries: Sequence[FormEntry]) -> bool:
    """Names and values in turn, a line each."""
    return not entries or not entries[-1].name or entries[-1].value.start < entries[-1].value.end


def _continue(entries: list[FormEntry], line: Stretch, *, after_blank: bool) -> None:
    last = entries[-1] if entries else None
    is_full = last is not None and last.value.start < last.value.end
    is_free = last is not None and (last.name in FREE_TEXT or not last.name)
    if last is None or (after_blank and is_full and not is_free):
        entries.append(FormEntry("", "", line))
    elif is_full:
        entries[-1] = last._replace(value=Stretch(last.value.start, line.end))
    else:
        entries[-1] = last._replace(value=line)


def _words(text: str, entries: Sequence[FormEntry]) -> list[Stretch]:
    """The first of these that says something: free text, lines outside of fields, the longest prose, the subject."""
    said = [entry.value for entry in entries if entry.name in FREE_TEXT and says(text, entry.value)]
    if not said:
        said = [entry.value for entry in entries if not entry.name and says(text, entry.value)]
    if not said:
        prose = [entry.value for entry in entries if entry.name not in DETAIL | SUBJECT | MAIL_HEADERS]
        prose = [value for value in prose if _count(text, value) >= FEWEST_WORDS_OF_PROSE]
        said = [max(prose, key=lambda value: value.end - value.start)] if prose else []
    if sum(_count(text, value) for value in said) < FEWEST_WORDS_OF_MESSAGE:
        said += [entry.value for entry in entries if entry.name in SUBJECT and entry.value.start < entry.value.end]
    return said


def says(text: str, value: Stretch) -> bool:
    """Return whether a value is more than a blank or a filler such as "n/a"."""
    return _EMPTY.fullmatch(text[value.start : value.end].strip()) is None


def _count(text: str, value: Stretch) -> int:
    return len(text[value.start : value.end].split())
