"""The customer's own words of a mail, without quoted replies, signatures, disclaimers, and greetings.

Works line by line, by the habits of mail programs in fifteen languages. A forwarded message is read if the
words above it only point at it. A mail of quotations and signatures alone is kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from service.hear.closing import is_closing
from service.hear.disclaimer import DISCLAIMER, may_disclaim
from service.hear.mail_introduction import Introduction, introductions_of
from service.hear.mail_phrase import (
    DEVICE,
    GREETING,
    POSTSCRIPT,
    SIGN_OFF,
    SUBJECT,
    WEAK_SIGN_OFF,
    is_header,
)
from service.hear.mapped_text import Edit, MappedText, Stretch, trimmed
from service.hear.passed_on import AT_A_MESSAGE, AT_SOMETHING, FORWARD_SUBJECT, FORWARDED, POINTING, only_points

LONGEST_MARK = 200
"""Characters of a line above which it is prose."""
LONGEST_NAME = 60
"""Characters of the longest "Kind regards", and of the longest name below it."""
SHORTEST_BROKEN = 40
"""Characters from which a line before one in lower case was broken to fit."""
LINES_OF_HEAD, LINES_OF_TAIL = 300, 100
"""Lines that are looked at from both ends of a message."""
MOST_HEADERS = 12
MOST_PASSED_ON = 4
"""Messages inside of each other that are looked into for one that says something."""

_LINE = re.compile(r"^[ \t]*+(?=\S)[^\n]++", re.MULTILINE)
_QUOTED = re.compile(r"\s*(?:>|&gt;)")
_QUOTE_MARK = re.compile(r"\s{0,9}(?:>|&gt;)[ \t]{0,9}")
_RULE = re.compile(r"[-_=*~#]{3,}$")
_PREFIX = re.compile(r"(?:(?:re|aw|fwd?|wg|tr|rv|enc|sv|vb|vl|doorst|antw|odp|pd)\s?:\s{0,3}){1,4}", re.IGNORECASE)
"""Of a subject that stands on a line without a label."""


class OwnWords(NamedTuple):
    """Lines of the customer, and whether lines between head and tail were left out."""

    lines: list[Stretch]
    is_cut: bool = False


def own_words(text: str) -> OwnWords:
    """Return lines without blank ends, at least one of any text with words."""
    introductions = introductions_of(text)
    thread = _thread(text, introductions)
    lines, is_cut = _lines(text, 0, thread.start if thread else len(text))
    own = [] if _is_forward_alone(text, introductions) else _own(text, lines, introductions)
    if introductions and not own and not _is_forwarded(text, introductions):
        own = _thanks(text, lines)
    if introductions and _points(text, own, introductions):
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
    """Return whether a line is a mark of a mail program."""
    if words[0] in ">&" and _QUOTED.match(words):
        return True
    if len(words) > LONGEST_MARK:
        return False
    if DEVICE.match(words) or _RULE.match(words):
        return True
    if not is_opening:
        return False
    is_detail = is_header(words) and SUBJECT.match(words) is None
    return is_detail or GREETING.fullmatch(words) is not None


def _ends_letter(words: str, below: Stretch | None) -> bool:
    if len(words) > LONGEST_NAME:
        return False
    if SIGN_OFF.fullmatch(words):
        return True
    is_thanks = WEAK_SIGN_OFF.fullmatch(words) is not None
    return is_thanks and (below is None or below.end - below.start <= LONGEST_NAME)


def _start_of_sentence(words: str, offset: int) -> int:
    return max(words.rfind(". ", 0, offset), words.rfind("! ", 0, offset), words.rfind("? ", 0, offset)) + 1


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
            starts.add(place + _blanks(text, place, end))
            place = text.find("\n", place, end) + 1 or end
    return starts


def _is_forwarded(text: str, introductions: Sequence[Introduction]) -> bool:
    """Return whether a mail program says so, above the message or in the subject."""
    return FORWARD_SUBJECT.match(text) is not None or any(
        FORWARDED.search(text, found.start, found.end) for found in introductions[:MOST_PASSED_ON] if not found.is_reply
    )


def _is_forward_alone(text: str, introductions: Sequence[Introduction]) -> bool:
    """Return whether a forwarded message begins the text."""
    first = introductions[0] if introductions else None
    return (
        first is not None
        and not text[: first.start].strip()
        and FORWARDED.search(text, first.start, first.end) is not None
    )


def _thanks(text: str, lines: Sequence[Stretch]) -> list[Stretch]:
    """Thanks above a reply, which are all that is said."""
    found = [(line.start, WEAK_SIGN_OFF.fullmatch(text[line.start : line.end][:LONGEST_NAME])) for line in lines]
    thanks = [Stretch(start, start + match.end("thanks")) for start, match in found if match]
    return [each for each in thanks if is_closing(text[each.start : each.end])]


def _points(text: str, own: Sequence[Stretch], introductions: Sequence[Introduction]) -> bool:
    """Return whether the customer's lines only point at the message below."""
    is_reply = all(found.is_reply for found in introductions)
    said = [text[line.start : line.end] for line in own if not _is_subject(text, line)]
    if not said:
        return not is_reply
    at = AT_A_MESSAGE if is_reply else POINTING if _is_forwarded(text, introductions) else AT_SOMETHING
    return only_points(said, at=at)


