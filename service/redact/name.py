"""Names of people, where a cue stands near. A bare name is beyond patterns, and is the most that slips through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.not_a_name import NOT_A_FIRST_NAME, NOT_A_NAME, PARTICLES
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_])|\.(?=[^\W\d_]\.|[ ][^\W\d_])(?<=(?<!\w)[^\W\d_]\.)){0,30}")
_GAP = re.compile(r" {1,2}")
_MOST_WORDS = 4
_NOT_ENDINGS = ("ing", "ous", "able", "ible", "less", "ful")

# "city name is" and "product name is" say nobody's name
_SAYS_NAME = re.compile(
    r"(?:\bmy (?:full |first |last |sur)?name(?:'s| is| :|:)|\bi am called|\bi'm called|\A(?:the )?name's|"
    r"\b(?:me|se) llamo|\bmi nombre es|\bm'appelle|\bmon nom est|\bich hei(?:ß|ss)e|\bmein name ist|\bmi chiamo|"
    r"\bmeu nome é|\bmijn naam is|\bunder (?:the |my )?(?:sur)?name(?: of)?|\bin the name(?: of)?|\bnamed|"
    r"(?:\A|[,.;:\n] ?|\b(?:first|last|full|family|his|her|their|and|the|guest|customer|passenger) )"
    r"name(?: on (?:the |my )?\w{2,12})?(?:'s| is|:))[ :\"']{1,3}"
)
_TITLE = re.compile(
    r"(?<![\w'])(?:mr|mrs|ms|mx|dr|prof|professor|herr|frau|señora?|monsieur|madame|mme|sister|rev)\.? "
)
_ENGLISH_TITLES = frozenset({"mr", "mrs", "ms", "dr"})
_CAPITAL_TITLE = re.compile(r"(?<![\w'])(?:Miss|Sir|Lady|Lord) ")
# begins with its letters, not with a boundary: the engine then skips to them
_PRESENTS = re.compile(
    r"(?:i'm|i am|im|this is|it's|it is|here is|on behalf of|i spoke (?:to|with)|spoken (?:to|with)) "
)
_KIN = re.compile(
    r"\bmy (?:late )?(?:husband|wife|son|daughter|mother|father|mum|mom|dad|partner|brother|sister|friend|colleague),? "
)
_CALLS = re.compile(r",? (?:speaking|calling|here|from|again|on the line|and i\b)|[,.!]|\s{0,3}$")
_SPEAKS = re.compile(r",? (?:speaking|calling|here)\b")
_HERE = re.compile(r",? (?:here|speaking)\b")
_TWO_WORDS = re.compile(r"(?<!\w)[^\W\d_][^\W\d_'-]{1,20} [^\W\d_][^\W\d_'-]{1,20}$")
_SIGN_OFF = re.compile(
    r"(?:regards|wishes|sincerely|faithfully|thanks|thank you|thx|cheers|truly|saludos|atentamente|cordialement|"
    r"gr(?:ü|ue)(?:ß|ss)en?|gruß|mfg|cordiali saluti|signed|love)"
    r"(?:[,.!]{1,3}\s{1,8}|[ \t]{0,4}\n\s{0,8}|,? (?=[^\n]{1,40}$)|: )"
)


def find_named(text: Text) -> Iterator[Found]:
    """After "my name is", a title, or a word of kin."""
    for match in _SAYS_NAME.finditer(text.lowered):
        yield from _found(match.end(), _name_end(text, match.end(), small=True))
    for match in _TITLE.finditer(text.lowered):
        end = _name_end(text, match.end(), small=False)
        if end is None and match[0].strip(" .") in _ENGLISH_TITLES:
            end = _name_end(text, match.end(), small=True, most=1)
        yield from _found(match.end(), end)
    for pattern, source in ((_CAPITAL_TITLE, text.folded), (_KIN, text.lowered)):
        for match in pattern.finditer(source):
            yield from _found(match.end(), _name_end(text, match.end(), small=False))


def find_presented(text: Text) -> Iterator[Found]:
    """In "I'm Jane Smith", "this is Tom speaking", "Tom Hardy here"."""
    for match in _PRESENTS.finditer(text.lowered):
        start = match.end()
        if text.lowered[max(0, match.start() - 1) : match.start()].isalnum():
            continue
        end = _name_end(text, start, small=False)
        if end is not None and _is_person(text, start, end):
            yield Found(start, end, Kind.NAME, Strength.CUED)
        elif match[0] == "this is ":
            end = _name_end(text, start, small=True, most=2)
            if end is not None and _SPEAKS.match(text.lowered, end):
                yield Found(start, end, Kind.NAME, Strength.CUED)


def find_named_before(text: Text) -> Iterator[Found]:
    """Two capitalised words before "here" or "speaking"."""
    if text.folded == text.lowered:
        return
    for match in _HERE.finditer(text.lowered):
        if (words := _TWO_WORDS.search(text.folded, max(0, match.start() - 44), match.start())) is not None:
            end = _name_end(text, words.start(), small=False)
            if end == words.end():
                yield Found(*words.span(), Kind.NAME, Strength.CUED)


def _is_person(text: Text, start: int, end: int) -> bool:
    """ "I'm Jane Smith" at once; "I'm Jane" only where the sentence stops or goes on as after a name."""
    written = text.folded[start:end]
    if written.isupper():
        return False
    return " " in written or _CALLS.match(text.lowered, end) is not None


def find_signed(text: Text) -> Iterator[Found]:
    """Under "Regards"."""
    for match in _SIGN_OFF.finditer(text.lowered):
        start = match.end()
        own_line = "\n" in match[0]
        end = _name_end(text, start, small=own_line)
        if end is None:
            continue
        rest = text.folded[end : end + 8].lstrip(' .,!"')
        closes = not rest or rest.startswith("\n")
        capital = text.folded[start].isupper()
        if closes and (capital or len(text.folded[start:end].split()) <= 2):
            yield Found(start, end, Kind.NAME, Strength.CUED)


def _found(start: int, end: int | None) -> Iterator[Found]:
    if end is not None:
        yield Found(start, end, Kind.NAME, Strength.CUED)


def _name_end(text: Text, start: int, *, small: bool, most: int = _MOST_WORDS) -> int | None:
    """Where the name that starts at `start` ends, or None. With `small`, customers may have left out capitals."""
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
