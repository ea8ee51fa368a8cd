"""Find payment cards: any separators, an issuer's first digits, and Luhn. If Luhn fails, a card must be spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from stdnum import luhn

from service.redact.digits import Run
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

# ISO/IEC 7812 issuer ranges, coarsely, because the checksum does the rest
_LENGTHS_BY_PREFIX: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("34", "37"), (15,)),
    (("30", "36", "38", "39"), (16, 14)),
    (("35",), (16,)),
    (("4",), (19, 16, 13)),
    (("5", "2"), (16,)),
    (("6",), (19, 16)),
)
_SHORTEST = 13


def is_card(digits: str) -> bool:
    return len(digits) in _lengths(digits) and luhn.is_valid(digits)


def find_cards(text: Text) -> Iterator[Found]:
    for run in text.runs:
        if len(run.digits) < _SHORTEST:
            continue
        sums = _LuhnSums(run.digits)
        group_ending_at = {offset: group for group, offset in enumerate(run.offsets[1:])}
        at = 0
        while at < len(run):
            found = _card_from(text, run, at, sums, group_ending_at)
            if found:
                last, strength = found
                yield Found(run.starts[at], run.ends[last], Kind.CARD, strength)
                at = last
            at += 1


def _card_from(
    text: Text, run: Run, at: int, sums: _LuhnSums, group_ending_at: dict[int, int]
) -> tuple[int, Strength] | None:
    first = run.offsets[at]
    start = run.starts[at]
    if text.folded[max(0, start - 1) : start] == "+":
        return None
    unchecked = None
    for length in _lengths(run.digits[first : first + 2]):
        last = group_ending_at.get(first + length)
        if last is None:
            continue
        if sums.is_valid(first, first + length):
            return last, Strength.CHECKED
        unchecked = last
    if unchecked is not None and text.cues.kind_at(start) is Kind.CARD:
        return unchecked, Strength.CUED
    return None


class _LuhnSums:
    """Luhn's checksum of any window of the digits in constant time. A text may offer thousands of windows."""

    __slots__ = ("_sums",)

    def __init__(self, digits: str) -> None:
        plain = [int(digit) for digit in digits]
        doubled = [2 * value - 9 * (value > 4) for value in plain]
        self._sums = tuple(
            list(accumulate((plain[i] if i % 2 == parity else doubled[i] for i in range(len(plain))), initial=0))
            for parity in (0, 1)
        )

    def is_valid(self, start: int, end: int) -> bool:
        # the last digit counts singly
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0


def _lengths(prefix: str) -> tuple[int, ...]:
    return next((lengths for prefixes, lengths in _LENGTHS_BY_PREFIX if prefix.startswith(prefixes)), ())
