"""A text that was made from another one, and the place in the original of each of its characters.

Each stage of hearing takes a `MappedText` and returns a new one. Offsets are code points, ends are exclusive.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

_BLANKS = re.compile(r"\s*+")


class Stretch(NamedTuple):
    """A part of a text, end exclusive."""

    start: int
    end: int


class Edit(NamedTuple):
    """The characters from `start` to `end` are replaced."""

    start: int
    end: int
    replacement: str = ""


class SpanMap:
    """Runs that tile a text, each with its place in the original.

    A run that was kept is mapped character by character, a run that replaces something as a whole. Characters of the
    original that are in no run were dropped.
    """

    __slots__ = ("_copies", "_ends", "_lengths", "_origins", "_starts")

    def __init__(self) -> None:
        self._lengths = array("l")
        self._origins = array("l")
        self._ends = array("l")
        self._copies = array("b")
        self._starts: array[int] | None = None

    def add(self, length: int, origin: int, origin_end: int, *, is_copy: bool) -> None:
        """Append a run that is not empty; the original may not lie before that of the last run."""
        self._lengths.append(length)
        self._origins.append(origin)
        # a text that is put inside a replaced run ends no earlier than that run
        self._ends.append(max(origin_end, self._ends[-1]) if self._ends else origin_end)
        self._copies.append(is_copy)

    def add_from(self, source: SpanMap, start: int, end: int) -> None:
        """Append a part, not empty, of another map."""
        if len(source._lengths) == 1:
            self.add(end - start, *source.to_origin(start, end), is_copy=bool(source._copies[0]))
            return
        starts = source.starts
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        stop = min(starts[first] + source._lengths[first], end)
        self.add(stop - start, *source.to_origin(start, stop), is_copy=bool(source._copies[first]))
        if last > first:
            # slices of arrays are copied at once, however many runs they hold
            self._lengths.extend(source._lengths[first + 1 : last])
            self._origins.extend(source._origins[first + 1 : last])
            self._ends.extend(source._ends[first + 1 : last])
            self._copies.extend(source._copies[first + 1 : last])
            self.add(end - starts[last], *source.to_origin(starts[last], end), is_copy=bool(source._copies[last]))

    @property
    def starts(self) -> array[int]:
        """Where each run begins; asked for when the map is complete."""
        if self._starts is None:
            self._starts = array("l", accumulate(self._lengths, initial=0))
        return self._starts

    def to_origin(self, start: int, end: int) -> Stretch:
        """Return the place in the original, for any 0 <= start <= end <= length of the text."""
        if not self._lengths:
            return Stretch(0, 0)
        if len(self._lengths) == 1 and self._copies[0]:
            # the caller's own text, which the first stages look up most
            return Stretch(self._origins[0] + start, self._origins[0] + end)
        first = self._start(start)
        return Stretch(first, self._end(end)) if end > start else Stretch(first, first)

    def _start(self, offset: int) -> int:
        run = bisect_right(self.starts, offset) - 1
        if run == len(self._lengths):
            return self._ends[-1]
        return self._origins[run] + (offset - self.starts[run] if self._copies[run] else 0)

    def _end(self, offset: int) -> int:
        run = bisect_right(self.starts, offset - 1) - 1
        return self._origins[run] + offset - self.starts[run] if self._copies[run] else self._ends[run]


class MappedText:
    """A text and its map to the caller's text."""

    __slots__ = ("map", "text")

    def __init__(self, text: str, span_map: SpanMap) -> None:
        self.text = text
        self.map = span_map

    @classmethod
    def of(cls, raw_text: str) -> MappedText:
        """Return the caller's text, mapped to itself."""
        span_map = SpanMap()
        if raw_text:
            span_map.add(len(raw_text), 0, len(raw_text), is_copy=True)
        return cls(raw_text, span_map)

    def to_raw(self, start: int, end: int) -> Stretch:
        """Return the place in the caller's text."""
        return self.map.to_origin(start, end)

    def edited(self, edits: Iterable[Edit]) -> MappedText:
        """Return the text with edits made, which have to be in order and apart from each other."""
        builder = Builder(self)
        place = 0
        for start, end, replacement in edits:
            builder.keep(place, start)
            builder.put(replacement, start, end)
            place = end
        if not place:
            return self
        builder.keep(place, len(self.text))
        return builder.build()

    def lines_of(self, stretches: Iterable[Stretch]) -> MappedText:
        """Return some stretches, in order, each as a line without blanks around it."""
        builder = Builder(self)
        below = 0
        for start, end in stretches:
            if builder.pieces:
                builder.put("\n", below, below + 1 if self.text[below : below + 1] == "\n" else below)
            builder.keep(start, end)
            below = end
        return builder.build()

    def trimmed(self) -> MappedText:
        """Return the text without blanks at both ends."""
        start, end = trimmed(self.text, Stretch(0, len(self.text)))
        if (start, end) == (0, len(self.text)):
            return self
        return self.lines_of([Stretch(start, end)])


class Builder:
    """Puts a new text together from parts of another one, in order."""

    def __init__(self, source: MappedText) -> None:
        self.source = source
        self.pieces: list[str] = []
        self._map = SpanMap()
        self._start = self._end = 0
        """A part of the source that is written but not yet mapped, so that neighbours share a run."""

    def keep(self, start: int, end: int) -> None:
        """Append a part of the source as it is."""
        self.put_aligned(self.source.text[start:end], start, end)

    def put_aligned(self, text: str, start: int, end: int) -> None:
        """Append a text of the same length as the part of the source that it replaces."""
        if start >= end:
            return
        self.pieces.append(text)
        if start != self._end:
            self._flush()
            self._start = start
        self._end = end

    def put(self, text: str, start: int, end: int) -> None:
        """Append a text in place of a part of the source."""
        if text:
            self._flush()
            self._start = self._end = end
            self.pieces.append(text)
            self._map.add(len(text), *self.source.map.to_origin(start, end), is_copy=False)

    def build(self) -> MappedText:
        """Return the new text."""
        self._flush()
        return MappedText("".join(self.pieces), self._map)

    def _flush(self) -> None:
        if self._start < self._end:
            self._map.add_from(self.source.map, self._start, self._end)
        self._start = self._end


def trimmed(text: str, stretch: Stretch) -> Stretch:
    """Return a stretch without blanks at both ends."""
    start, end = stretch
    blanks = _BLANKS.match(text, start, end)
    start = blanks.end() if blanks else start
    return Stretch(start, start + len(text[start:end].rstrip()))
