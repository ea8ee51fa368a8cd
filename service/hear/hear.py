"""From a raw message to the customer's own words, with the place of each in the caller's text.

The steps, in order: HTML to text, one form of Unicode, the own words of a mail, of a form, and of a transcript. Then
texts without an errand are told: automatic mail, closing words, greetings, bare answers, keys of a telephone menu.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from operator import eq

from service.hear.automatic import AutomaticEvidence, automatic_evidence
from service.hear.closing import is_closing, is_greeting
from service.hear.encoded_form import encoded_form
from service.hear.form import Form, FormField, form
from service.hear.html import without_html
from service.hear.mail_body import mail_body
from service.hear.mapped_text import MappedText, Stretch
from service.hear.plain_word import ERRAND, NOTABLE, NOTABLE_PAIRS
from service.hear.telephone import is_answer, is_menu_command
from service.hear.transcript import is_wordless, transcript
from service.hear.unicode_form import one_form

MOST_CHARACTERS = 16_000
HEAD, TAIL = 12_000, 4_000
"""Characters that are read of a longer text."""
LONGEST_PLAIN = 200
LONGEST_WITHOUT_ERRAND = 160
"""Characters of the longest greeting or answer."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.?!'£$/-]*+")
"""A line of words, without marks that mean something to a stage."""
_WORD = re.compile(r"[a-z0-9']+|,")
_ASIDE = re.compile(r"[A-Za-z]-[A-Za-z]|--")
_MASKED = re.compile(r"[A-Za-z][!$]+[A-Za-z]|\$[A-Za-z$]")
"""Swear words with marks in place of letters."""


class HeardKind(StrEnum):
    """Texts without an errand."""

    AUTOMATIC = "automatic"
    CLOSING = "closing"
    """Thanks and goodbye only."""
    GREETING = "greeting"
    ANSWER = "answer"
    """Digits, a date, a code, yes, or no: has a meaning beside a question only."""
    NOISE = "noise"
    """Keys and commands of a telephone menu, swearing, or a text without words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The customer's own words of one message."""

    text: str = field(repr=False)
    """One paragraph or clause a line, before redaction."""
    kind: HeardKind | None = None
    evidence: AutomaticEvidence | None = None
    """For automatic mail. Wording alone counts only if all clauses lack a goal. The caller decides that."""
    is_cut: bool = False
    """The text was longer than the limits, and its head and its tail were read."""
    fields: tuple[FormField, ...] = ()
    """Details of a form, as opposed to goals."""
    mapped: MappedText = field(repr=False, compare=False)

    def to_raw(self, start: int, end: int) -> Stretch:
        """Return the place of a part of `text` in the caller's text: code points, end exclusive.

        Holds for any 0 <= start <= end <= len(text).
        """
        return self.mapped.to_raw(start, end)

    def lines(self) -> tuple[Stretch, ...]:
        """Return the places of the lines in `text`."""
        return tuple(Stretch(*found.span()) for found in re.finditer(r"[^\n]+", self.text))


def hear(raw_text: str, *, headers: Mapping[str, str] | None = None) -> Heard:
    """Return the customer's own words, in time linear in the text."""
    seen = MappedText.of(raw_text)
    if not headers and _is_plain(raw_text):
        return Heard(text=raw_text, kind=_kind(raw_text, None), mapped=seen)
    filled = _decoded(seen)
    seen = one_form(filled.words)
    evidence = automatic_evidence(seen.text, headers)
    own, is_cut = _own_words(seen)
    shortened = _shortened(own.words)
    return Heard(
        text=shortened.text,
        kind=_kind(shortened.text, evidence),
        evidence=evidence,
        is_cut=is_cut or shortened is not own.words,
        fields=filled.fields + own.fields,
        mapped=shortened,
    )


def _is_plain(raw_text: str) -> bool:
    """Return whether a text is one line that all stages would leave as it is, by its characters and words."""
    if len(raw_text) > LONGEST_PLAIN or not _PLAIN.fullmatch(raw_text) or raw_text[-1] == " ":
        return False
    words = _WORD.findall(raw_text.lower())
    if not NOTABLE.isdisjoint(words) or ("-" in raw_text and _ASIDE.search(raw_text)):
        return False
    if ("$" in raw_text or "!" in raw_text) and _MASKED.search(raw_text):
        return False
    pairs = [*pairwise(words)]
    # a stutter is a word, or two, that come twice in a row
    stutters = any(map(eq, words, words[1:])) or any(map(eq, pairs, pairs[2:]))
    return not stutters and NOTABLE_PAIRS.isdisjoint(pairs)


def _decoded(raw: MappedText) -> Form:
    """Words without the code of a program: a form's as data, a page's as HTML, or both, one inside of the other."""
    filled = encoded_form(raw)
    if filled is not None:
        return filled._replace(words=without_html(filled.words))
    page = without_html(raw)
    return (None if page is raw else encoded_form(page)) or Form(page)


def _own_words(seen: MappedText) -> tuple[Form, bool]:
    filled = form(seen)
    body, is_cut = mail_body(filled.words)
    return filled._replace(words=transcript(body).trimmed()), is_cut


def _shortened(words: MappedText) -> MappedText:
    """Head and tail of a text beyond the limit."""
    length = len(words.text)
    if length <= MOST_CHARACTERS:
        return words
    return words.lines_of([Stretch(0, HEAD), Stretch(length - TAIL + 1, length)])


def _kind(text: str, evidence: AutomaticEvidence | None) -> HeardKind | None:
    if evidence is not None:
        return HeardKind.AUTOMATIC
    if len(text) > LONGEST_WITHOUT_ERRAND or not ERRAND.isdisjoint(text.lower().split()):
        return None
    if is_menu_command(text) or is_wordless(text):
        return HeardKind.NOISE
    if is_answer(text):
        return HeardKind.ANSWER
    if is_closing(text):
        return HeardKind.CLOSING
    return HeardKind.GREETING if is_greeting(text) else None
