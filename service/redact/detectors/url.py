"""Find web addresses beyond a home page, because their path or query often names an account or carries a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_END = r"[^\s<>\"\ue000]"
_WITH_SCHEME = re.compile(rf"(?:\bhttps?://|\bftp://|\bwww\.)(?:[\w.:@%-]{{1,300}}+)(?:[/?#]{_END}{{1,4000}}+)")
_WITH_PASSWORD = re.compile(rf"\bhttps?://[^\s/@<>\ue000]{{1,100}}+@{_END}{{1,4000}}+")
_WITHOUT_SCHEME = re.compile(
    rf"(?<![\w.@/-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,4}}\.[a-z]{{2,12}}/{_END}{{2,4000}}+"
)
_TRAILING = ".,;:!?)]}'\""


def find_urls(text: Text) -> Iterator[Found]:
    patterns = (
        (_WITH_SCHEME, _WITH_PASSWORD, _WITHOUT_SCHEME)
        if "www." in text.lowered or "://" in text.lowered
        else (_WITHOUT_SCHEME,)
    )
    for pattern in patterns:
        for match in pattern.finditer(text.lowered):
            end = match.start() + len(match[0].rstrip(_TRAILING))
            yield Found(match.start(), end, Kind.URL, Strength.UNMISTAKABLE)
