"""Fields of a form as a browser sends it: `name=Ida&message=I+want+a+refund`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_plus

from service.hear.encoded_field import EncodedField
from service.hear.form_label import KNOWN, known_ending, plain_label
from service.hear.mapped_text import Edit, Stretch, trimmed

MOST_FIELDS = 200
FEWEST_KNOWN = 2
"""Names of fields in a text with blanks that is a form."""

_PAIR = re.compile(
    r"(?:^|&(?:amp;)?)(?P<label>[^\W_][\w.\[\]%+-]{0,80})="
    r"(?P<value>(?:[^&]++|&(?!(?:amp;)?[\w.\[\]%+-]{1,81}=))*+)"
)
_CODE = re.compile(r"\++|(?:%[0-9a-fA-F]{2})+")


def pair_fields(text: str, start: int) -> list[EncodedField] | None:
    """Return the fields of a text that is nothing but pairs from here on."""
    start, end = trimmed(text, Stretch(start, len(text)))
    body = text[start:end]
    if "=" not in body[:90] or not _PAIR.match(body):
        return None
    fields: list[EncodedField] = []
    has_blanks = re.search(r"\s", body) is not None
    for found in islice(_PAIR.finditer(body), MOST_FIELDS):
        value = Stretch(start + found.start("value"), start + found.end("value"))
        fields.append(EncodedField(unquote_plus(found["label"]), value, [*_codes(text, value, has_blanks=has_blanks)]))
    known = {label for each in fields if (label := known_ending(plain_label(each.label))) in KNOWN}
    # people write blanks, browsers do not
    is_form = len(known) >= FEWEST_KNOWN if has_blanks else bool(known) and (len(fields) > 1 or bool(fields[0].edits))
    return fields if is_form else None


def _codes(text: str, value: Stretch, *, has_blanks: bool) -> Iterator[Edit]:
    for found in _CODE.finditer(text, *value):
        if found[0][0] == "+":
            if not has_blanks:
                yield Edit(*found.span(), " " * len(found[0]))
            continue
        yield from _characters(found[0], found.start())


def _characters(codes: str, start: int) -> Iterator[Edit]:
    """One edit a character, which takes one to four codes of UTF-8, or one of Latin-1."""
    octets = bytes.fromhex(codes.replace("%", ""))
    place = 0
    while place < len(octets):
        length = _length(octets, place)
        character = octets[place : place + length].decode("utf-8" if length > 1 or octets[place] < 128 else "latin-1")
        yield Edit(start + 3 * place, start + 3 * (place + length), character)
        place += length


def _length(octets: bytes, place: int) -> int:
    for length in (1, 2, 3, 4):
        try:
            octets[place : place + length].decode()
        except UnicodeDecodeError:
            continue
        return length
    return 1
