"""One YAML file as plain values that remember their lines. The schema gives the values their meaning.

Every scalar stays the text in the file, so that `yes`, `NO`, `12:30` and `007` keep their form. The schema turns text
into a number if a field is a number.

The file is read as a stream of events rather than composed into nodes. Composing recurses in C, and a file of 200,000
opening brackets would end the process with a segmentation fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from service.errors import Problem

Place = tuple[str | int, ...]

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_VALUES: Final = 200_000
"""Limit for one file. Each repetition by an alias counts, so that a few lines of aliases cannot stand for millions of
values."""
MAX_DEPTH: Final = 20

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_UNCLOSED: Final = "unexpected end of stream"
_MENDS: Final = (
    (
        "mapping values are not allowed",
        "Put a text that holds ': ' in quotes, and give a key and its values one line each.",
    ),
    (
        "cannot start any token",
        "Indent with spaces, not tabs, and put a text that begins with a special sign in quotes.",
    ),
    (_UNCLOSED, "Close the quotation mark that is opened on this line."),
)
_ANY_MEND: Final = "Look at the indentation, quotation marks and brackets of this line and the one above."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    file: str
    content: Any
    """Dictionaries, lists, texts and `None`. All of it is `None` if the file is empty or unreadable."""
    lines: Mapping[Place, int]
    """1-based line of the key or list item at each place."""
    problems: tuple[Problem, ...]
    readable: bool
    """False if the file broke off. The entries in the unread part are then unknown."""

    def line(self, place: Place) -> int:
        """Return the line of the place, or of the enclosing place if the place is missing."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def at(self, place: Place) -> Any:
        value = self.content
        for step in place:
            value = value[step]
        return value


def read_document(file: str, data: bytes) -> Document:
    """Read a file. Mistakes in the file are returned in `problems`."""
    tree = _Tree(file)
    try:
        for event in yaml.parse(_text(data), Loader=_LOADER):
            tree.take(event)
    # The last two come from an escape beyond Unicode, if PyYAML lacks its C part.
    except (_UnreadableError, yaml.YAMLError, ValueError, OverflowError) as error:
        problem = _unreadable(file, error)
        return Document(file=file, content=None, lines={(): 1}, problems=(*tree.problems, problem), readable=False)
    return Document(file=file, content=tree.content, lines=tree.lines, problems=tuple(tree.problems), readable=True)


class _UnreadableError(Exception):
    def __init__(self, line: int, message: str, mend: str) -> None:
        super().__init__(message)
        self.line, self.message, self.mend = line, message, mend


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _UnreadableError(1, f"The file is larger than {MAX_BYTES:,} bytes.", "Split it into several files.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(line, "The file is not UTF-8.", "Save it with the encoding UTF-8.") from error
    if unprintable := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, unprintable.start()) + 1
        raise _UnreadableError(line, "The line holds a control character.", "Delete the character and type it anew.")
    return text


def _unreadable(file: str, error: Exception) -> Problem:
    if isinstance(error, _UnreadableError):
        line, message, mend = error.line, error.message, error.mend
    else:
        reason = re.sub(r"\s+", " ", getattr(error, "problem", None) or "a character is not allowed")
        line = _line(error, opened=_UNCLOSED in reason)
        message = f"The file is not valid YAML here: {reason}."
        mend = next((mend for phrase, mend in _MENDS if phrase in reason), _ANY_MEND)
    return Problem(severity="error", rule="yaml_syntax", file=file, line=line, where="", message=message, mend=mend)


def _line(error: Exception, *, opened: bool) -> int:
    """Return the line on which reading stopped, or the opening line of an unclosed part."""
    mark = getattr(error, "context_mark" if opened else "problem_mark", None)
    return int(mark.line) + 1 if mark else 1


@dataclass(slots=True, kw_only=True)
class _Open:
    """A mapping or list that is still open."""

    value: dict[str, Any] | list[Any]
    place: Place
    anchor: str | None
    count_before: int
    key: str | None = None
    """Key of a mapping, if its value comes next."""
    drop: bool = False
    """True if the key was given before. The value here is then left out."""

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None


