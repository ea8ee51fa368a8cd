"""The customer's own words of a mail: no quoted replies, signatures, disclaimers, or greetings.

Works line by line, by the habits of mail programs in fifteen languages. A forwarded message is read if nothing else
is said. If nothing would be left, everything is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from service.hear.disclaimer import DISCLAIMER, may_disclaim
from service.hear.mail_phrase import (
    DATED_SENDER,
    DEVICE,
    FORWARD_WORDS,
    GREETING,
    HEADER,
    OPENER,
    POSTSCRIPT,
    SENDER_LINE,
    SEPARATOR,
    SIGN_OFF,
    SUBJECT,
    WEAK_SIGN_OFF,
    WROTE,
)
from service.hear.mapped_text import Edit, MappedText, Stretch, trimmed

LONGEST_MARK = 200
"""Characters of a line above which it is prose."""
LONGEST_NAME = 60
"""Characters of a line above which it is neither "Kind regards" nor the name below it."""
SHORTEST_BROKEN = 40
"""Characters from which a line before one in lower case was broken to fit, and not ended."""
LINES_OF_HEAD, LINES_OF_TAIL = 300, 100
"""Lines that are looked at from both ends of a message."""
LOOK_BACK = 240
"""Characters before "wrote:" in which its introduction begins."""
MOST_INTRODUCTIONS = 200

_LINE = re.compile(r"^[ \t]*+(?=\S)[^\n]++", re.MULTILINE)
_QUOTED = re.compile(r"\s*(?:>|&gt;)")
_QUOTE_MARK = re.compile(r"\s{0,9}(?:>|&gt;)[ \t]{0,9}")
_RULE = re.compile(r"[-_=*~#]{3,}$")
_SHORT_HEADER = re.compile(r"[^\n:]{2,20}:\s?\S")


class Introduction(NamedTuple):
    """What stands above an earlier message."""

    start: int
    end: int
    is_reply: bool
    """Introduces a quotation ("On Monday Shop wrote:"), not a whole message."""


class OwnWords(NamedTuple):
    """Lines of the customer, and whether lines between head and tail were left out."""

    lines: list[Stretch]
    is_cut: bool = False


def own_words(text: str) -> OwnWords:
    """Return lines without blank ends; none for a blank text only."""
    introductions = _introductions(text)
    thread = _thread(text, introductions)
    lines, is_cut = _lines(text, 0, thread.start if thread else len(text))
    own = _own(text, lines, introductions)
    is_passed_on = any(not found.is_reply for found in introductions)
    if (is_passed_on and not own) or (introductions and own and _only_forwards(text, own)):
        forwarded = _forwarded(text, thread, introductions)
        if forwarded:
            return OwnWords(forwarded)
    if not own:
        own, is_cut = _lines(text, 0, len(text))
    return OwnWords(_without_labels(text, own), is_cut)


def mail_body(source: MappedText) -> tuple[MappedText, bool]:
    """Return the customer's own words, a paragraph a line, and whether the middle was left out."""
    own = own_words(source.text)
    body = source.lines_of(own.lines)
    return body.edited(_line_breaks(body.text)), own.is_cut


def _line_breaks(text: str) -> Iterator[Edit]:
    """Line breaks in the middle of a sentence, made by a mail program to fit."""
    above = 0
    for found in re.finditer("\n", text):
        place = found.start()
        if place - above >= SHORTEST_BROKEN and text[place + 1 : place + 2].islower():
            yield Edit(place, place + 1, " ")
        above = place + 1


def _own(text: str, lines: Sequence[Stretch], introductions: Sequence[Introduction]) -> list[Stretch]:
    own: list[Stretch] = []
    introduces = _lines_of(text, introductions)
    is_over, is_opening = False, True
    for line, below in zip_longest(lines, lines[1:]):
        words = text[line.start : line.end]
        is_over = POSTSCRIPT.match(words) is None and (is_over or _ends_letter(words, below))
        if is_over or line.start in introduces or _is_mark(words, is_opening=is_opening):
            continue
        is_opening = is_opening and SUBJECT.match(words) is not None
        disclaimer = DISCLAIMER.search(words) if may_disclaim(words) else None
        if disclaimer is None:
            own.append(line)
            continue
        before = trimmed(text, Stretch(line.start, line.start + _start_of_sentence(words, disclaimer.start())))
        own += [before] if before.start < before.end else []
        is_over = bool(own)
    return own


def _is_mark(words: str, *, is_opening: bool) -> bool:
    """Return whether a line says nothing of an errand."""
    if words[0] in ">&" and _QUOTED.match(words):
        return True
    if len(words) > LONGEST_MARK:
        return False
    if DEVICE.match(words) or _RULE.match(words):
        return True
    if not is_opening:
        return False
    is_header = HEADER.match(words) is not None and SUBJECT.match(words) is None
    return is_header or GREETING.fullmatch(words) is not None


def _ends_letter(words: str, below: Stretch | None) -> bool:
    if len(words) > LONGEST_NAME:
        return False
    if SIGN_OFF.fullmatch(words):
        return True
    is_thanks = WEAK_SIGN_OFF.fullmatch(words) is not None
    return is_thanks and (below is None or below.end - below.start <= LONGEST_NAME)


def _start_of_sentence(words: str, offset: int) -> int:
    return max(words.rfind(". ", 0, offset), words.rfind("! ", 0, offset), words.rfind("? ", 0, offset)) + 1


