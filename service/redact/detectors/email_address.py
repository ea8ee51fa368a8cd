"""Find e-mail addresses, plain and disguised: `jo@example.com`, `jo[at]example.com`, `jo at example dot com`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
_LOCAL_MARKS = frozenset("._%+-'")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}(?:(?:\.| dot )[^\W\d_][\w-]{1,62}){1,3}|[^\W\d_][\w-]{1,62}")
_SPACED_DOMAIN = re.compile(r" {1,2}[^\W\d_][\w-]{0,62}(?: ?\. ?[a-z][\w-]{1,62}){1,4}")

_JOIN = r"(?:\.|_|-| (?:dot|underscore|dash|hyphen|plus|point) )"
_LOCAL = re.compile(rf"(?<![\w.])[\w+-]{{1,40}}(?:{_JOIN}[\w+-]{{1,40}}){{0,4}}\Z")
_LONGEST_SAID = 240
_LABEL = r"[a-z0-9-]{1,40}"
_DOT = r"(?: {0,2}[\[({<] ?(?:dot|punkt|punto|point) ?[\])}>] {0,2}| (?:dot|punkt|punto|point) |\.)"
_AT = frozenset({"at", "arroba"})
_OPENS = re.compile(r" {0,2}[\[({<] ?\Z")
_BRACKETED = re.compile(rf"(?:at|@|arroba) ?[\])}}>] {{0,2}}{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}")
_SAID = re.compile(rf"(?:at|arroba) {_LABEL}(?: (?:dot|punkt|punto|point) {_LABEL}){{1,4}}")
_HALF_SAID = re.compile(rf"at {_LABEL}(?:\.[a-z][a-z0-9-]{{1,40}}){{1,3}}")
_MAIL_CUE = re.compile(r"\be-?mail\b[^\ue000]{0,24}\Z")

# words that stand before "at example dot com" when a shop is meant and not a mailbox
_BEFORE_A_PLACE_WORDS = (
    "look looked looking shop shopped shopping order ordered orders bought buy buying purchase purchased it me us you "
    "them him her one ones available found find is are was were site website store shop online account page up in on "
    "stuff things item items product products prices price sale offer here there down support me seen saw work"
)
_BEFORE_A_PLACE = frozenset(_BEFORE_A_PLACE_WORDS.split())


def find_emails(text: Text) -> Iterator[Found]:
    lowered = text.lowered
    if "@" in lowered:
        for at in re.finditer("@", lowered):
            yield from _around(lowered, at.start())
    yield from _find_said(text)


def _find_said(text: Text) -> Iterator[Found]:
    lowered = text.lowered
    # no local part reaches back over another "at", so each character is looked at once
    free = 0
    for at in sorted((*text.words.places_of(_AT), *(match.start() for match in re.finditer("@", lowered)))):
        domain, before = _said_domain(lowered, at)
        if domain is None:
            continue
        local = _LOCAL.search(lowered, max(free, before - _LONGEST_SAID), before)
        free = at + 1
        if local is None or local[0] in _BEFORE_A_PLACE:
            continue
        if domain.re is not _HALF_SAID:
            yield Found(local.start(), domain.end(), Kind.EMAIL, Strength.UNMISTAKABLE)
        elif _MAIL_CUE.search(lowered, max(0, local.start() - 40), local.start()):
            yield Found(local.start(), domain.end(), Kind.EMAIL, Strength.CUED)


def _said_domain(lowered: str, at: int) -> tuple[re.Match[str] | None, int]:
    """Return the domain after an "at", if there is one, and the end of the text before the "at"."""
    if opens := _OPENS.search(lowered, max(0, at - 4), at):
        return _BRACKETED.match(lowered, at), opens.start()
    if lowered[at - 1 : at] != " ":
        return None, at
    return _SAID.match(lowered, at) or _HALF_SAID.match(lowered, at), at - 1


def _around(lowered: str, at: int) -> Iterator[Found]:
    domain = _DOMAIN.match(lowered, at + 1)
    if domain is None and (domain := _SPACED_DOMAIN.match(lowered, at + 1)):
        at -= lowered[at - 1 : at] == " "
    if domain is None:
        return
    start = at
    while start and at - start < _LONGEST_LOCAL and _in_local_part(lowered[start - 1]):
        start -= 1
    if at - start >= 1:
        yield Found(start, domain.end(), Kind.EMAIL, Strength.UNMISTAKABLE)


def _in_local_part(character: str) -> bool:
    return character.isalnum() or character in _LOCAL_MARKS
