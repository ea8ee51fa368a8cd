"""Cuts a text where one errand may end and another begin: the text to classify as a whole, and its clauses.

Pure, and in time linear in the text. Offsets are those of the redacted utterance, whose lines are the paragraphs that
hearing found. All expressions are for text that went through `_folded`, which is several times faster than ignoring
case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.understand.correction import last_correction

MAX_LINES = 400
"""Lines that are looked at."""
MAX_SEGMENTS = 11
"""Clauses that are read. With the whole text a message takes twelve calls of the encoder at most."""
MAX_WORDS = 28
"""Words of a segment above which it is cut into windows. Sentences are seldom longer."""
WINDOW_WORDS = 18
MIN_WORDS = 3
"""Words below which a segment joins the next: "Yes." or "One thing:" has no goal of its own."""
FIRST_KEPT = 3
"""Segments of the opening that are kept however many follow."""
GIST_CHARACTERS = 560
"""About as much as the encoder reads. Of a longer text its requests and questions stand for the whole."""
WHOLE_CORRECTED = 400
"""Characters up to which a correction drops all that stands before it. In a longer text it drops its paragraph."""


class Passage(NamedTuple):
    """Offsets in an utterance, end exclusive."""

    start: int
    end: int


class Segment(NamedTuple):
    """A clause."""

    start: int
    end: int
    asks: bool
    """Reads like a request or a question, as opposed to the story around one."""
    is_courtesy: bool = False
    """A greeting, thanks or an apology for writing."""


class Outline(NamedTuple):
    """The texts to classify of one utterance."""

    gist: str
    """Stands for the whole."""
    passages: tuple[Passage, ...]
    """Places of the gist in the utterance."""
    segments: tuple[Segment, ...] = ()
    """Clauses to classify one by one. Empty if the gist is a single clause."""
    is_abridged: bool = False
    """The gist leaves something out."""
    is_withdrawn: bool = False
    """Ends in "never mind"."""


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
ASKS = re.compile(
    rf"\?|\b{ASKING}|\b(?:let\ me\ know|require|demand|request|requesting|help|won't|not\ working|doesn't\ work)\b"
    r"|\b(?:i|we)\ (?:can't|cannot|can\ not|cant)\b",
    re.VERBOSE,
)
SECOND = r"(?:another|the\ other|the\ second)\ (?:thing|question)(?:\ is)?"
SUBJECT = r"(?:i|i'm|i've|we|we're|my|our|there|there's|he|she|they|someone|somebody|it's|the|this)"
BREAK = re.compile(
    rf"""(?<=[.!?\u2026])["')\]]{{0,3}}\s+ | ;\s{{1,9}} | :\s{{1,9}}(?={ASKING}) | \s[\u2013\u2014-]{{1,2}}\s{{1,9}}
      | (?:,\s{{0,9}}|\s{{1,9}})(?:oh\ )?(?:and|but|plus|then|so)\ (?:(?:also|then|secondly|{SECOND}),?\ )?(?={ASKING})
      | (?:,\s{{0,9}}|\s{{1,9}})(?:(?:and|oh|but|plus|then)\ (?:also|secondly|{SECOND})|as\ well\ as)\b,?\s{{1,9}}
      | \s{{0,9}}[/&+]\s{{0,9}}(?={ASKING}) | (?:^|\s)(?:[-*\u2022]|\d{{1,2}}[.)])\s{{1,9}}
      | ,\s{{1,9}}(?={ASKING}) | ,\s{{1,9}}(?=(?:and\ |but\ |so\ )?{SUBJECT}\s\S+\s\S+)
      | \s{{1,9}}(?:and|but)\ (?={SUBJECT}\s\S+\s\S+)
      | \s{{1,9}}(?=(?:um+\ so|so\ um+|oh\ and|but\ then|and\ um+|so\ anyway)\b)""",
    re.VERBOSE,
)
NEGATION = re.compile(r"\b(?:not|no|never|don't|dont|doesn't|didn't|isn't|without)\b")
COMMA = re.compile(r",\s{1,9}")
FILLER = re.compile(r"[\s,]{1,9}(?=(?:and|but|so|um+|uh+|erm?|anyway|because|cos|then|oh|well|you know|i mean)\b)")
SIGN = re.compile(
    r"[\n;:/&\u2013\u2014\u2026]|[.!?,]\s|\s-{1,2}\s|\b(?:and|but|plus|then|also|cos|because|so|um|well|wait|actually"
    r"|mind|forget|scrap|scratch|ignore|disregard|thought|meant|hang on|hold on)\b|\b\d[.)]\s"
)
"""In every text that has a second clause or a correction, and cheap."""
COURTESY = re.compile(
    r"""\W*+(?:(?:hi|hello|hey|hiya|dear|good\ (?:day|morning|afternoon|evening)|morning|greetings|there|team|sir
        |madam|or|and|to|you|everyone|folks|again|so|ok|okay|right|well|um|uh|er|yeah|yes|please|sorry|thanks|thank|thx|cheers
        |ta|many|very|much|ever|for|your|the|help|time|trouble|advance|in|kind|best|warm|regards|wishes|bye|now|have|a|nice
        |i|we|hope|trust|are|is|keeping|doing|all|fine|bother|disturb|excuse|me|my|quick|one|question|just|appreciated
        |looking|look|forward|hearing|from|soon|that|would|be|great|appreciate|it|patience|understanding)\b\W*+)++""",
    re.VERBOSE,
)
"""Words of which nothing but courtesies are made."""
LONGEST_COURTESY = 90
WORD = re.compile(r"\S+")


def outline(utterance: str) -> Outline:
    """The texts to classify of an utterance. A text without any sign of a second clause is one text."""
    folded = _folded(utterance)
    if not SIGN.search(folded):
        return Outline(utterance, (Passage(0, len(utterance)),))
    own, is_withdrawn = _corrected(folded, _lines(utterance))
    cut = [segment for passage in own for segment in _cut(folded, passage)]
    telling = [segment for segment in cut if not segment.is_courtesy] or cut
    passages = _joined(telling) if len(telling) < len(cut) else own
    text = " ".join([utterance[start:end] for start, end in passages])
    is_abridged = len(text) > GIST_CHARACTERS
    return Outline(
        gist=_abridged(utterance, telling) if is_abridged else text,
        passages=tuple(passages),
        segments=_most_telling(telling) if len(telling) > 1 else (),
        is_abridged=is_abridged,
        is_withdrawn=is_withdrawn,
    )


def segments(utterance: str, passages: Sequence[Passage]) -> tuple[Segment, ...]:
    """Clauses of some passages, at most `MAX_SEGMENTS`, in the order of the text."""
    folded = _folded(utterance)
    return _most_telling([segment for passage in passages for segment in _cut(folded, passage)])


def _lines(utterance: str) -> list[Passage]:
    """Lines that are not blank, the first and the last ones of very many."""
    lines = [Passage(*found.span()) for found in re.finditer(r"\S[^\n]*", utterance)]
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 100], *lines[-100:]]


def _joined(segments: Sequence[Segment]) -> list[Passage]:
    return [Passage(segment.start, segment.end) for segment in segments]


def _folded(text: str) -> str:
    """In lower case with plain apostrophes, and of the same length, so that offsets hold."""
    folded = text.lower().replace("\u2019", "'")
    if len(folded) == len(text):
        return folded
    return "".join([char.lower() if len(char.lower()) == 1 else char for char in text])


def _corrected(folded: str, own: list[Passage]) -> tuple[list[Passage], bool]:
    """Without what a correction drops, and whether everything was taken back."""
    end = own[-1].end if own else 0
    if sum(passage.end - passage.start for passage in own) > WHOLE_CORRECTED:
        return [_after_correction(folded, passage) for passage in own], False
    correction = last_correction(folded, 0, end)
    if correction is None:
        return own, False
    if correction.withdraws:
        return [Passage(correction.start, correction.end)], True
    start = correction.end
    return [Passage(max(s.start, start), s.end) for s in own if s.end > start], False


def _after_correction(folded: str, passage: Passage) -> Passage:
    correction = last_correction(folded, passage.start, passage.end)
    return passage if correction is None or correction.withdraws else Passage(correction.end, passage.end)


def _cut(folded: str, passage: Passage) -> Iterator[Segment]:
    """Clauses of one passage, those of a word or two joined to the next."""
    start = passage.start
    for end, next_start in (*_breaks(folded, passage), (passage.end, passage.end)):
        words = len(WORD.findall(folded, start, end))
        if words < MIN_WORDS and end < passage.end:
            continue
        for window in _windows(folded, start, end) if words > MAX_WORDS else (Passage(start, end),):
            yield Segment(*window, ASKS.search(folded, *window) is not None, _is_courtesy(folded, *window))
        start = next_start


def _breaks(folded: str, passage: Passage) -> list[Passage]:
    """Places between clauses. After a negation every comma is one: "not a refund, a new one please"."""
    found = [Passage(*each.span()) for each in BREAK.finditer(folded, *passage)]
    negated = NEGATION.search(folded, *passage)
    if negated is not None:
        taken = {each.start for each in found}
        commas = (Passage(*each.span()) for each in COMMA.finditer(folded, negated.start(), passage.end))
        found += [each for each in commas if each.start not in taken]
    return sorted(found)


def _is_courtesy(folded: str, start: int, end: int) -> bool:
    return end - start <= LONGEST_COURTESY and COURTESY.fullmatch(folded, start, end) is not None


def _windows(folded: str, start: int, end: int) -> Iterator[Passage]:
    """Pieces of at most `WINDOW_WORDS` words of a long clause, cut before the last filler that fits."""
    fillers = {found.end() for found in FILLER.finditer(folded, start, end)}
    words = [found.span() for found in WORD.finditer(folded, start, end)]
    while len(words) > WINDOW_WORDS:
        places = [place for place in range(WINDOW_WORDS // 3, WINDOW_WORDS) if words[place][0] in fillers]
        place = places[-1] if places else WINDOW_WORDS
        yield Passage(words[0][0], words[place - 1][1])
        words = words[place:]
    yield Passage(words[0][0], words[-1][1])


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
