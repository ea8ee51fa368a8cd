"""A text cut where one errand may end and another begin: what to classify as a whole, and what clause by clause.

Pure, and in time linear in the text. Offsets are those of the redacted utterance. All expressions are for text that
went through `_folded`, which is several times faster than ignoring case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.understand.correction import last_correction
from service.understand.message_body import Stretch, letter

SHORT = 120
"""Characters up to which a text without any sign of a second clause is not looked at any closer."""
MAX_SEGMENTS = 24
MAX_WORDS = 28
"""Words of a segment above which it is cut into windows; sentences are seldom longer."""
WINDOW_WORDS = 18
MIN_WORDS = 3
"""Words below which a segment joins the next: "Yes." or "One thing:" has no goal of its own."""
FIRST_KEPT = 4
"""Segments of the opening that are kept however many follow."""
GIST_CHARACTERS = 560
"""About as much as the encoder reads; of a longer text its requests and questions stand for the whole."""
WHOLE_CORRECTED = 400
"""Characters up to which a correction drops all that stands before it; in a longer text, its paragraph."""


class Segment(NamedTuple):
    start: int
    end: int
    asks: bool
    """Reads like a request or a question, not like the story around one."""


class Outline(NamedTuple):
    """What to classify of one utterance."""

    gist: str
    """Stands for the whole."""
    stretches: tuple[Stretch, ...]
    """Where the customer's own words are; not yet cut."""
    is_long: bool = False
    is_plural: bool = False
    """Says that there are several errands: "and also", "two things", several questions."""
    is_abridged: bool = False
    """The gist leaves something out."""
    is_withdrawn: bool = False
    """Ends in "never mind"."""

    def needs_clauses(self, *, is_understood: bool) -> bool:
        """Whether the clauses have to be read as well, given that the gist was or was not."""
        return self.is_plural or self.is_abridged or (self.is_long and not is_understood)


VERBS = (
    "cancel|change|send|tell|give|refund|return|delete|erase|close|book|update|add|remove|order|stop|pause|check|find|"
    "get|let|help|reset|replace|unsubscribe|track|move|switch|explain|arrange|confirm|speak|talk|make|put|show|resend"
)
ASKING = rf"""(?:please|(?:can|could|would|will)\ (?:you|i|we|someone|somebody)
    |i(?:'d|\ would)\ (?:also\ |rather\ |just\ )?(?:like|want|need)
    |i(?:'m|\ am)\ (?:also\ )?(?:looking|trying|wondering)
    |(?:i|we|my\ \w{{1,20}})\ (?:also\ |just\ |really\ )?(?:want|need|wish)s?|how\ (?:do|can|much|long|many)
    |where(?:'s|\ is|\ are|\ do|\ can)|when(?:'s|\ is|\ are|\ do|\ does|\ will|\ can)
    |what(?:'s|\ is|\ are|\ do|\ does|\ time)|why\ (?:do|does|did|is|are|was|were|has|have|can|am)
    |is\ there|are\ there|do\ you|does
    |(?:{VERBS})(?=\ (?!of|in|is|was|has|to)))\b"""
"""How a request or a question begins."""
ASKS = re.compile(rf"\?|\b{ASKING}|\b(?:let\ me\ know|require|demand|request|requesting|help)\b", re.VERBOSE)
SECOND = r"(?:another|the\ other|the\ second)\ (?:thing|question)(?:\ is)?"
BREAK = re.compile(
    rf"""(?<=[.!?\u2026])["')\]]{{0,3}}\s+ | ;\s{{1,9}} | \s[\u2013\u2014-]{{1,2}}\s{{1,9}}
      | (?:,\s{{0,9}}|\s{{1,9}})(?:oh\ )?(?:and|but|plus)\ (?:(?:also|then|secondly|{SECOND}),?\ )?(?={ASKING})
      | (?:,\s{{0,9}}|\s{{1,9}})(?:(?:and|oh|but|plus|then)\ (?:also|secondly|{SECOND})|as\ well\ as)\b,?\s{{1,9}}
      | ,\s{{1,9}}(?={ASKING})
      | \s{{1,9}}(?=(?:um+\ so|so\ um+|oh\ and|but\ then|and\ um+|so\ anyway)\b)""",
    re.VERBOSE,
)
FILLER = re.compile(r"[\s,]{1,9}(?=(?:and|but|so|um+|uh+|erm?|anyway|because|cos|then|oh|well|you know|i mean)\b)")
PLURAL = re.compile(
    rf"""\b(?:also|as\ well|secondly|firstly|in\ addition|on\ top\ of\ that|plus
        |(?:two|three|2|3|couple\ of|few|several)\ (?:\w{{1,20}}\ )?(?:things|questions|requests|issues|points|matters)
        |(?:another|one\ more|other|second)\ (?:thing|question|request|matter)
        |while\ (?:i'm|i\ am|you're|you\ are)\ (?:at\ it|here|on))\b
      | \band\ (?:then\ |also\ )?{ASKING} | \?\s+[^?]+\? | \b1[.)]\s.{{1,400}}\b2[.)]\s""",
    re.VERBOSE,
)
SIGN = re.compile(
    r" and |also|as well|plus|secondly|firstly|things|questions|requests|issues|points|matters|other |one more|second "
    r"|\? |1[.)] |in addition|on top|while |wait|actually|mind|forget|scrap|scratch|ignore|disregard|thought|meant"
    r"|hang on|hold on"
)
"""In every short text that `PLURAL` or a correction is in, and cheap."""
WORD = re.compile(r"\S+")


