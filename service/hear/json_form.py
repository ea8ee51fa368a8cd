"""Fields of a form in JSON, also as JavaScript or Python prints it, and also if its end is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.hear.encoded_field import EncodedField
from service.hear.mapped_text import Edit, Stretch

MOST_FIELDS = 500
DEEPEST = 20
"""Objects inside of each other that are looked into."""

_TOKEN = re.compile(
    r"""\s*+(?: "(?P<double>(?:[^"\\]++|\\.)*+)(?:"|\\?\Z) | '(?P<single>(?:[^'\\]++|\\.)*+)(?:'|\\?\Z)
      | (?P<mark>[{}\[\],:]) | (?P<bare>-?[\w$.+-]{1,60}) )""",
    re.VERBOSE | re.DOTALL,
)
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true|false|null|True|False|None|undefined")
_NOTHING = frozenset(("null", "None", "undefined"))
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": "\n"}
_LABELS = ("label", "question", "title", "name", "field", "key", "id")
_VALUES = frozenset(("value", "values", "answer", "answers", "response"))


class _Container(NamedTuple):
    """An object or a list that is being read."""

    is_object: bool
    label: str
    """Of the container, which the items of a list share."""
    first: int
    """Number of fields before it."""


class _JsonReader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: list[EncodedField] = []
        self.open: list[_Container] = []
        self.label = ""
        self.expects = "value"

    def read(self, start: int) -> int | None:
        """Read one object or list, and return where it ends, or `None` if the text is anything but JSON."""
        place = start
        while found := _TOKEN.match(self.text, place):
            place = found.end()
            if len(self.fields) > MOST_FIELDS or not self._token(found):
                return None
            if not self.open:
                return place
        # the end of the text instead of its brackets: somebody cut it off
        return None if self.text[place:].strip() else len(self.text)

    def _token(self, found: re.Match[str]) -> bool:
        """Take one token, and return whether it may stand here."""
        match found["mark"], self.expects:
            case None, "value" | "key or end" | "value or end":
                return self._name_or_value(found)
            case "{" | "[" as mark, "value" | "value or end":
                self.open.append(_Container(mark == "{", self.label, len(self.fields)))
                self.expects = "key or end" if mark == "{" else "value or end"
                return len(self.open) <= DEEPEST
            case ":", "colon":
                self.expects = "value"
            case ",", "comma or end":
                self.expects = "key or end" if self.open[-1].is_object else "value or end"
            case "}" | "]" as mark, "comma or end" | "key or end" | "value or end":
                return self._close(is_object=mark == "}")
            case _:
                return False
        return True

    def _name_or_value(self, found: re.Match[str]) -> bool:
        kind = found.lastgroup or ""
        value = Stretch(*found.span(kind))
        if self.expects == "key or end":
            self.label, self.expects = found[kind], "colon"
            return True
        if not self.open or (kind == "bare" and not _SCALAR.fullmatch(found[kind])):
            return False
        label = self.label if self.open[-1].is_object else self.open[-1].label
        edits = [] if kind == "bare" else [*_escapes(self.text, value)]
        if kind != "bare" or found[kind] not in _NOTHING:
            self.fields.append(EncodedField(label, value, edits))
        self.expects = "comma or end"
        return True

    def _close(self, *, is_object: bool) -> bool:
        closed = self.open.pop()
        if closed.is_object is not is_object:
            return False
        if is_object:
            self._join_name_and_value(closed.first)
        self.label, self.expects = closed.label, "comma or end"
        return True

    def _join_name_and_value(self, first: int) -> None:
        """Read an object such as {"name": "message", "value": "I want …"} as one field."""
        own = self.fields[first:]
        values = [each for each in own if each.label in _VALUES]
        name = next((each for label in _LABELS for each in own if each.label == label), None)
        if values and name is not None:
            label = self.text[name.value.start : name.value.end]
            self.fields[first:] = [each._replace(label=label) for each in values]


def json_fields(text: str, start: int) -> tuple[list[EncodedField], int] | None:
    """Return the fields of the JSON that begins here, and where it ends."""
    if text[start : start + 1] not in ("{", "["):
        return None
    reader = _JsonReader(text)
    end = reader.read(start)
    return None if end is None else (reader.fields, end)


def _escapes(text: str, value: Stretch) -> Iterator[Edit]:
    for found in _ESCAPE.finditer(text, *value):
        yield Edit(*found.span(), _character(found[0]))


def _character(escape: str) -> str:
    if len(escape) == 2:
        return _LETTERS.get(escape[1], escape[1])
    units = b"".join(bytes.fromhex(unit)[::-1] for unit in re.findall(r"\\u(.{4})", escape))
    return units.decode("utf-16-le", "replace")
