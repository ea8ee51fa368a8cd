"""Letters of other scripts that look like Latin ones, inside words that are otherwise Latin.

A text that is really Russian or Greek stays as it is.
"""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

from service.hear.mapped_text import Builder, MappedText

_CYRILLIC = dict(zip("асеорхуіјѕһԁԛԝѡАВЕКМНОРСТХІЈЅԌҮ", "aceopxyijshdqwwABEKMHOPCTXIJSGY", strict=True))
_GREEK = dict(zip("αοινρυκτχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aoivpuktxyABEZHIKMNOPTYX", strict=True))
_LATIN = dict(zip("ɑɡɩ", "agi", strict=True))
LOOK_ALIKES = {**_CYRILLIC, **_GREEK, **_LATIN}
_TABLE = str.maketrans(LOOK_ALIKES)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052fɑɡɩ]")
_REALLY_FOREIGN = re.compile(f"(?![{''.join(LOOK_ALIKES)}])[\u0370-\u03ff\u0400-\u052f]")
_LATIN_LETTER = re.compile("[A-Za-z]")


def latin_words(source: MappedText) -> MappedText:
    """Return the text with look-alike letters of Latin words made Latin."""
    text = source.text
    if text.isascii() or not _FOREIGN.search(text) or not _LATIN_LETTER.search(text):
        return source
    # a text without one letter of its own is not written in that script
    is_latin = not _REALLY_FOREIGN.search(text)
    builder = Builder(source)
    place = 0
    for word in re.finditer("[^\\W\\d_]+", text):
        if not _FOREIGN.search(word[0]) or not (is_latin or _LATIN_LETTER.search(word[0])):
            continue
        if not _REALLY_FOREIGN.search(word[0]):
            builder.keep(place, word.start())
            builder.put_aligned(word[0].translate(_TABLE), *word.span())
            place = word.end()
    builder.keep(place, len(text))
    return builder.build() if place else source
