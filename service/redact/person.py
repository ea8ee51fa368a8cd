"""Find the end of a person's name from its start."""

from __future__ import annotations

import re

from service.redact.not_a_name import NOT_A_FIRST_NAME, NOT_A_NAME, PARTICLES
from service.redact.text import Text

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_])|\.(?=[^\W\d_]\.|[ ][^\W\d_])(?<=(?<!\w)[^\W\d_]\.)){0,30}")
_GAP = re.compile(r" {1,2}")
MOST_WORDS = 4
_NOT_ENDINGS = ("ing", "ous", "able", "ible", "less", "ful")


def name_end(text: Text, start: int, *, small: bool, most: int = MOST_WORDS) -> int | None:
    """Return the end of the name that starts at `start`, or `None`. With `small`, the name may lack capitals."""
    end = None
    capital_so_far = True
    at = start
    count = 0
    while count < most and (match := _WORD.match(text.folded, at)):
        word = text.lowered[match.start() : match.end()]
        capital = match[0][0].isupper()
        particle = word in PARTICLES and (capital or count > 0)
        if not particle:
            if word.strip(".") in NOT_A_NAME or (count == 0 and word in NOT_A_FIRST_NAME) or not (capital or small):
                break
            if word.endswith(_NOT_ENDINGS) and not (capital and count):
                break
            # after capitals a small word begins the rest of the sentence
            if count and capital_so_far and not capital:
                break
            capital_so_far = capital
            end = match.end()
            count += 1
        gap = _GAP.match(text.folded, match.end())
        if gap is None:
            break
        at = gap.end()
    return end
