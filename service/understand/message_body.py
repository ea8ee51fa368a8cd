"""Which stretches of a text its customer wrote for this contact: no quoted replies, signatures, disclaimers, greetings.

Line by line, by the habits of English mail programs. Where nothing would be left, the whole text is the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

LONGEST_MARK = 200
"""Characters of a line above which it is prose."""
LONGEST_NAME = 60
"""Characters of a line above which it is neither "Kind regards" nor the name below it."""
SHORTEST_BROKEN = 40
"""Characters from which a line before one in lower case was broken to fit, and not ended."""


class Stretch(NamedTuple):
    """Offsets in an utterance, end exclusive."""

    start: int
    end: int


THREAD = re.compile(
    r"""^[ \t]*(?:
          -{2,}[ ]?(?:original|forwarded)[ ]message[ ]?-{2,}
        | begin[ ]forwarded[ ]message:
        | from:[^\n]{1,200}\n(?:[ \t]*(?:sent|date|to|cc|reply-to|subject):[^\n]{0,300}\n){2}
        )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""Where somebody else's message begins that is quoted to the end."""
WROTE = re.compile(r"\bOn (?=[^\n]{0,60}[\d<])[^\n]{6,160}(?:\n[^\n]{0,80})?\bwrote:")
"""What mail programs put above a quoted reply; they break it in two where it is long."""
QUOTED = re.compile(r"\s*(?:>|&gt;)")
HEADER = re.compile(r"(?:from|sent|date|to|cc|bcc|reply-to):", re.IGNORECASE)
NAMES = r"""(?:[\s,]+(?:<\w+>|[A-Z][\w.'\u2019-]*
    |(?i:there|team|all|everyone|folks|guys|again|sir|madam|sirs|or|and|the))){0,5}"""
