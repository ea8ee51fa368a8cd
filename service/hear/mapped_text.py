"""A text that was made from another one, and the place in the original of each of its characters.

Each stage of hearing takes a `MappedText` and returns a new one. Offsets are code points, ends are exclusive.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple


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

    __slots__ = ("_starts", "runs")

    def __init__(self) -> None:
        # a tuple a run instead of an object: texts of odd characters have thousands of runs
        self.runs: list[tuple[int, int, int, bool]] = []
        """Length, start and end in the original, and whether the run was kept."""
        self._starts: array[int] | None = None

    def add(self, length: int, origin: int, origin_end: int, *, is_copy: bool) -> None:
        """Append a run that is not empty; the original may not lie before that of the last run."""
        # a text that is put inside a replaced run ends no earlier than that run
        earliest = self.runs[-1][2] if self.runs else origin_end
        self.runs.append((length, origin, max(origin_end, earliest), is_copy))

    def add_from(self, source: SpanMap, start: int, end: int) -> None:
        """Append a part, not empty, of another map."""
        if len(source.runs) == 1:
            self.add(end - start, *source.to_origin(start, end), is_copy=source.runs[0][3])
            return
        starts, runs = source.starts, source.runs
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        stop = min(starts[first] + runs[first][0], end)
        self.add(stop - start, *source.to_origin(start, stop), is_copy=runs[first][3])
        if last > first:
            # a slice is copied at once, however many runs it holds
            self.runs += runs[first + 1 : last]
            self.add(end - starts[last], *source.to_origin(starts[last], end), is_copy=runs[last][3])

    @property
    def starts(self) -> array[int]:
        """Where each run begins; asked for when the map is complete."""
        if self._starts is None:
            self._starts = array("l", accumulate([run[0] for run in self.runs], initial=0))
        return self._starts

    @property
    def offset(self) -> int | None:
        """Distance from each character to its original, `None` if not all have the same."""
        return self.runs[0][1] if len(self.runs) == 1 and self.runs[0][3] else None

    def to_origin(self, start: int, end: int) -> Stretch:
        """Return the place in the original, for any 0 <= start <= end <= length of the text."""
        if not self.runs:
            return Stretch(0, 0)
        offset = self.offset
        if offset is not None:
            return Stretch(offset + start, offset + end)
        first = self._start(start)
        return Stretch(first, self._end(end)) if end > start else Stretch(first, first)

    def _start(self, offset: int) -> int:
        place = bisect_right(self.starts, offset) - 1
        if place == len(self.runs):
            return self.runs[-1][2]
        _, origin, _, is_copy = self.runs[place]
        return origin + offset - self.starts[place] if is_copy else origin

    def _end(self, offset: int) -> int:
        place = bisect_right(self.starts, offset - 1) - 1
        _, origin, end, is_copy = self.runs[place]
        return origin + offset - self.starts[place] if is_copy else end


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

    __slots__ = ("_end", "_map", "_offset", "_start", "pieces", "source")

    def __init__(self, source: MappedText) -> None:
        self.source = source
        self.pieces: list[str] = []
        self._map = SpanMap()
        # of the caller's own text, places are known without a look-up
        self._offset = source.map.offset
        # a part of the source that is written but not yet mapped, so that neighbours share a run
        self._start = self._end = 0

    def keep(self, start: int, end: int) -> None:
        """Append a part of the source as it is."""
        if start < end:
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
        if not text:
            return
        self._flush()
        self._start = self._end = end
        self.pieces.append(text)
        if self._offset is None:
            self._map.add(len(text), *self.source.map.to_origin(start, end), is_copy=False)
        else:
            self._map.runs.append((len(text), self._offset + start, self._offset + end, False))

    def put_each(self, texts: Sequence[str], start: int) -> None:
        """Append a text in place of each character from here on."""
        if self._offset is None:
            for place, text in enumerate(texts, start):
                self.put(text, place, place + 1)
            return
        self._flush()
        self._start = self._end = start + len(texts)
        self.pieces += texts
        first = start + self._offset
        self._map.runs += [(len(text), place, place + 1, False) for place, text in enumerate(texts, first) if text]

    def build(self) -> MappedText:
        """Return the new text."""
        self._flush()
        return MappedText("".join(self.pieces), self._map)

    def _flush(self) -> None:
        start, end = self._start, self._end
        if start < end:
            if self._offset is None:
                self._map.add_from(self.source.map, start, end)
            else:
                self._map.runs.append((end - start, self._offset + start, self._offset + end, True))
        self._start = end


def trimmed(text: str, stretch: Stretch) -> Stretch:
    """Return a stretch without blanks at both ends."""
    start, end = stretch
    part = text[start:end].rstrip()
    return Stretch(start + len(part) - len(part.lstrip()), start + len(part))


def lowered(text: str) -> str:
    """Return a text in lower case, of the same length, so that places in both are the same."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join([small if len(small := character.lower()) == 1 else character for character in text])
