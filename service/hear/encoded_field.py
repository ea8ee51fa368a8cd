"""One field of a form that a program wrote, with its place in the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from service.hear.mapped_text import Builder, Edit, MappedText, Stretch


class EncodedField(NamedTuple):
    """A field, or a text without a name."""

    label: str
    value: Stretch
    edits: Sequence[Edit] = ()
    """What the encoding wrote in place of single characters of the value."""


def decoded(source: MappedText, fields: Iterable[EncodedField]) -> tuple[MappedText, list[Stretch]]:
    """Return the values as people wrote them, a line each, and the place of each in that text."""
    builder = Builder(source)
    values: list[Stretch] = []
    length = count = 0
    for each in fields:
        if values:
            builder.put("\n", each.value.start, each.value.start)
        _write(builder, each)
        written = sum(map(len, builder.pieces[count:]))
        values.append(Stretch(length + bool(values), length + written))
        length, count = length + written, len(builder.pieces)
    return builder.build(), values


def _write(builder: Builder, each: EncodedField) -> None:
    place = each.value.start
    for start, end, replacement in each.edits:
        builder.keep(place, start)
        builder.put(replacement, start, end)
        place = end
    builder.keep(place, each.value.end)
