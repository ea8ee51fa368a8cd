"""Fields of a form in XML, or in something like it. A page of HTML is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from service.hear.encoded_field import EncodedField
from service.hear.form_label import FREE_TEXT, KNOWN, known_ending, plain_label
from service.hear.html_element import KNOWN as HTML
from service.hear.listed import words
from service.hear.mapped_text import Edit, Stretch, trimmed

MOST_TAGS = 800
FEWEST_FIELDS = 2
DEEPEST = 50

_TAG = re.compile(
    r"<(?P<end>/?)(?:[\w-]{1,20}:)?(?P<name>[^\W\d_][\w.-]{0,60})(?P<attributes>(?:\s[^<>]{0,2000})?)>|<!\[CDATA\["
)
_PROLOGUE = re.compile(r"(?:\s*+(?:<\?[^>]{0,200}>|<!--[^>]{0,400}-->))*+\s*+(?=<[^\W\d_])")
_LABEL = re.compile(r"\s(?:label|name|key|field|id)\s?=\s?[\"']([^\"']{1,80})[\"']", re.IGNORECASE)
_VALUE = re.compile(r"\svalue\s?=\s?(?:\"([^\"]{1,2000})\"|'([^']{1,2000})')", re.IGNORECASE)
_GENERIC = words(
    """field item entry param parameter property input textarea value data question answer element attribute row column
    key string var"""
)
"""Elements whose label is one of their attributes."""
_ROOTS = words("""form data object section fieldset details title address label body""")
_WORDLESS = HTML - KNOWN - _GENERIC - _ROOTS
"""Elements that lay out the words of a field."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|lt|gt|amp|quot|apos|nbsp);")


class _Element(NamedTuple):
    name: str
    label: str
    start: int
    """Of its content."""
    first: int
    """Number of fields before it."""


def xml_fields(text: str, start: int) -> list[EncodedField] | None:
    """Return the fields of the XML that begins here."""
    prologue = _PROLOGUE.match(text, start)
    root = _TAG.match(text, prologue.end()) if prologue else None
    if root is None or root["name"] is None or (root["name"].lower() in HTML - _ROOTS - _GENERIC - KNOWN):
        return None
    fields = _fields(text, root.start())
    names = {known_ending(plain_label(each.label)) for each in fields}
    is_form = len(fields) >= FEWEST_FIELDS and (not FREE_TEXT.isdisjoint(names) or len(names & KNOWN) > FEWEST_FIELDS)
    return fields if is_form else None


def _fields(text: str, start: int) -> list[EncodedField]:
    fields: list[EncodedField] = []
    opened: list[_Element] = []
    place = start
    for _ in range(MOST_TAGS):
        tag = _TAG.search(text, place)
        if tag is None:
            break
        place = tag.end()
        if tag["name"] is None:
            closing = text.find("]]>", place)
            place = closing + 3 if closing >= 0 else len(text)
        elif (name := tag["name"].lower()) in _WORDLESS:
            continue
        elif tag["end"]:
            _close(text, opened, fields, name, tag.start())
        else:
            _open(opened, fields, tag, name)
    return fields


def _open(opened: list[_Element], fields: list[EncodedField], tag: re.Match[str], name: str) -> None:
    attributes = tag["attributes"]
    label = _LABEL.search(attributes) if attributes and name in _GENERIC else None
    value = _VALUE.search(attributes) if label else None
    if label and value:
        offset, group = tag.start("attributes"), value.lastindex or 1
        stretch = Stretch(offset + value.start(group), offset + value.end(group))
        fields.append(EncodedField(label[1], stretch, [*_entities(tag.string, stretch)]))
    elif not attributes.endswith("/") and len(opened) < DEEPEST:
        opened.append(_Element(name, label[1] if label else tag["name"], tag.end(), len(fields)))


def _close(text: str, opened: list[_Element], fields: list[EncodedField], name: str, end: int) -> None:
    depth = next((depth for depth in reversed(range(len(opened))) if opened[depth].name == name), None)
    if depth is None:
        return
    element = opened[depth]
    del opened[depth:]
    # an element with fields inside is no field
    if len(fields) == element.first:
        value = _without_cdata(text, trimmed(text, Stretch(element.start, end)))
        fields.append(EncodedField(element.label, value, [*_entities(text, value)]))


def _without_cdata(text: str, value: Stretch) -> Stretch:
    start = value.start + 9 if text.startswith("<![CDATA[", value.start, value.end) else value.start
    is_marked = start != value.start and text.endswith("]]>", start, value.end)
    return trimmed(text, Stretch(start, value.end - 3 * is_marked))


def _entities(text: str, value: Stretch) -> Iterator[Edit]:
    for found in _ENTITY.finditer(text, *value):
        yield Edit(*found.span(), unescape(found[0]))
