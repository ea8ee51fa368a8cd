"""Find names of people if a cue stands near. Bare names are beyond patterns: they are the details missed most often."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.person import MOST_WORDS, name_end
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import phrase

_SAYS_NAME = phrase(
    "my i me se mi m mon ich mein meu mijn under in named",
    r"\b(?:my (?:full |first |last |sur)?name(?:'s| is| :|:)|i am called|i'm called|(?:me|se) llamo|mi nombre es|"
    r"m'appelle|mon nom est|ich hei(?:ß|ss)e|mein name ist|mi chiamo|meu nome é|mijn naam is|"
    r"under (?:the |my )?(?:sur)?name(?: of)?|in the name(?: of)?|named)[ :\"']{1,3}",
)
# "city name is" and "product name is" are left out: the name is not a person's
_NAME_IS = phrase("name", r"\bname(?: on (?:the |my )?\w{2,12})?(?:'s| is|:)[ :\"']{1,3}")
_OWNERS_NAME = re.compile(r"[^\W\d_]'s (?:full |first |last |sur)?\Z")
_BEFORE_NAME = re.compile(
    r"(?:\A|[,.;:\n] ?|(?:\A|\W)(?:first|last|full|family|his|her|their|and|the|guest|customer|passenger) )\Z"
)
_TITLES = "mr mrs ms mx dr prof professor herr frau señor señora monsieur madame mme sister rev"
_ONE_TITLE = rf"(?:{_TITLES.replace(' ', '|')})\.? "
# "Frau Dr. Lindqvist" has two
_TITLE = phrase(_TITLES, rf"(?<![\w'])(?:{_ONE_TITLE})++")
_ENGLISH_TITLES = ("mr ", "mrs ", "ms ", "dr ", "mr. ", "mrs. ", "ms. ", "dr. ")
_CAPITAL_TITLE = phrase("miss sir lady lord", r"(?<![\w'])(?:miss|sir|lady|lord) ")
_PRESENTS = phrase(
    "i im this it here on spoken",
    r"\b(?:i'm|i am|im|this is|it's|it is|here is|on behalf of|i spoke (?:to|with)|spoken (?:to|with)) ",
)
_KIN = phrase(
    "my",
    r"\bmy (?:late |elderly )?(?:husband|wife|son|daughter|mother|father|mum|mom|mam|dad|partner|brother|sister|"
    r"friend|colleague|gran|granny|nan|nana|grandma|grandad|grandpa|grandmother|grandfather|grandson|granddaughter|uncle|aunt|"
    r"auntie|cousin|niece|nephew|girlfriend|boyfriend|fiancée?|neighbou?r|flatmate|boss|assistant|carer),? ",
)
_ASKED_FOR = phrase(
    "account card policy accountholder cardholder policyholder beneficiary payee attn attention ask asked speak c care "
    "name on",
    r"\b(?:(?:account|card|policy) ?holder|beneficiary|payee|attn\.?|attention(?: of)?|ask(?:ed)? for|"
    r"speak (?:to|with)|c/o|care of|name on (?:the |my |this )?\w{2,12}|on (?:the )?name(?: of)?)"
    r"(?:'s name)?(?: is)?[ :]{1,3}",
)
_SPELLED = phrase(
    "spelled spelt spell",
    r"\b(?:spelled|spelt|spell (?:it|that))[ :,]{1,3}((?:[^\W\d_][ .-]{1,2}){2,24}[^\W\d_])(?!\w)",
)
_CALLS = re.compile(r",? (?:speaking|calling|here|from|again|on the line|and i\b)|[,.!]|\s{0,3}$")
_SPEAKS = re.compile(r",? (?:speaking|calling|here)\b")
_HERE = phrase("here speaking", r"\b(?:here|speaking)\b")
_LAST_WORDS = tuple(
    re.compile(rf"(?<!\w)[^\W\d_][^\W\d_'-]{{1,20}}(?: [^\W\d_][^\W\d_'-]{{1,20}}){{{more}}}\Z") for more in (2, 1)
)


def find_named(text: Text) -> Iterator[Found]:
    """Find names after "my name is", a word of kin, or "ask for"."""
    for told, small in ((_SAYS_NAME, True), (_KIN, False), (_ASKED_FOR, False)):
        for match in text.words.finditer(told):
            yield from _found(match.end(), name_end(text, match.end(), small=small))
    for match in text.words.finditer(_NAME_IS):
        named = _BEFORE_NAME.search(text.lowered, max(0, match.start() - 12), match.start())
        if named or _OWNERS_NAME.search(text.lowered, max(0, match.start() - 9), match.start()):
            yield from _found(match.end(), name_end(text, match.end(), small=named is not None))
    for match in text.words.finditer(_SPELLED):
        yield Found(*match.span(1), Kind.NAME, Strength.CUED)


def find_titled(text: Text) -> Iterator[Found]:
    for match in text.words.finditer(_TITLE):
        start = match.end()
        small = match[0].endswith(_ENGLISH_TITLES) and not text.folded[start : start + 1].isupper()
        yield from _found(start, name_end(text, start, small=small, most=1 if small else MOST_WORDS))
    for match in text.words.finditer(_CAPITAL_TITLE):
        if text.folded[match.start() : match.end()].istitle():
            yield from _found(match.end(), name_end(text, match.end(), small=False))


def find_presented(text: Text) -> Iterator[Found]:
    """Find names as in "I'm Jane Smith" or "this is Tom speaking"."""
    for match in text.words.finditer(_PRESENTS):
        start = match.end()
        end = name_end(text, start, small=False)
        if end is not None and _is_person(text, start, end):
            yield Found(start, end, Kind.NAME, Strength.CUED)
        elif match[0] == "this is ":
            end = name_end(text, start, small=True, most=2)
            if end is not None and _SPEAKS.match(text.lowered, end):
                yield Found(start, end, Kind.NAME, Strength.CUED)


def find_named_before(text: Text) -> Iterator[Found]:
    """Find two or three capitalised words before "here" or "speaking"."""
    if text.folded == text.lowered:
        return
    for match in text.words.finditer(_HERE):
        before = text.folded[max(0, match.start() - 2) : match.start()]
        at = match.start() - (2 if before == ", " else 1)
        for words in _LAST_WORDS if before.endswith(" ") else ():
            found = words.search(text.folded, max(0, at - 44), at)
            if found and name_end(text, found.start(), small=False) == found.end():
                yield Found(*found.span(), Kind.NAME, Strength.CUED)
                break


def _is_person(text: Text, start: int, end: int) -> bool:
    """Accept "I'm Jane Smith" at once, and "I'm Jane" only if the sentence stops or goes on as after a name."""
    written = text.folded[start:end]
    if written.isupper():
        return False
    return " " in written or _CALLS.match(text.lowered, end) is not None


def _found(start: int, end: int | None) -> Iterator[Found]:
    if end is not None:
        yield Found(start, end, Kind.NAME, Strength.CUED)
