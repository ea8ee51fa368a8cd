"""A form as a program wrote it: JSON, pairs of a web address, XML, or a Markdown table.

Its free-text fields are the customer's words, all others are details.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.hear.encoded_field import EncodedField, decoded
from service.hear.form import Form, FormEntry, filled_form
from service.hear.form_label import FREE_TEXT, known_ending, plain_label
from service.hear.json_form import json_fields
from service.hear.mapped_text import MappedText, Stretch
from service.hear.pair_form import pair_fields
from service.hear.table_form import table_fields
from service.hear.xml_form import xml_fields

LONGEST_LEAD = 160
_FENCE = re.compile(r"\s*+(?:```\w{0,10}\s++)?")
_LEAD = re.compile(
    r"(?=[^{<=]{0,140}\b(?:form|submission|submitted|enquiry|inquiry|contact|message|request|website|web|webhook"
    r"|payload|entry|data|json|xml|body|formular|kontaktformular|anfrage|kontakt|formulaire|formulario|modulo)\b)"
    r"(?![^{<=]{0,140}\b(?:i|my|me|we|our|ich|mein|wir|je|mon|yo|mi|io|ik|mijn)\b)[^{<=]{1,160}?[:\n]\s*+(?=[{\[<]|[\w.%-]{1,60}=)",
    re.IGNORECASE,
)
"""A short line that a website writes above a form."""
_REST = re.compile(r"[\s;`]*+(?:--[^\n]*\s*)?")


def encoded_form(source: MappedText) -> Form | None:
    """Return the words of a form and its details, `None` for any other text."""
    text = source.text
    # each of these forms has one of these marks near its beginning
    if not any(mark in text[: LONGEST_LEAD + 100] for mark in "{[<=|"):
        return None
    fields = _fields(text)
    if not fields:
        return None
    words, values = decoded(source, fields)
    filled = filled_form(words, _entries(fields, values))
    # data of another kind has single words that look like the subject of a form
    is_form = filled is not None and (_has_free_text(fields) or _has_phrase(filled.words.text))
    return filled if is_form else None


def _fields(text: str) -> list[EncodedField] | None:
    lead = _LEAD.match(text)
    for start in (0, lead.end()) if lead else (0,):
        if fields := _fields_from(text, start):
            return fields
    return table_fields(text)


def _fields_from(text: str, start: int) -> list[EncodedField] | None:
    fence = _FENCE.match(text, start)
    place = fence.end() if fence else start
    if text.startswith("<", place):
        return xml_fields(text, place)
    found = json_fields(text, place)
    if found is None:
        return pair_fields(text, place)
    fields, end = found
    return fields if _REST.fullmatch(text, end) and (start == 0 or _has_free_text(fields)) else None


def _has_phrase(text: str) -> bool:
    return any(len(line.split()) > 1 for line in text.split("\n"))


def _has_free_text(fields: Sequence[EncodedField]) -> bool:
    return any(known_ending(plain_label(each.label)) in FREE_TEXT for each in fields)


def _entries(fields: Sequence[EncodedField], values: Sequence[Stretch]) -> list[FormEntry]:
    """Name entries by their labels, or by the last words of the labels if free text is found in this way only."""
    names = [plain_label(each.label) for each in fields]
    has_text = any(name in FREE_TEXT and start < end for name, (start, end) in zip(names, values, strict=True))
    endings = [known_ending(name) for name in names]
    names = [name if has_text and ending in FREE_TEXT else ending for name, ending in zip(names, endings, strict=True)]
    return [FormEntry(name, each.label, value) for name, each, value in zip(names, fields, values, strict=True)]
