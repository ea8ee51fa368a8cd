"""The customer's words of a transcript: no marks, speakers, time stamps, fillers, stutters, or half-written swearing.

Placeholders such as "<email>" stay. If nothing else would be left, the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from service.hear.listed import words
from service.hear.mapped_text import Edit, MappedText, Stretch, lowered, trimmed
from service.hear.swearing import is_only_swearing, swear_words

_NOISES = (
    r"bleep(?:s|ed|ing)?(?: out)?|(?:expletive|profanity|swear word)(?: (?:deleted|removed))?|swear(?:s|ing)"
    r"|curs(?:es|ing)|censored|\*{2,9}|inaudible|unintelligible|indistinct|unclear|crosstalk|cross talk"
    r"|overlapping(?: speech)?|laugh(?:s|ter|ing)?|music|hold music"
    r"|noise|background (?:noise|music|conversation|chatter)|silence|(?:long |short )?pause[sd]?|cough(?:s"
    r"|ing)?|sigh(?:s|ing)?|sniff(?:s|les)?|breath(?:s|ing|es)?"
    r"|beep(?:s|ing)?|applause|static|cry(?:ing)?|cries|sob(?:s|bing)?|clears throat|throat clearing"
    r"|blank_audio|foreign(?: language)?|phone rings?|ringing"
    r"|hesitation|unk|spoken_noise|vocalized-noise|noise_\w{1,10}|groan(?:s|ing)?|gasp(?:s|ing)?|chuckl(?:es"
    r"|ing)|yawn(?:s|ing)?|typing|dog barking|baby crying|no audio|redacted audio"
    r"|end of (?:call|recording|transcript)|start of (?:call|recording)|\?+|unverständlich|lacht|pause"
    r"|rauschen|inaudible|rires|risas|ininteligible|incomprensible|onverstaanbaar"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_MARKER = re.compile(
    rf"""<profanity>[^<>\n]{{0,40}}</profanity> | [\[({{<*][ ]?(?=[\w?*])(?:
      (?:{_NOISES.replace(" ", "[ ]")})(?:[ ]{_TIME})?
      |{_TIME}(?:[ ]?-+>?[ ]?{_TIME})?)[ ]?[\])}}>*][.,]?
      | %[a-z]{{2,15}}\b
      | ^(?:\d{{1,4}}\n)?{_TIME}[ ]-->[ ]{_TIME}[^\n]{{0,40}}$ | ^webvtt\b[^\n]{{0,40}}$
        | ^\d{{1,2}}:\d{{2}}:\d{{2}}(?:[.,]\d{{1,3}})?(?=[ \t])
      | (?<=\w)--(?=\s|$)""",
    re.MULTILINE | re.VERBOSE,
)
"""For a text in lower case, as the next ones."""
_SIGNS_OF_MARKER = ("[", "(", "{", "<", "*", "%", "--", "webvtt", ":")
_AGENT = (
    "agent|advisor|adviser|representative|rep|operator|support|assistant|virtual assistant|bot|chatbot|ivr"
    "|system|csr|staff|clerk"
    "|employee|call handler|consultant|customer service|service|mitarbeiter(?:in)?|berater(?:in)?"
    "|kundenservice|conseill(?:er|ère)|agente"
    "|asesora?|medewerker|operatore|atendente|konsultant(?:ka)?|оператор"
)
_CUSTOMER = (
    "customer|caller|client|user|guest|visitor|member|patient|passenger|subscriber|kund(?:e|in|en)"
    "|anrufer(?:in)?|cliente?|klant|beller|asiakas|müşteri|клиент"
)
_LABEL = re.compile(
    rf"""(?:(?<=^)|(?<=[.?!\]][ ])|(?<=[.?!][ ][ ]))[ \t>]{{0,4}}(?:[\[(]?{_TIME}[\])]?[ ]?-?[ ]?)?
       (?:(?P<agent>{_AGENT.replace(" ", "[ ]")})|(?P<customer>{_CUSTOMER})|(?P<speaker>(?:speaker|spk|channel
         |person)[ _]?(?:\d{{1,2}}|[a-d])))
       [ ]?\d?[ ]?(?:[\[(][^\])\n:]{{0,20}}(?::\d{{2}}){{0,2}}[\])])?[ ]?:[ \t]{{0,4}}""",
    re.MULTILINE | re.VERBOSE,
)
_AGENT_WORDS = re.compile(
    r"how (?:can|may) i (?:help|assist)|thank(?:s| you) for (?:calling|contacting|holding)|my name is", re.IGNORECASE
)
_FILLER = re.compile(
    r"""(?=[uehmä])(?<![\w'-])(?:(?:u+m+|u+h+m*|e+r+m+|h+m+|m+h+m+|mm+|ä+h+m*|eu+h+|e+h+m+)(?![\w'-])[,.…]{0,3}
      |(?<!the[ ])er+(?![\w'-])[,.…]{1,3})
      |(?=a)(?<![\w'-])(?<!the[ ])ah+(?![\w'-])[,.…]{1,3}""",
    re.VERBOSE,
)
"""For a text in lower case."""
_PHRASE = re.compile(r"(?:(?<=^)|(?<=, ))(?:like|you know|i mean|sort of|basically),", re.MULTILINE)
_GERMAN_OR_PORTUGUESE = re.compile(
    r"\b(?:ich|der|die|das|und|mein|meine|nicht|ist|eu|quero|meu|minha|não|que|para|uma|het|een|mij|bitte|wir|sie|auf|für|mit|zum|zur|hallo|danke)\b"
)
_UM_OR_ER = re.compile(r"(?:um|er)\W*")
NUMBERS = words(
    """zero oh o nought double one two three four five six seven eight nine ten null eins zwei drei vier fünf sechs
    sieben acht neun un deux trois quatre cinq sept huit neuf uno dos tres cuatro cinco seis siete ocho nueve"""
)
"""Words that are said twice on purpose."""
_STUTTER = re.compile(
    r"""\b([^\W\d_]{1,12})(?:[ ,]{1,2}\1\b){1,50} | \b((?:[^\W\d_]{1,12}[ ]){2,3})(?:\2){1,9}
      | \b([a-z])-(?=\3[a-z])""",
    re.VERBOSE,
)


class _Turn(NamedTuple):
    speaker: str
    label: int
    """Where its label begins."""
    words: Stretch


def transcript(source: MappedText) -> MappedText:
    """Return the customer's words."""
    spoken = _customer_only(source) if ":" in source.text else source
    for dropped in (_swear_words, _markers, _fillers, _stutters):
        rest = spoken.edited(dropped(spoken.text))
        spoken = rest if rest is spoken or any(map(str.isalnum, rest.text)) else spoken
    return spoken


def is_wordless(text: str) -> bool:
    """Return whether a text is marks of a transcriber and half-written swearing only."""
    return is_only_swearing(_MARKER.sub(" ", lowered(text)))


def _swear_words(text: str) -> Iterator[Edit]:
    for start, end in swear_words(text):
        yield _dropped(text, start, end)


def _markers(text: str) -> Iterator[Edit]:
    small = lowered(text)
    if any(sign in small for sign in _SIGNS_OF_MARKER):
        for found in _MARKER.finditer(small):
            yield _dropped(text, found.start(), found.end())


def _fillers(text: str) -> Iterator[Edit]:
    small = lowered(text)
    fillers = [*_FILLER.finditer(small)]
    if fillers and _GERMAN_OR_PORTUGUESE.search(small):
        fillers = [found for found in fillers if not _UM_OR_ER.fullmatch(found[0])]
    if "," in text:
        fillers = sorted([*fillers, *_PHRASE.finditer(small)], key=re.Match.start)
    for found in fillers:
        yield _dropped(text, found.start(), found.end())


def _stutters(text: str) -> Iterator[Edit]:
    for found in _STUTTER.finditer(lowered(text)):
        start, end = found.span()
        kept = found[1] or found[2] or ""
        # a number is spelt out digit by digit
        if NUMBERS.isdisjoint(kept.split()):
            yield Edit(start + len(kept), end)


def _dropped(text: str, start: int, end: int) -> Edit:
    """Without the blank after it, if another one stands before it."""
    is_spare = start == 0 or text[start - 1].isspace()
    return Edit(start, end + (is_spare and text[end : end + 1] == " "), "" if is_spare else " " * (end < len(text)))


def _customer_only(source: MappedText) -> MappedText:
    """Lines of the customer if both sides speak; otherwise all words, without the customer's label."""
    turns = list(_turns(source.text))
    speakers = {turn.speaker for turn in turns}
    if not speakers or speakers == {"agent"}:
        return source
    agents = {"agent"} | {turn.speaker for turn in turns if _AGENT_WORDS.search(source.text, *turn.words)}
    own = [turn.words for turn in turns if turn.speaker not in agents and turn.words.start < turn.words.end]
    before = trimmed(source.text, Stretch(0, turns[0].label))
    # words before the first label are the customer's, unless both sides speak
    if agents.isdisjoint(speakers) and before.start < before.end:
        own.insert(0, before)
    return source.lines_of(own) if own else source


def _turns(text: str) -> Iterator[_Turn]:
    labels = list(_LABEL.finditer(lowered(text)))
    for label, below in zip_longest(labels, labels[1:]):
        speaker = "agent" if label["agent"] else "customer" if label["customer"] else label["speaker"]
        end = below.start() if below else len(text)
        yield _Turn(speaker, label.start(), Stretch(label.end(), label.end() + len(text[label.end() : end].rstrip())))
