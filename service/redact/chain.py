"""Redact a text: prefilter, detectors, one settled set of spans, placeholders. Only this step may read raw text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal

from service.redact.dense_text import MOST_MARKS, find_stretches, is_crowded, joined, most_in, without_marks
from service.redact.detectors.address import find_foreign_streets, find_named_houses, find_postcodes, find_streets
from service.redact.detectors.birth import find_births
from service.redact.detectors.card import find_cards
from service.redact.detectors.email_address import find_emails
from service.redact.detectors.iban import find_ibans
from service.redact.detectors.name import find_named, find_named_before, find_presented, find_titled
from service.redact.detectors.national_id import find_last_digits, find_national_ids
from service.redact.detectors.paranoid import find_suspicious
from service.redact.detectors.phone import PhoneFinder
from service.redact.detectors.reference import find_long_numbers, find_plates, find_references
from service.redact.detectors.secret import find_tokens, find_told_secrets
from service.redact.detectors.sign_off import find_headed, find_last_initial, find_signed
from service.redact.detectors.spoken import find_spoken
from service.redact.detectors.url import find_urls
from service.redact.prefilter import signs_of
from service.redact.span import Found, Kind, Redacted, RedactedSpan, Strength, replace, settle
from service.redact.text import Text, fold, read
from service.redact.trigger import Sign

Mode = Literal["standard", "paranoid"]
_Finder = Callable[[Text], Iterable[Found]]
_ROUNDS = 2
"""Most rounds that replace details. A placeholder can bare its neighbour, so a text is read again until it is clean.

Usually the second round is empty.
"""


class Redactor:
    """Redacts texts. Stateless after construction, so one redactor serves all threads.

    `paranoid` masks more than `standard`: tokens that only their length and mixture make suspicious. `default_regions`
    (ISO 3166 alpha-2) are the countries whose phones are expected without a country code. `most_marks` is the limit for
    numbers and at-signs in a text, and a long text may have a few more. Above the limit, text near a mark is masked.
    """

    def __init__(
        self,
        mode: Mode = "standard",
        default_regions: tuple[str, ...] = ("GB", "US"),
        *,
        most_marks: int = MOST_MARKS,
    ) -> None:
        self._finders: tuple[tuple[Sign, _Finder], ...] = (
            (Sign.SLASH, find_urls),
            (Sign.AT, find_emails),
            (Sign.TOKEN, find_tokens),
            (Sign.DIGIT, find_tokens),
            (Sign.SECRET, find_told_secrets),
            (Sign.MANY_DIGITS, find_cards),
            (Sign.MANY_DIGITS, find_ibans),
            (Sign.MANY_DIGITS, find_national_ids),
            (Sign.SOCIAL | Sign.DIGIT, find_last_digits),
            (Sign.MANY_DIGITS, PhoneFinder(default_regions)),
            (Sign.BIRTH, find_births),
            (Sign.STREET | Sign.DIGIT, find_streets),
            (Sign.STREET | Sign.HOUSE, find_named_houses),
            (Sign.DIGIT, find_foreign_streets),
            (Sign.DIGIT, find_postcodes),
            (Sign.REFERENCE | Sign.DIGIT, find_references),
            (Sign.PLATE | Sign.DIGIT, find_plates),
            (Sign.MANY_DIGITS, find_long_numbers),
            (Sign.SPOKEN_DIGITS, find_spoken),
            (Sign.NAME, find_named),
            (Sign.NAME, find_titled),
            (Sign.PRESENTED, find_presented),
            (Sign.HERE, find_named_before),
            (Sign.SIGNED, find_signed),
            (Sign.AT, find_headed),
            (Sign.INITIAL, find_last_initial),
        )
        self._finders_for = lru_cache(maxsize=4096)(self._choose)
        self._paranoid = mode == "paranoid"
        self._most_marks = most_marks

    def redact(self, raw_text: str) -> Redacted:
        """Return the utterance with typed placeholders. Redacting the utterance again leaves it unchanged."""
        redacted = Redacted(utterance=raw_text)
        for _ in range(_ROUNDS):
            found = self._find(redacted.utterance)
            if not found:
                return redacted
            redacted = replace(raw_text, _merge(redacted, found))
        if not self._find(redacted.utterance):
            return redacted
        # Only a crafted text bares more in every round, so it is masked as a whole.
        return replace(raw_text, [Found(0, len(raw_text), Kind.NUMBER, Strength.UNMISTAKABLE)])

    def _find(self, written: str) -> list[Found]:
        folded = fold(written)
        finders = self._finders_for(signs_of(folded))
        if not finders:
            return []
        found: list[Found] = []
        most = most_in(folded, self._most_marks)
        if is_crowded(folded, most):
            found += find_stretches(folded)
            folded = without_marks(folded)
            finders = self._finders_for(signs_of(folded))
        text = read(folded)
        found += (finding for find in finders for finding in find(text))
        return settle(folded, found) if len(found) <= most else joined(found)

    def _choose(self, signs: int) -> tuple[_Finder, ...]:
        chosen = dict.fromkeys(find for needed, find in self._finders if needed & signs == needed)
        return (*chosen, find_suspicious) if self._paranoid else tuple(chosen)


def _merge(redacted: Redacted, found: Iterable[Found]) -> list[Found]:
    """Merge findings in the utterance with earlier placeholders, in the caller's offsets. The wider span wins."""
    fresh = [Found(*redacted.to_raw(f.start, f.end), f.kind, f.strength) for f in found]
    earlier = [_as_found(span) for span in redacted.spans]
    merged: list[Found] = []
    for finding in sorted(fresh + earlier, key=lambda f: (f.start, -f.end)):
        if not merged or finding.start >= merged[-1].end:
            merged.append(finding)
    return merged


def _as_found(span: RedactedSpan) -> Found:
    return Found(span.raw_start, span.raw_end, span.kind, Strength.UNMISTAKABLE)
