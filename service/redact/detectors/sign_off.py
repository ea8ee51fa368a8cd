"""Find names at the end of a message, and in the heads of forwarded mails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.person import name_end
from service.redact.span import Found, Kind, Strength
from service.redact.text import OPAQUE, Text
from service.redact.word import phrase

_SIGN_OFF = phrase(
    "regards wishes sincerely faithfully thanks thank thx cheers truly saludos atentamente cordialement grüße grüßen "
    "gruesse gruessen grüsse grüssen grueße grueßen gruß mfg cordiali signed love take groet groeten groetjes mvh "
    "hilsen hälsning hälsningar terveisin",
    r"\b(?:regards|wishes|sincerely|faithfully|(?:thanks|thank you|thx)(?: in advance| so much| very much| again|"
    r" a lot)?|cheers|truly|saludos|atentamente|cordialement|gr(?:ü|ue)(?:ß|ss)en?|gruß|mfg|cordiali saluti|"
    r"signed|love|take care|groet(?:en|jes)?|mvh|hilsen|hälsning(?:ar)?|terveisin)"
    r"(?:[,.!]{1,3}\s{1,8}|[ \t]{0,4}\n\s{0,8}|,? (?=[^\n]{1,40}$)|: )",
)
_GOES_ON = frozenset(",|/(-<" + OPAQUE)
"""Marks that can follow a name of two words, in front of a job title, a company or a number."""
_HEAD = phrase("from to cc bcc von", r"\b(?:from|to|cc|bcc|von): {0,2}")
_ADDRESSED = re.compile(rf" {{0,2}}[<\[{OPAQUE}]")
_LAST_INITIAL = re.compile(r"(?<=[.!?\n])\s{1,2}([^\W\d_]{3,20} [^\W\d_])\.?\s{0,3}\Z")
_LETTERED_WORDS = (
    "annex appendix block category class gate grade group hall hepatitis lot option part plan platform room row "
    "schedule seat section size step table terminal type unit version vitamin zone"
)
_LETTERED = frozenset(_LETTERED_WORDS.split())
_LONGEST_LAST = 30


def find_signed(text: Text) -> Iterator[Found]:
    """Find names under "Regards"."""
    for match in text.words.finditer(_SIGN_OFF):
        start = match.end()
        own_line = "\n" in match[0]
        end = name_end(text, start, small=own_line)
        if end is None:
            continue
        rest = text.folded[end : end + 8].lstrip(' .,!"')
        closes = not rest or rest.startswith("\n")
        capital = text.folded[start].isupper()
        words = len(text.folded[start:end].split())
        goes_on = capital and words > 1 and text.folded[end : end + 2].lstrip(" ")[:1] in _GOES_ON
        if (closes and (capital or words <= 2)) or goes_on:
            yield Found(start, end, Kind.NAME, Strength.CUED)


def find_headed(text: Text) -> Iterator[Found]:
    """Find names between "From:" and the address."""
    for match in text.words.finditer(_HEAD):
        end = name_end(text, match.end(), small=False)
        if end is not None and _ADDRESSED.match(text.folded, end):
            yield Found(match.end(), end, Kind.NAME, Strength.CUED)


def find_last_initial(text: Text) -> Iterator[Found]:
    """Find names as in "… no reply. Marisol T."."""
    match = _LAST_INITIAL.search(text.folded, max(0, len(text.folded) - _LONGEST_LAST))
    if match and match[1].istitle() and match[1].split()[0].lower() not in _LETTERED:
        end = name_end(text, match.start(1), small=False)
        if end == match.end(1):
            yield Found(*match.span(1), Kind.NAME, Strength.SHAPED)