def outline(utterance: str) -> Outline:
    """What to classify of an utterance; for most it is the utterance and nothing else."""
    folded = _folded(utterance)
    is_short = len(utterance) <= SHORT and "\n" not in utterance
    if is_short and not SIGN.search(folded):
        return Outline(utterance, (Stretch(0, len(utterance)),))
    own = [Stretch(0, len(utterance))] if is_short else letter(utterance)
    own, is_withdrawn = _corrected(folded, own)
    text = " ".join([utterance[start:end] for start, end in own])
    is_abridged = len(text) > GIST_CHARACTERS
    return Outline(
        gist=_abridged(utterance, segments(utterance, own)) if is_abridged else text,
        stretches=tuple(own),
        is_long=len(text) > SHORT,
        is_plural=PLURAL.search(_folded(text)) is not None,
        is_abridged=is_abridged,
        is_withdrawn=is_withdrawn,
    )


def segments(utterance: str, stretches: Sequence[Stretch]) -> tuple[Segment, ...]:
    """Clauses to classify one by one, at most `MAX_SEGMENTS`, in the order of the text."""
    folded = _folded(utterance)
    return _most_telling([segment for stretch in stretches for segment in _cut(folded, stretch)])


def _folded(text: str) -> str:
    """In lower case with plain apostrophes, and of the same length, so that offsets hold."""
    folded = text.lower().replace("\u2019", "'")
    if len(folded) == len(text):
        return folded
    return "".join([char.lower() if len(char.lower()) == 1 else char for char in text])


def _corrected(folded: str, own: list[Stretch]) -> tuple[list[Stretch], bool]:
    """Without what a correction drops, and whether everything was taken back."""
    end = own[-1].end if own else 0
    if sum(stretch.end - stretch.start for stretch in own) > WHOLE_CORRECTED:
        return [_after_correction(folded, stretch) for stretch in own], False
    correction = last_correction(folded, 0, end)
    if correction is None:
        return own, False
    if correction.withdraws:
        return [Stretch(correction.start, correction.end)], True
    start = correction.end
    return [Stretch(max(s.start, start), s.end) for s in own if s.end > start], False


def _after_correction(folded: str, stretch: Stretch) -> Stretch:
    correction = last_correction(folded, stretch.start, stretch.end)
    return stretch if correction is None or correction.withdraws else Stretch(correction.end, stretch.end)


def _cut(folded: str, stretch: Stretch) -> Iterator[Segment]:
    """Clauses of one stretch, those of a word or two joined to the next."""
    start = stretch.start
    for end, next_start in (*_breaks(folded, stretch), (stretch.end, stretch.end)):
        words = len(WORD.findall(folded, start, end))
        if words < MIN_WORDS and end < stretch.end:
            continue
        for window in _windows(folded, start, end) if words > MAX_WORDS else (Stretch(start, end),):
            yield Segment(*window, ASKS.search(folded, *window) is not None)
        start = next_start


def _breaks(folded: str, stretch: Stretch) -> Iterator[Stretch]:
    return (Stretch(*found.span()) for found in BREAK.finditer(folded, *stretch))


def _windows(folded: str, start: int, end: int) -> Iterator[Stretch]:
    """Pieces of at most `WINDOW_WORDS` words of a long clause, cut before the last filler that fits."""
    fillers = {found.end() for found in FILLER.finditer(folded, start, end)}
    words = [found.span() for found in WORD.finditer(folded, start, end)]
    while len(words) > WINDOW_WORDS:
        places = [place for place in range(WINDOW_WORDS // 3, WINDOW_WORDS) if words[place][0] in fillers]
        place = places[-1] if places else WINDOW_WORDS
        yield Stretch(words[0][0], words[place - 1][1])
        words = words[place:]
    yield Stretch(words[0][0], words[-1][1])


def _most_telling(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The opening, then requests and questions, then whatever else there is room for; in the order of the text."""
    ranked = sorted(enumerate(segments), key=lambda item: (item[0] >= FIRST_KEPT and not item[1].asks, item[0]))
    return tuple([segment for _, segment in sorted(ranked[:MAX_SEGMENTS])])


def _abridged(utterance: str, segments: Sequence[Segment]) -> str:
    """Requests and questions, then the opening, as far as there is room; in the order of the text."""
    room = GIST_CHARACTERS
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: (not segment.asks, segment.start)):
        room -= segment.end - segment.start
        kept += [segment] if room >= 0 or not kept else []
    return " ".join([utterance[segment.start : segment.end] for segment in sorted(kept)])
