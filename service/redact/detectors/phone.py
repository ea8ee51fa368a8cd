"""Find telephone numbers of any country, with usual and unusual separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import phonenumbers

from service.redact.digits import Run
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_SHORTEST = 7
_LONGEST = 15  # ITU-T E.164
_TRUNK_LENGTHS = (10, 11)
_GROUPED_LENGTHS = range(9, 12)
_GROUPS = (3, 4)
_LONGEST_AREA_CODE = 3
_PARSES_PER_TEXT = 12
"""Most parses for a text. A parse takes about 15 µs.

A text with more candidates is an attack or a list. The other candidates are masked by their shape.
"""
_NOT_A_PHONE = re.compile(
    r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?![0-9])|[0-9, .]{0,20}[.,][0-9]{2}$|[0-9]{1,3},[0-9]{3}"
)


class PhoneFinder:
    """Finds numbers with a country code, and national numbers of the given regions or of a telling shape."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        # metadata forgives a missing trunk 0, which would make a phone of every long number
        self._regions = tuple(
            (region, _pattern_of(region))
            for region in regions
            if phonenumbers.ndd_prefix_for_region(region, True) != "0"
        )

    def __call__(self, text: Text) -> Iterator[Found]:
        parses = iter(range(_PARSES_PER_TEXT))
        for run in text.runs:
            at = 0 if len(run.digits) >= _SHORTEST else len(run)
            while at < len(run):
                last = self._last_group(text, run, at, parses)
                if last is not None:
                    yield Found(_start(text.folded, run, at), run.ends[last], Kind.PHONE, Strength.SHAPED)
                    at = last
                at += 1

    def _last_group(self, text: Text, run: Run, at: int, parses: Iterator[int]) -> int | None:
        start = _start(text.folded, run, at)
        if text.folded[start] in "+(" or run.digits[run.offsets[at]] == "0":
            candidates: list[int] = list(_groups_within(run, at))
        elif len(run) - at < min(_GROUPS) or run.size(at) > _LONGEST_AREA_CODE:
            candidates = []
        else:
            # without a trunk 0 only grouped digits are taken for a phone: 212.555.0187, 612 345 678
            candidates = [at + groups - 1 for groups in _GROUPS if _is_grouped(run, at, at + groups - 1)]
        # the longest first, so that 07700 900 123 is not taken for 07700 900
        for last in reversed(candidates):
            written = text.folded[start : run.ends[last]]
            if not _NOT_A_PHONE.match(written) and self._is_phone(written, run.digits_of(at, last), parses):
                return last
        return _last_if_cued(text, run, at)

    def _is_phone(self, written: str, digits: str, parses: Iterator[int]) -> bool:
        if written.startswith("+") or digits.startswith("00"):
            return next(parses, None) is None or _is_possible("+" + digits.removeprefix("00"))
        # ranges reserved for drama or not yet given out are not valid, so a trunk 0 and the length suffice
        if digits.startswith("0"):
            return len(digits) in _TRUNK_LENGTHS
        candidates = [region for region, pattern in self._regions if pattern.fullmatch(digits)]
        return bool(candidates) and (next(parses, None) is None or any(_is_valid(digits, r) for r in candidates))


def _start(folded: str, run: Run, at: int) -> int:
    start = run.starts[at]
    for mark in "(+":
        start -= folded[max(0, start - 1) : start] == mark
    return start


def _groups_within(run: Run, at: int) -> Iterable[int]:
    first = run.offsets[at]
    for last in range(at, min(len(run), at + _LONGEST)):
        if run.offsets[last + 1] - first > _LONGEST:
            return
        if run.offsets[last + 1] - first >= _SHORTEST:
            yield last


def _is_grouped(run: Run, at: int, last: int) -> bool:
    return last < len(run) and run.offsets[last + 1] - run.offsets[at] in _GROUPED_LENGTHS


def _last_if_cued(text: Text, run: Run, at: int) -> int | None:
    if text.cues.kind_at(run.starts[at]) is not Kind.PHONE:
        return None
    last = max(_groups_within(run, at), default=None)
    return None if last is None or _NOT_A_PHONE.match(text.folded, run.starts[at], run.ends[last]) else last


def _is_possible(written: str) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(written)))
    except phonenumbers.NumberParseException:
        return False


def _pattern_of(region: str) -> re.Pattern[str]:
    """Return a pattern for every number of a region, with or without trunk prefix.

    A parse costs thirty times as much as a match.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None or metadata.national_prefix_transform_rule:
        return re.compile(r"[0-9]+")
    trunk = metadata.national_prefix_for_parsing or ""
    return re.compile(
        rf"(?:\+?{metadata.country_code})?(?:{trunk})?(?:{metadata.general_desc.national_number_pattern})"
    )


def _is_valid(digits: str, region: str) -> bool:
    try:
        return bool(phonenumbers.is_valid_number_for_region(phonenumbers.parse(digits, region), region))
    except phonenumbers.NumberParseException:
        return False
