"""One way to write each character: compatibility forms, plain quotes, emoji as blanks, invisible characters dropped.

Letters that are repeated for emphasis and letters written as digits stay.
"""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from service.hear.look_alike import latin_words
from service.hear.mapped_text import Builder, MappedText

MOST_MARKS_OF_A_LETTER = 2
"""Vietnamese letters have two."""
LONGEST_REMEMBERED = 100
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u3099\u309a"
# letters of scripts that have no second way to be written, so that they need no look-up
_PLAIN = (
    "\n\t -~\u00a1-\u00a7\u00a9\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bf-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"
    "\u0180-\u01c3\u01cd-\u01f0\u0218-\u021b\u0386-\u0389\u038c-\u03ce\u0400-\u052f\u05d0-\u05ea\u0620-\u064a\u066e-\u0674\u0679-\u06d3"
    "\u0900-\u0957\u0e01-\u0e32\u0e34-\u0e4e\u1e00-\u1e99\u1ea0-\u1ef9\u2013\u2014\u20ac\u3001-\u3002\u3041-\u3096"
    "\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3"
)
_ODD = re.compile(
    rf"[^\W\d_]?[{_MARKS}]+|(?:[\ud800-\udbff][\udc00-\udfff])+|(?:[\ud800-\udbff](?![\udc00-\udfff]))+"
    rf"|[\u1100-\u11ff]+|[\uff66-\uff9d][\uff9e\uff9f]|[^{_PLAIN}{_MARKS}\ud800-\udbff\u1100-\u11ff]+"
)
_RUN_ON = re.compile(rf"[{_MARKS}\ud800-\udbff\u1100-\u11ff\uff9e\uff9f]")
"""Characters that are read together with others."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROLS = {**dict.fromkeys((*range(32), 127), " "), 9: "\t", **dict.fromkeys((10, 11, 12, 13), "\n")}
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_QUOTES = {**dict.fromkeys("‘’‚‛ʼ´′＇", "'"), **dict.fromkeys("“”„‟«»″", '"')}
_LINE_ENDS = dict.fromkeys("\x85\u2028\u2029", "\n")
_SIGNS = str.maketrans("\u2010\u2212\u2044", "--/")
_JOINERS = frozenset("\u200c\u200d")
_SEPARATORS = "\u200b-\u200d\u2060-\u2064\u180e\ufeff\u034f\u115f\u1160\u17b4\u17b5\u3164"
_INVISIBLE = re.compile(f"[{_SEPARATORS}]")
_SEPARATOR = re.compile(rf"(?<=[\w.,;:!?%)'\"])(?<![\u0600-\u109f])[{_SEPARATORS}](?=[{_SEPARATORS}]*+[\w('\"£€$#])")
"""An invisible character between two words, or between two letters."""
_BLANK = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]")
SHORTEST_PIECE = 2
"""Least mean length of words between invisible blanks. If it is less, the characters stand between letters."""
_ENCLOSED = {chr(first + place): chr(65 + place) for first in (0x1F150, 0x1F170) for place in range(26)}


class _Plain(dict[str, str]):
    """How a single character is written, looked up once."""

    def __missing__(self, character: str) -> str:
        plain = _plain(character)
        if len(self) < 20_000:
            self[character] = plain
        return plain


_FORMS = _Plain({**_SMALL_CAPITALS, **_QUOTES, **_LINE_ENDS, **_ENCLOSED, "\u2026": "...", "\u00ad": ""})


def one_form(source: MappedText) -> MappedText:
    """Return the text with one way to write each character."""
    text = source.text
    if _CONTROL.search(text):
        builder = Builder(source)
        # of the same length, so that one run maps all lines
        builder.put_aligned(text.replace("\r\n", " \n").translate(_CONTROLS), 0, len(text))
        source = builder.build()
    return source if text.isascii() else latin_words(_replaced(_with_blanks(source)))


def _with_blanks(source: MappedText) -> MappedText:
    """Return the text with blanks for invisible characters if it has no other blanks."""
    text = source.text
    if not _INVISIBLE.search(text) or _BLANK.search(text):
        return source
    pieces = _SEPARATOR.split(text)
    if len(text) < (SHORTEST_PIECE + 1) * len(pieces):
        return source
    builder = Builder(source)
    # of the same length, so that one run maps all words
    builder.put_aligned(_SEPARATOR.sub(" ", text), 0, len(text))
    return builder.build()


class _Written(NamedTuple):
    """How a run of odd characters is written."""

    text: str
    each: list[str] | None
    """Of each of its characters, `None` if these are read together."""
    is_blank: bool
    is_dropped: bool
    """Whatever stands beside it."""


@lru_cache(maxsize=4_096)
def _written(odd: str) -> _Written:
    each = None if _RUN_ON.search(odd) else [_FORMS[character] for character in odd]
    text = _cluster(odd) if each is None else "".join(each)
    is_blank = text.isspace() and "\n" not in text
    return _Written(text, each, is_blank, not text and odd[0] not in _JOINERS)


def _replaced(source: MappedText) -> MappedText:
    text = source.text
    builder = Builder(source)
    place = 0
    for found in _ODD.finditer(text):
        odd = found[0]
        start, end = found.span()
        if start > place:
            builder.put_aligned(text[place:start], place, start)
        # runs of a whole page are not worth remembering
        form = _written(odd) if end - start <= LONGEST_REMEMBERED else _written.__wrapped__(odd)
        place = end if form.is_dropped else _put(builder, odd, form, start, end)
    builder.keep(place, len(text))
    return builder.build() if place else source


def _put(builder: Builder, odd: str, form: _Written, start: int, end: int) -> int:
    """Write the plain form of a run of odd characters, and return the place from which to go on."""
    if form.is_blank:
        return _put_blank(builder, start, end)
    if odd[0] in _JOINERS and "\u0600" <= builder.source.text[start - 1 : start] < "\u1000":
        # in Persian and Indic scripts a joiner belongs to the spelling
        builder.keep(start, end)
    elif len(form.text) == end - start:
        builder.put_aligned(form.text, start, end)
    elif form.each is not None:
        builder.put_each(form.each, start)
    else:
        builder.put(form.text, start, end)
    return end


def _put_blank(builder: Builder, start: int, end: int) -> int:
    """Write one blank for a row of emoji, unless it stands beside a blank."""
    text = builder.source.text
    before, after = text[start - 1 : start], text[end : end + 1]
    if not before or not after or before.isspace() or after.isspace():
        return end + (before == after == " ")
    if end - start == 1:
        builder.put_aligned(" ", start, end)
    else:
        builder.put(" ", start, end)
    return end


def _cluster(odd: str) -> str:
    if "\ud800" <= odd[0] <= "\udbff":
        # both halves of each character, or halves alone
        whole = odd.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return "".join(_FORMS[character] for character in whole)
    if "\u1100" <= odd[0] <= "\u11ff" or odd[-1] in "\uff9e\uff9f":
        return unicodedata.normalize("NFKC", odd)
    if unicodedata.combining(odd[0]) or unicodedata.category(odd[0]) in {"Mn", "Me"}:
        return ""
    return _composed(odd)


def _composed(odd: str) -> str:
    """A letter with its own marks, or without any if it has too many."""
    letter = unicodedata.normalize("NFKC", odd[: 1 + MOST_MARKS_OF_A_LETTER])
    base = _FORMS[odd[0]] if odd[0] > "\x7f" else odd[0]
    return letter if len(letter) == 1 and len(odd) <= 1 + MOST_MARKS_OF_A_LETTER else base


def _plain(character: str) -> str:
    code = ord(character)
    kind = unicodedata.category(character)
    if kind in {"Cf", "Me"} or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code == 0x034F:
        return ""
    if kind in {"Cc", "Cs", "Co", "Cn", "So", "Sk"} or 0x1F1E6 <= code <= 0x1F3FF or code in {0x3164, 0x115F, 0xFFFD}:
        compatible = unicodedata.normalize("NFKC", character)
        return compatible if compatible.isalnum() and kind == "So" else " "
    compatible = unicodedata.normalize("NFKC", character)
    return " " if compatible.isspace() else compatible.translate(_SIGNS)
