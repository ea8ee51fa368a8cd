"""Find street addresses, PO boxes and postcodes of the United Kingdom, the United States and some neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import phrase

_SURE = "street|road|avenue|lane|crescent|terrace|boulevard|blvd|gardens|grove|mews|highway|hwy|parkway|pkwy|rd|ave|ln"
_UNSURE = (
    "st|close|drive|court|place|way|hill|square|row|park|walk|view|rise|green|parade|circle|trail|quay|wharf|estate|"
    "dr|ct|pl|sq|cir"
)
_HOUSE = (
    r"(?<![\w.,:£$€#/-])(?:(?:flat|apt\.?|apartment|unit|suite|room) ?\w{1,4},? )?"
    r"(?:no\.? ?)?(?:[0-9]{1,4}[a-z]?/)?[0-9]{1,5}(?:-[0-9]{1,4})?[a-z]?,? "
)
_WORD = r"[^\W\d_][\w'.-]{0,24}"
_STREET = re.compile(
    rf"{_HOUSE}(?:(?:[nsew]|ne|nw|se|sw)\.? )?((?:{_WORD} ){{1,3}})({_SURE}|{_UNSURE})\b"
    r"(?:,? {1,2}(?:apt|apartment|unit|suite|flat|ste|#)\.? ?#?\w{1,6})?"
)
_UNLIKE_A_STREET = (
    "of the in on for to a an and is are was my at with from by this that no not or minute minutes minutes' min mins "
    "hour hours day days week weeks month months year years people adults adult children items times per cent percent "
    "more less nights night euro euros pounds dollars miles km metres meters feet star stars "
    "rooms beds bedroom new old different best free it's its all your our their his her"
)
_NOT_IN_A_STREET = frozenset(_UNLIKE_A_STREET.split())
_POINTING = frozenset({"this", "that", "my", "your", "our", "his", "her", "same", "wrong", "another", "a", "an", "is"})
_UNSURE_SUFFIX = re.compile(rf"(?:{_UNSURE})$")

_NAMED_HOUSE = phrase(
    "address live lives living deliver ship send post sent delivered shipped",
    r"\b(?:address(?: is|:)|liv(?:e|es|ing) (?:at|on|in)|"
    r"(?:deliver|ship|send|post|sent|delivered|shipped)(?: it| this| them| that)? to)"
    rf" {{1,2}}((?:{_WORD},? ){{1,5}}(?:street|road|avenue|lane|crescent|terrace|gardens|grove|drive|close|mews))\b",
)
_BOX = phrase(
    "p po post postfach apartado",
    r"\b(?:p\.? ?o\.? ?box|post office box|postfach|apartado(?: de correos)?) {0,2}#?[0-9][0-9 ]{0,7}[0-9]?",
)

_STATES = (
    "al|ak|az|ar|ca|co|ct|de|dc|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|"
    "or|pa|pr|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy"
)
_STATE_AND_ZIP = re.compile(rf"(?<!\w)(?:{_STATES}),? {{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?(?![\w.,%-]?[0-9])")

_AREAS = (
    "ab|al|b|ba|bb|bd|bf|bh|bl|bn|br|bs|bt|ca|cb|cf|ch|cm|co|cr|ct|cv|cw|da|dd|de|dg|dh|dl|dn|dt|dy|e|ec|eh|en|ex|fk|"
    "fy|g|gl|gu|gy|ha|hd|hg|hp|hr|hs|hu|hx|ig|im|ip|iv|je|ka|kt|kw|ky|l|la|ld|le|ll|ln|ls|lu|m|me|mk|ml|n|ne|ng|nn|np|"
    "nr|nw|ol|ox|pa|pe|ph|pl|po|pr|rg|rh|rm|s|sa|se|sg|sk|sl|sm|sn|so|sp|sr|ss|st|sw|sy|ta|td|tf|tn|tq|tr|ts|tw|ub|w|"
    "wa|wc|wd|wf|wn|wr|ws|wv|yo|ze"
)
_UK_POSTCODE = re.compile(rf"(?<![\w-])(?:{_AREAS})[0-9][0-9a-z]? {{0,2}}[0-9][abd-hjlnp-uw-z]{{2}}(?![\w-])")
_UNIT_OR_ORDINAL = re.compile(r"(?:1st|2nd|3rd|[0-9]th|[0-9](?:gb|tb|ft|hr|ps|ww|ah|ll|nd|rd|st))$")
_CANADA = re.compile(r"(?<![\w-])([ABCEGHJ-NPRSTVXY][0-9][A-Z] [0-9][A-Z][0-9])(?![\w-])")
_IRELAND = re.compile(
    r"(?<![\w-])([AC-FHKNPRTV-Y][0-9]{2} "
    r"(?=[0-9]{0,3}[AC-FHKNPRTV-Y])(?=[A-Z]{0,3}[0-9])[0-9AC-FHKNPRTV-Y]{4})(?![\w-])"
)
# the "Consumer Rights ACT 2015" is a law, and no postcode
_AUSTRALIA = re.compile(r"(?<!\w)(?:(?:NSW|VIC|QLD|TAS|WA|SA|NT),? |ACT,? (?=2[69]))([0-9]{4})(?![\w-])")
_CAPITALS = ((_CANADA, (1,)), (_IRELAND, (1,)), (_AUSTRALIA, (3, 4, 5)))
_CUED_POSTCODE = phrase(
    "post postcode zip zipcode postal eircode plz postleitzahl code código",
    r"\b(?:post ?code|zip(?: ?code)?|postal code|eircode|plz|postleitzahl|code postal|código postal)"
    r"(?:[\s:=(]{1,3}(?:is|was|of|to|for|ist|est|es|the|area|my)\b){0,3}[\s:=(]{1,3}"
    r"((?=[a-z]{0,2}[0-9])[a-z0-9]{2,8}(?:[ -](?=[a-z]{0,2}[0-9])[a-z0-9]{2,4})?)(?!\w)",
)

_NAME = r"[^\W\d_][\w'-]{1,30}"
_COMPOUNDS = (
    "straße",
    "strasse",
    "str.",
    "weg",
    "platz",
    "allee",
    "gasse",
    "damm",
    "ufer",
    "straat",
    "laan",
    "gracht",
    "kade",
)
_LONGEST_COMPOUND = 32
_COMPOUND_NAME = re.compile(r"(?<!\w)[^\W\d_][\w.-]{4,30} ?$")
_FLAT = r"(?: ?[a-z]\b)?(?: ?[/-] ?[0-9]{1,4}[a-z]?)?"
_HOUSE_NUMBER = re.compile(rf"[0-9]{{1,4}}{_FLAT}")
# begins with its digit, not with a boundary: the engine then skips to it
_NUMBER_FIRST = re.compile(
    r"[0-9](?<!\w.)[0-9]{0,3}(?: ?bis| ?ter)?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|quai|cours) "
    rf"(?:de la |de l'|du |des |de |d'|le |la |les )?{_NAME}(?:[ -](?!\d){_NAME})?"
)
_NUMBER_LAST = phrase(
    "calle c avenida avda plaza paseo viale piazza corso rua ulica ul",
    r"\b(?:(?:calle|avenida|avda|plaza|paseo|viale|piazza|corso|rua|ulica) |(?:c/|avda\.|ul\.) ?)"
    rf"(?:{_NAME} ){{0,3}}{_NAME},? (?:n[ºo°]\.? ?)?[0-9]{{1,4}}\b{_FLAT}",
)
_CODE_AFTER_STREET = re.compile(
    r"[,\n ]{1,3}(?:[a-z]{1,2}-)?([0-9]{2}-[0-9]{3}|[0-9]{4,5}(?: ?[a-z]{2})?)(?= [^\W\d_])"
)


def find_streets(text: Text) -> Iterator[Found]:
    for match in _STREET.finditer(text.lowered):
        if _is_street(match, text.folded):
            yield Found(match.start(), match.end(), Kind.ADDRESS, Strength.SHAPED)
    for match in text.words.finditer(_BOX):
        yield Found(*match.span(), Kind.ADDRESS, Strength.SHAPED)
    for match in (*_NUMBER_FIRST.finditer(text.lowered), *text.words.finditer(_NUMBER_LAST)):
        yield from _with_code(text, *match.span())


def find_named_houses(text: Text) -> Iterator[Found]:
    for match in text.words.finditer(_NAMED_HOUSE):
        # "live on this street" names none, "The Old Rectory, Church Lane" does
        if not _holds_any(match[1], _POINTING):
            yield Found(*match.span(1), Kind.ADDRESS, Strength.SHAPED)


def _holds_any(words: str, unwanted: frozenset[str]) -> bool:
    return any(word.strip(".,'") in unwanted for word in words.split())


def find_foreign_streets(text: Text) -> Iterator[Found]:
    """Find streets such as `Musterstraße 12`. The street word ends the name, so the search starts at the number."""
    for run in text.runs:
        start = run.starts[0]
        before = text.lowered[max(0, start - _LONGEST_COMPOUND) : start]
        if run.size(0) <= 4 and before.rstrip().endswith(_COMPOUNDS) and (name := _COMPOUND_NAME.search(before)):
            number = _HOUSE_NUMBER.match(text.lowered, start)
            yield from _with_code(text, start - len(name[0]), number.end() if number else run.ends[0])


def _with_code(text: Text, start: int, end: int) -> Iterator[Found]:
    yield Found(start, end, Kind.ADDRESS, Strength.SHAPED)
    if code := _CODE_AFTER_STREET.match(text.lowered, end):
        yield Found(*code.span(1), Kind.POSTCODE, Strength.SHAPED)


def find_postcodes(text: Text) -> Iterator[Found]:
    for match in _tried_before_digits(text, _STATE_AND_ZIP, text.lowered, (3, 4, 5)):
        if text.folded[match.start() : match.start() + 2].isupper():
            yield Found(*match.span(), Kind.ADDRESS, Strength.SHAPED)
    for match in _tried_before_digits(text, _UK_POSTCODE, text.lowered, (1, 2)):
        compact = " " not in match[0]
        written_large = text.folded[match.start()].isupper()
        if (written_large or not compact) and not (_UNIT_OR_ORDINAL.search(match[0]) and not _all_large(text, match)):
            yield Found(*match.span(), Kind.POSTCODE, Strength.SHAPED)
    for pattern, back in _CAPITALS:
        for match in _tried_before_digits(text, pattern, text.folded, back):
            yield Found(*match.span(1), Kind.POSTCODE, Strength.SHAPED)
    for match in text.words.finditer(_CUED_POSTCODE):
        yield Found(*match.span(1), Kind.POSTCODE, Strength.CUED)


def _tried_before_digits(
    text: Text, pattern: re.Pattern[str], within: str, backs: tuple[int, ...]
) -> Iterator[re.Match[str]]:
    """Yield matches whose first digit comes after one of the numbers of characters in `backs`."""
    for run in text.runs:
        for at in run.starts:
            for back in backs:
                if at >= back and within[at - back].isalpha() and (match := pattern.match(within, at - back)):
                    yield match


def _all_large(text: Text, match: re.Match[str]) -> bool:
    return text.folded[match.start() : match.end()].isupper() and not match[0].endswith(("gb", "tb"))


def _is_street(match: re.Match[str], folded: str) -> bool:
    if _holds_any(match[1], _NOT_IN_A_STREET):
        return False
    # "5 quick way" and "2 adults park" are no streets, "5 Quick Way" is one
    if _UNSURE_SUFFIX.match(match[2]):
        return folded[match.start(1)].isupper() and folded[match.start(2)].isupper()
    return True