GREETING = re.compile(
    rf"""(?:(?i:dear)(?:[\s,]+[^\s,.!?]+){{1,6}}
      |(?i:hi|hello|hey|hiya|good\ (?:morning|afternoon|evening|day)|greetings|to\ whom\ it\ may\ concern){NAMES}
      )[\s,.!:\u2013-]*""",
    re.VERBOSE,
)
SIGN_OFF = re.compile(
    rf"""(?i:--|(?:with\ )?(?:(?:kind|kindest|best|warm|warmest|many)\ )?(?:regards|wishes)
      |(?:yours\ )?(?:very\ )?(?:sincerely|faithfully|truly|respectfully)(?:\ yours)?|yours){NAMES}[\s,.!-]*""",
    re.VERBOSE,
)
WEAK_SIGN_OFF = re.compile(
    rf"""(?i:(?:many\ )?thanks(?:\ again|\ a\ lot|\ in\ advance|\ so\ much|\ and\ regards)?
      |thank\ you(?:\ very\ much|\ in\ advance|\ so\ much|\ for\ your\ (?:help|time|assistance))?
      |cheers|thx|best|all\ the\ best|rgds|br)[,.!]*{NAMES}[\s,.!-]*""",
    re.VERBOSE,
)
"""May also stand above the errand, so that a name or nothing has to follow."""
POSTSCRIPT = re.compile(r"p\.? ?(?:p\.? ?)?s\b[.:, -]", re.IGNORECASE)
DEVICE = re.compile(
    r"(?:sent (?:from|via|with) (?:my|the|a|yahoo|outlook|proton|gmail)|get outlook for)\b", re.IGNORECASE
)
DISCLAIMER = re.compile(
    r"""\b(?:this|the)\ (?:e-?mail|message|communication|transmission)\b[^.\n]{0,100}
          \b(?:confidential|privileged|intended)\b
      | \bif\ you\ (?:are\ not\ the\ (?:intended|named)|(?:have\ )?received\ this)\b
      | \bintended\ (?:solely\ |only\ |exclusively\ )?for\ the\ (?:use|attention|addressee|named|individual|recipient)
      | \bconfidentiality\ notice\b
      | \bconsider\ the\ (?:environment|planet)\ before\b
      | \bto\ (?:unsubscribe|opt\ out|stop\ receiving)\b[^.\n]{0,80}\b(?:click|follow|visit|link|reply|go\ to)\b
      | \byou\ (?:are\ receiving|(?:have\ )?received)\ this\ (?:e-?mail|message)\ because\b
      | \bregistered\ (?:office|in\ (?:england|scotland|ireland))\b
      | \bthis\ e-?mail\ (?:originated|was\ sent)\ from\ (?:outside|an?\ external)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def letter(utterance: str) -> list[Stretch]:
    """Lines, and paragraphs where lines were only broken to fit, without blank ends; empty for a blank text only."""
    own = _own(utterance, _lines(utterance, 0, _end_of_own_words(utterance)))
    return _unwrapped(utterance, own or _lines(utterance, 0, len(utterance)))


def _own(utterance: str, lines: Sequence[Stretch]) -> list[Stretch]:
    own: list[Stretch] = []
    introductions = _introductions(utterance)
    is_over = False
    for line, below in zip_longest(lines, lines[1:]):
        text = utterance[line.start : line.end]
        is_over = not POSTSCRIPT.match(text) and (is_over or _ends_letter(text, below))
        if is_over or line.start in introductions or _is_mark(text, is_opening=not own):
            continue
        disclaimer = DISCLAIMER.search(text)
        if disclaimer is not None:
            before = _start_of_sentence(text, disclaimer.start())
            own += _lines(utterance, line.start, line.start + before)
        else:
            own.append(line)
        is_over = disclaimer is not None and bool(own)
    return own


def _unwrapped(utterance: str, lines: Sequence[Stretch]) -> list[Stretch]:
    paragraphs: list[Stretch] = []
    for line in lines:
        above = paragraphs[-1] if paragraphs else line
        is_broken = _last_line_length(utterance, above) >= SHORTEST_BROKEN and utterance[line.start].islower()
        if is_broken and utterance.count("\n", above.end, line.start) == 1:
            paragraphs[-1] = Stretch(above.start, line.end)
        else:
            paragraphs.append(line)
    return paragraphs


def _last_line_length(utterance: str, stretch: Stretch) -> int:
    return stretch.end - max(utterance.rfind("\n", stretch.start, stretch.end) + 1, stretch.start)


def _end_of_own_words(utterance: str) -> int:
    """Where a quoted thread takes the rest. A quotation marked line by line ends, and words may follow it."""
    for found in _in_order(THREAD.finditer(utterance), WROTE.finditer(utterance)):
        start = found.start()
        is_marked = found.re is WROTE and QUOTED.match(utterance, found.end()) and _starts_line(utterance, start)
        if not is_marked and utterance[:start].strip():
            return start
    return len(utterance)


def _in_order(*matches: Iterator[re.Match[str]]) -> list[re.Match[str]]:
    return sorted((match for each in matches for match in each), key=lambda match: match.start())


def _introductions(utterance: str) -> set[int]:
    """Offsets of the lines that introduce a quotation."""
    starts = set()
    for found in WROTE.finditer(utterance):
        starts.add(found.start())
        broken = found[0].rfind("\n")
        if broken >= 0:
            starts.add(_trimmed(utterance, found.start() + broken, found.end()).start)
    return starts


def _is_mark(text: str, *, is_opening: bool) -> bool:
    """Whether a line says nothing of an errand, whoever wrote it."""
    if QUOTED.match(text):
        return True
    if len(text) > LONGEST_MARK:
        return False
    if DEVICE.match(text):
        return True
    return is_opening and (HEADER.match(text) is not None or GREETING.fullmatch(text) is not None)


def _ends_letter(text: str, below: Stretch | None) -> bool:
    if len(text) > LONGEST_NAME:
        return False
    if SIGN_OFF.fullmatch(text):
        return True
    is_thanks = WEAK_SIGN_OFF.fullmatch(text) is not None
    return is_thanks and (below is None or below.end - below.start <= LONGEST_NAME)


def _start_of_sentence(text: str, offset: int) -> int:
    return max(text.rfind(". ", 0, offset), text.rfind("! ", 0, offset), text.rfind("? ", 0, offset)) + 1


def _starts_line(utterance: str, offset: int) -> bool:
    return not utterance[utterance.rfind("\n", 0, offset) + 1 : offset].strip()


def _lines(utterance: str, start: int, end: int) -> list[Stretch]:
    """Lines that are not blank, without blank ends."""
    lines = []
    while start < end:
        stop = utterance.find("\n", start, end)
        stop = end if stop < 0 else stop
        line = _trimmed(utterance, start, stop)
        lines += [line] if line.start < line.end else []
        start = stop + 1
    return lines


def _trimmed(utterance: str, start: int, end: int) -> Stretch:
    while start < end and utterance[start].isspace():
        start += 1
    while end > start and utterance[end - 1].isspace():
        end -= 1
    return Stretch(start, end)