def _introductions(text: str) -> list[Introduction]:
    """What may introduce earlier messages, in the order of the text; a bounded number."""
    found = [Introduction(*match.span(), is_reply=False) for match in SEPARATOR.finditer(text)]
    if ":" in text:
        found += [*_header_blocks(text), *_written(text)]
        found += [Introduction(*match.span(), is_reply=True) for match in DATED_SENDER.finditer(text)]
    return sorted(found)[:MOST_INTRODUCTIONS]


def _header_blocks(text: str) -> Iterator[Introduction]:
    """A sender above at least two more lines of a mail's head."""
    for count, sender in enumerate(SENDER_LINE.finditer(text)):
        if count >= MOST_INTRODUCTIONS:
            return
        end, headers = sender.end(), 0
        for line in _LINE.finditer(text, min(end + 1, len(text)), min(end + 1200, len(text))):
            words = text[line.start() : line.end()].lstrip("> \t")
            if headers >= 6 or not HEADER.match(words):
                break
            headers, end = headers + 1, line.end()
        if headers >= 2:
            yield Introduction(sender.start(), end, is_reply=False)


def _written(text: str) -> Iterator[Introduction]:
    """ "On Monday Shop wrote:", on one line, on two, or in the middle of a text that lost its line breaks."""
    for count, verb in enumerate(WROTE.finditer(text)):
        if count >= MOST_INTRODUCTIONS:
            return
        start = _start_of_introduction(text, verb.start())
        if re.search(r"[\d<]", text[start : verb.end()]):
            yield Introduction(start, verb.end(), is_reply=True)


def _start_of_introduction(text: str, verb: int) -> int:
    line = text.rfind("\n", 0, verb) + 1
    above = text.rfind("\n", 0, max(line - 1, 0)) + 1
    earliest = max(verb - LOOK_BACK, above if verb - line <= 80 else line, 0)
    openers = list(OPENER.finditer(text, earliest, verb))
    if openers:
        return openers[-1].start()
    is_dated = re.search(r"[\d<]", text[line:verb]) is not None
    return line if is_dated or not re.search(r"\d", text[above:line]) else above


def _thread(text: str, introductions: Iterable[Introduction]) -> Introduction | None:
    """Return the introduction of a message that takes the rest.

    A quotation marked line by line ends, and words may follow it. Headers at the top are those of this mail.
    """
    for found in introductions:
        is_marked = found.is_reply and _QUOTED.match(text, found.end) and _starts_line(text, found.start)
        is_quoted = _QUOTED.match(text, text.rfind("\n", 0, found.start) + 1)
        is_first = not text[: found.start].strip()
        if not is_marked and not is_quoted and not is_first:
            return found
    return None


def _starts_line(text: str, offset: int) -> bool:
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip()


def _lines_of(text: str, introductions: Iterable[Introduction]) -> set[int]:
    """Return where the lines of introductions begin, as offsets."""
    starts = set()
    for start, end, _ in introductions:
        place = start
        while 0 <= place < end:
            starts.add(trimmed(text, Stretch(place, end)).start)
            place = text.find("\n", place, end) + 1 or end
    return starts


def _only_forwards(text: str, own: Sequence[Stretch]) -> bool:
    """Return whether all that is said is "see below"."""
    words = [text[start:end].strip(" .,!?:;-") for start, end in own if not SUBJECT.match(text, start, end)]
    return len(words) <= 3 and all(FORWARD_WORDS.fullmatch(line[:120]) for line in words)


def _forwarded(text: str, thread: Introduction | None, introductions: Sequence[Introduction]) -> list[Stretch]:
    """Return the own words of the message that was passed on."""
    inside = [found for found in introductions if thread is None or found.start >= thread.start]
    if not inside:
        return []
    first = inside[0]
    end_of_head = first.end
    for found in inside[1:]:
        # the dashes, and then the head of the message
        if text[end_of_head : found.start].strip("> \t\n"):
            break
        end_of_head = found.end
    rest = [found for found in inside if found.start >= end_of_head]
    is_quoted = _QUOTED.match(text, end_of_head) is not None
    lines, _ = _lines(text, end_of_head, len(text))
    lines = [_unmarked(text, line) for line in lines] if is_quoted else lines
    lines = [line for line in lines if line.start < line.end]
    later = next((found.start for found in rest), len(text))
    return _own(text, [line for line in lines if line.start < later], rest)


def _unmarked(text: str, line: Stretch) -> Stretch:
    mark = _QUOTE_MARK.match(text, line.start, line.end)
    return trimmed(text, Stretch(mark.end(), line.end)) if mark else line


def _without_labels(text: str, lines: Sequence[Stretch]) -> list[Stretch]:
    """Subjects count, the word "Subject:" does not."""
    kept: list[Stretch] = []
    for start, end in lines:
        label = (
            SUBJECT.match(text, start, end) if not kept and text.find(":", start, min(start + 20, end)) > 0 else None
        )
        place = label.end() if label and label.end() < end else start
        kept.append(Stretch(place, end))
    return kept


def _lines(text: str, start: int, end: int) -> OwnWords:
    """Lines that are not blank, without blank ends; of a very long message its head and its tail."""
    found = [match.span() for match in _LINE.finditer(text, start, end)]
    is_cut = len(found) > LINES_OF_HEAD + LINES_OF_TAIL
    if is_cut:
        found = [*found[:LINES_OF_HEAD], *found[-LINES_OF_TAIL:]]
    return OwnWords([trimmed(text, Stretch(*span)) for span in found], is_cut)
