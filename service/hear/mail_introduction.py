"""Lines that stand above an earlier message: separators, heads of mails, "On Monday Shop wrote:"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.hear.mail_phrase import DATED_SENDER, OPENER, SENDER_LINE, WROTE, is_header, separators
from service.hear.mapped_text import lowered

LOOK_BACK = 240
"""Characters before "wrote:" in which its introduction begins."""
MOST_INTRODUCTIONS = 200

_LINE = re.compile(r"^[ \t]*+(?=\S)[^\n]++", re.MULTILINE)


class Introduction(NamedTuple):
    """Lines above an earlier message."""

    start: int
    end: int
    is_reply: bool
    """Introduces a quotation ("On Monday Shop wrote:") and less than a whole message."""


def introductions_of(text: str) -> list[Introduction]:
    """Return the lines that may introduce earlier messages, a bounded number, in the order of the text."""
    found = [Introduction(*match.span(), is_reply=False) for match in separators(text)]
    if ":" in text:
        found += [*_header_blocks(text), *_written(text)]
        found += [Introduction(*match.span(), is_reply=True) for match in DATED_SENDER.finditer(text)]
    return sorted(found)[:MOST_INTRODUCTIONS]


def _header_blocks(text: str) -> Iterator[Introduction]:
    """A sender above at least two more lines of a mail's head."""
    for count, sender in enumerate(SENDER_LINE.finditer(lowered(text))):
        if count >= MOST_INTRODUCTIONS:
            return
        end, headers = sender.end(), 0
        for line in _LINE.finditer(text, min(end + 1, len(text)), min(end + 1200, len(text))):
            words = text[line.start() : line.end()].lstrip("> \t")
            if headers >= 6 or not is_header(words):
                break
            headers, end = headers + 1, line.end()
        if headers >= 2:
            yield Introduction(sender.start(), end, is_reply=False)


def _written(text: str) -> Iterator[Introduction]:
    """ "On Monday Shop wrote:", on one line, on two, or in the middle of a text that lost its line breaks."""
    for count, verb in enumerate(WROTE.finditer(lowered(text))):
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