@dataclass(slots=True)
class _Tree:
    file: str
    content: Any = None
    lines: dict[Place, int] = field(default_factory=lambda: {(): 1})
    problems: list[Problem] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=list)
    _anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """Value that each anchor names, and the number of values in it."""
    _count: int = 0
    _begun: bool = False

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._begin(line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.NodeEvent):
            self._spend(1, line)
            self._node(event, line)

    def _begin(self, line: int) -> None:
        if self._begun:
            mend = "Remove the '---' and what follows it, or move that to a file of its own."
            raise _UnreadableError(line, "The file holds more than one YAML document.", mend)
        self._begun = True

    def _spend(self, values: int, line: int) -> None:
        self._count += values
        if self._count > MAX_VALUES:
            message = f"The file holds more than {MAX_VALUES:,} values, repeated ones counted."
            raise _UnreadableError(line, message, "Split it into several files, and repeat less by aliases.")

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if self._stack and self._stack[-1].wants_key:
            self._take_key(event, line)
        elif isinstance(event, yaml.AliasEvent):
            value, count = self._find_anchor(event.anchor, line)
            self._spend(count, line)
            self._next_place(line)
            self._attach(value)
        elif isinstance(event, yaml.ScalarEvent):
            self._next_place(line)
            self._refuse_tag(event, line)
            value = None if event.implicit[0] and event.value in _NULLS else event.value
            self._name(event.anchor, value, 1)
            self._attach(value)
        else:
            self._open(event, line)

    def _take_key(self, event: yaml.NodeEvent, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise _UnreadableError(line, "A key here is not a plain word.", "Write one word before the colon.")
        mapping = self._stack[-1]
        key = str(event.value)
        place = (*mapping.place, key)
        mapping.key = key
        mapping.drop = key in mapping.value
        if mapping.drop:
            message = f"The key {key!r} is given twice; the first is on line {self.lines[place]}."
            mend = "Keep one of the two; only the first was read."
            self._report(place, line, "duplicate_key", message, mend)
        self.lines.setdefault(place, line)
        self._name(event.anchor, key, 1)

    def _next_place(self, line: int) -> Place:
        if not self._stack:
            return ()
        parent = self._stack[-1]
        place = (*parent.place, len(parent.value) if parent.key is None else parent.key)
        self.lines.setdefault(place, line)
        return place

    def _open(self, event: yaml.NodeEvent, line: int) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _UnreadableError(line, f"The file is nested deeper than {MAX_DEPTH} levels.", _ANY_MEND)
        place = self._next_place(line)
        self._refuse_tag(event, line)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._stack.append(_Open(value=value, place=place, anchor=event.anchor, count_before=self._count))

    def _close(self) -> None:
        closed = self._stack.pop()
        self._name(closed.anchor, closed.value, 1 + self._count - closed.count_before)
        self._attach(closed.value)

    def _attach(self, value: Any) -> None:
        if not self._stack:
            self.content = value
            return
        parent = self._stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is not None and not parent.drop:
            parent.value[parent.key] = value
        parent.key = None

    def _name(self, anchor: str | None, value: Any, count: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, count)

    def _find_anchor(self, anchor: str | None, line: int) -> tuple[Any, int]:
        # An anchor is known once its value is complete, so an alias inside its own value is refused.
        if anchor is None or anchor not in self._anchors:
            message = f"The alias *{anchor} stands for nothing that is complete above this line."
            raise _UnreadableError(
                line, message, "Write out what is meant, or quote a text that begins with an asterisk."
            )
        return self._anchors[anchor]

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag is not None:
            place = self._next_place(line)
            self._report(
                place, line, "yaml_tag", "Tags (a word that begins with '!') mean nothing here.", "Remove the tag."
            )

    def _report(self, place: Place, line: int, rule: str, message: str, mend: str) -> None:
        where = ".".join(str(step) for step in place)
        problem = Problem(
            severity="error", rule=rule, file=self.file, line=line, where=where, message=message, mend=mend
        )
        self.problems.append(problem)
