"""Findings, placeholders, and the way back from offsets in the utterance to the caller's text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Closed set of placeholders, written `<kind>` in an utterance."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"
    NATIONAL_ID = "national_id"
    DATE_OF_BIRTH = "date_of_birth"
    ADDRESS = "address"
    POSTCODE = "postcode"
    ORDER_NUMBER = "order_number"
    BOOKING_NUMBER = "booking_number"
    ACCOUNT_NUMBER = "account_number"
    REFERENCE = "reference"
    SECRET = "secret"  # noqa: S105 - the name of a placeholder
    URL = "url"
    NAME = "name"
    NUMBER = "number"


class Strength(IntEnum):
    """Certainty of a finding. If two findings overlap, the stronger finding names the overlap."""

    GUESS = 1
    """Only the length, or the mixture of letters and digits, points to the kind."""
    SHAPED = 2
    """The shape points to the kind: grouping, area code, street word."""
    CUED = 3
    """The customer named the kind."""
    CHECKED = 4
    """A checksum holds."""
    UNMISTAKABLE = 5
    """Any other reading is very unlikely."""


class Found(NamedTuple):
    start: int
    end: int
    kind: Kind
    strength: Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedSpan:
    """One placeholder. Offsets count code points, and ends are exclusive."""

    kind: Kind
    start: int
    end: int
    raw_start: int
    raw_end: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Redacted:
    utterance: str
    spans: tuple[RedactedSpan, ...] = ()
    """In the order of the text, without overlaps."""

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """Map offsets in the utterance to the caller's text.

        A range that touches a placeholder covers the placeholder's whole original.
        """
        if not 0 <= start <= end <= len(self.utterance):
            raise ValueError("offsets lie outside the utterance")
        return self._raw_start(start), self._raw_end(end)

    def _raw_start(self, offset: int) -> int:
        before = bisect_right(self.spans, offset, key=lambda span: span.start)
        if not before:
            return offset
        span = self.spans[before - 1]
        return span.raw_start if offset < span.end else offset - span.end + span.raw_end

    def _raw_end(self, offset: int) -> int:
        before = bisect_left(self.spans, offset, key=lambda span: span.start)
        if not before:
            return offset
        span = self.spans[before - 1]
        return span.raw_end if offset <= span.end else offset - span.end + span.raw_end

    def __repr__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(span.kind for span in self.spans).items())
        return f"Redacted({len(self.utterance)} characters; {kinds or 'nothing redacted'})"


def settle(text: str, found: Sequence[Found]) -> list[Found]:
    """Make findings disjoint. The stronger, then the longer, keeps its extent. Others keep their rest."""
    kept: list[Found] = []
    starts: list[int] = []
    for finding in sorted(found, key=lambda f: (-f.strength, f.start - f.end, f.start, f.kind)):
        for start, end in _uncovered(finding, kept, starts):
            rest = finding if end - start == finding.end - finding.start else _trimmed(text, finding, start, end)
            if rest.start < rest.end:
                place = bisect_left(starts, rest.start)
                starts.insert(place, rest.start)
                kept.insert(place, rest)
    return kept


def _uncovered(finding: Found, kept: Sequence[Found], starts: Sequence[int]) -> list[tuple[int, int]]:
    free = []
    start = finding.start
    place = max(bisect_right(starts, start) - 1, 0)
    while place < len(kept) and kept[place].start < finding.end:
        other = kept[place]
        if other.end > start:
            free.append((start, other.start))
            start = other.end
        place += 1
    free.append((start, finding.end))
    return [(a, b) for a, b in free if a < b]


def _trimmed(text: str, finding: Found, start: int, end: int) -> Found:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return finding._replace(start=start, end=end)


def replace(raw_text: str, found: Sequence[Found]) -> Redacted:
    """Write a placeholder over each finding. Findings must be disjoint and in the order of the text."""
    pieces: list[str] = []
    spans: list[RedactedSpan] = []
    length = position = 0
    for finding in found:
        kept = raw_text[position : finding.start]
        placeholder = f"<{finding.kind}>"
        start = length + len(kept)
        length = start + len(placeholder)
        pieces += (kept, placeholder)
        spans.append(
            RedactedSpan(kind=finding.kind, start=start, end=length, raw_start=finding.start, raw_end=finding.end)
        )
        position = finding.end
    pieces.append(raw_text[position:])
    return Redacted(utterance="".join(pieces), spans=tuple(spans))