def _blanks(text: str, start: int, end: int) -> int:
    line = text[start:end].partition("\n")[0]
    return len(line) - len(line.lstrip())


def _is_subject(text: str, line: Stretch) -> bool:
    return bool(SUBJECT.match(text, *line) or FORWARD_SUBJECT.match(text, *line))


def _forwarded(text: str, thread: Introduction | None, introductions: Sequence[Introduction]) -> list[Stretch]:
    """Return the own words of the message that was passed on, or of one that was passed on in it."""
    inside = [found for found in introductions if thread is None or found.start >= thread.start]
    words: list[Stretch] = []
    for _ in range(MOST_PASSED_ON):
        if not inside:
            break
        words, inside = _first_message(text, inside)
        if not _points(text, words, inside or introductions):
            break
    return words


def _first_message(text: str, introductions: Sequence[Introduction]) -> tuple[list[Stretch], list[Introduction]]:
    """Return the own words of the first message that is introduced, and the introductions of later ones."""
    end_of_head = introductions[0].end
    for found in introductions[1:]:
        # the dashes, and then the head of the message
        if text[end_of_head : found.start].strip("> \t\n"):
            break
        end_of_head = found.end
    if not introductions[0].is_reply:
        end_of_head = _end_of_headers(text, end_of_head)
    rest = [found for found in introductions if found.start >= end_of_head]
    is_quoted = _QUOTED.match(text, end_of_head) is not None
    later = next((found.start for found in rest), len(text))
    lines, _ = _lines(text, end_of_head, later)
    lines = [_unmarked(text, line) for line in lines] if is_quoted else lines
    return _own(text, [line for line in lines if line.start < line.end], rest), rest


def _end_of_headers(text: str, start: int) -> int:
    """Behind the headers that begin here, in any order."""
    end = start
    for line in islice(_LINE.finditer(text, start), MOST_HEADERS):
        if not is_header(text[line.start() : line.end()].lstrip("> \t")):
            break
        end = line.end()
    return end


def _unmarked(text: str, line: Stretch) -> Stretch:
    mark = _QUOTE_MARK.match(text, line.start, line.end)
    return trimmed(text, Stretch(mark.end(), line.end)) if mark else line


def _without_labels(text: str, lines: Sequence[Stretch]) -> list[Stretch]:
    """Return lines without the words "Subject:" and "Fwd:" before a subject, which counts itself."""
    kept: list[Stretch] = []
    for start, end in lines:
        has_label = not kept and text.find(":", start, min(start + 20, end)) > 0
        label = (SUBJECT.match(text, start, end) or _PREFIX.match(text, start, end)) if has_label else None
        place = label.end() if label and label.end() < end else start
        kept.append(Stretch(place, end))
    return kept


def _lines(text: str, start: int, end: int) -> OwnWords:
    """Return the lines with words, without blank ends. Of a very long message, return its head and its tail."""
    found = [match.span() for match in _LINE.finditer(text, start, end)]
    is_cut = len(found) > LINES_OF_HEAD + LINES_OF_TAIL
    if is_cut:
        found = [*found[:LINES_OF_HEAD], *found[-LINES_OF_TAIL:]]
    return OwnWords([trimmed(text, Stretch(*span)) for span in found], is_cut)
