"""Find more for `paranoid`: every long run of digits, every token with `@`, every long mixed token.

This detector ignores meaning, so it also takes tokens that a careful reader would leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import OPAQUE, Text

_TOKEN = re.compile(rf"[^\s{OPAQUE}]{{2,8000}}+")
_RUN = re.compile(r"[0-9](?:[ .\-/()]{0,2}[0-9]){6,8000}+")
_LEAST_MIXED = 16
_LEAST_LETTERS = 28
"""Least letters of a token without digits, longer than any word that customers use."""


def find_suspicious(text: Text) -> Iterator[Found]:
    for match in _RUN.finditer(text.folded):
        yield Found(*match.span(), Kind.NUMBER, Strength.GUESS)
    for match in _TOKEN.finditer(text.folded):
        token = match[0]
        if "@" in token:
            yield Found(*match.span(), Kind.EMAIL, Strength.GUESS)
        elif len(token) >= _LEAST_MIXED and _is_mixed(token):
            yield Found(*match.span(), Kind.SECRET, Strength.GUESS)


def _is_mixed(token: str) -> bool:
    letters = any(character.isalpha() for character in token)
    digits = any(character.isdigit() for character in token)
    return (letters and digits) or (len(token) >= _LEAST_LETTERS and token.isalpha())
