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
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_LETTER = re.compile("[A-Za-z]")


def latin_words(source: MappedText) -> MappedText:
    """Return the text with look-alike letters of Latin words made Latin."""
    text = source.text
    if text.isascii() or not _FOREIGN.search(text) or not _LATIN_LETTER.search(text):
        return source
    # a text without one letter of its own is not written in that script
    is_latin = not _REALLY_FOREIGN.search(text)
    seen = text.translate(_TABLE) if is_latin else _WORD.sub(_latin_word, text)
    builder = Builder(source)
    # of the same length, so that one run maps all words
    builder.put_aligned(seen, 0, len(text))
    return builder.build()


def _latin_word(word: re.Match[str]) -> str:
    is_mixed = _LATIN_LETTER.search(word[0]) and not _REALLY_FOREIGN.search(word[0])
    return word[0].translate(_TABLE) if is_mixed else word[0]
