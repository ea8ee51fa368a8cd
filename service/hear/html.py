"""HTML to text: entities, lines for blocks, without style sheets. Quoted replies get the mark of a quotation.

Mail programs send whole documents, forms send fragments. A text without signs of HTML stays as it is. The scanner
looks at each character a bounded number of times, which `html.parser` does not for unfinished tags.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import NamedTuple

from service.hear.html_element import (
    BLOCKS,
    CELLS,
    HIDDEN,
    KNOWN,
    LAID_OUT,
    QUOTE,
    SIGN,
    THREAD,
    VOID,
    WITHOUT_WORDS,
)
from service.hear.mapped_text import Builder, Edit, MappedText

SEPARATOR = "-----Original Message-----"
"""Put in front of an earlier message that is told by its element only."""
QUOTE_MARK = "> "
LONGEST_TAG_READ = 2_000
"""Characters of a tag's attributes that are looked at."""
_ENTITY = re.compile(r"&(?:amp;){0,3}(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANKS_OR_ENTITY = re.compile(rf"  [ ]*+|{_ENTITY.pattern}")
_BLANK = str.maketrans("\t\r\n\f", "    ")
_MARKUP = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})\s?>|[a-zA-Z/!?])")
"""With its name, if a tag has a name only."""
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:]{0,30})")
_ATTRIBUTE_OF_NOTE = re.compile(r"style|class|id|type|hidden", re.IGNORECASE)
_FORWARDS = re.compile(r"\s{0,20}(?:<[^<>]{1,40}>\s?){0,2}-{5,}")
_ENDS = {name: re.compile(rf"</{name}\s?>", re.IGNORECASE) for name in WITHOUT_WORDS}
_ENDS["head"] = re.compile(r"</head\s?>|(?=<body\b)", re.IGNORECASE)


class Tag(NamedTuple):
    name: str
    attributes: str
    is_end: bool
    end: int


class _OpenElement:
    """An element whose end is waited for: its content is hidden, quoted, or without words."""

    __slots__ = ("depth", "is_hidden", "name")

    def __init__(self, name: str, *, is_hidden: bool) -> None:
        self.name = name
        self.is_hidden = is_hidden
        self.depth = 1


def without_html(source: MappedText) -> MappedText:
    """Return the words that a reader of the page sees, line by line."""
    if "<" in source.text and SIGN.search(source.text):
        seen = _Scanner(source, with_hidden=False).scan()
        return seen if any(map(str.isalnum, seen.text)) else _Scanner(source, with_hidden=True).scan()
    if "&" in source.text:
        return source.edited([Edit(*found.span(), _character(found)) for found in _ENTITY.finditer(source.text)])
    return source


def _character(entity: re.Match[str]) -> str:
    return _named(entity[1]) or entity[0]


@lru_cache(maxsize=512)
def _named(name: str) -> str:
    return unescape(f"&{name};") if name[0] == "#" or f"{name};" in html5 else ""


class _Scanner:
    def __init__(self, source: MappedText, *, with_hidden: bool) -> None:
        self.text = source.text
        self.builder = Builder(source)
        self.with_hidden = with_hidden
        self.is_laid_out = LAID_OUT.search(source.text) is not None
        self.open: list[_OpenElement] = []
        self.hidden = self.quoted = self.verbatim = 0
        self.at_line_start = True
        self.blank_at = -1
        self.next_close = -1
        self.unfinished: set[str] = set()

    def scan(self) -> MappedText:
        place = start = 0
        while found := _MARKUP.search(self.text, start):
            start = found.start()
            tag = self._bare_tag(found) if found[2] else None
            if tag is None and not self.text.startswith(("!", "?"), start + 1):
                tag = self._tag(start)
            if tag is None and self.text[start + 1 : start + 2] not in {"!", "?"}:
                start += 1
                continue
            self._words(place, start)
            place = start = self._markup(start, tag)
        self._words(place, len(self.text))
        return self.builder.build()

    def _markup(self, start: int, tag: Tag | None) -> int:
        """Read a tag or a declaration, and return where it ends."""
        if tag is None:
            return self._declaration(start)
        if tag.name in WITHOUT_WORDS and not tag.is_end:
            return self._after_element(tag)
        if tag.attributes or self.open or tag.name == "blockquote":
            self._track(tag, start)
        if not self.hidden:
            self._lay_out(tag, start)
        return tag.end

    def _declaration(self, start: int) -> int:
        for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
            if self.text.startswith(opening, start):
                place = start + len(opening)
                # "<!-->" is a whole comment
                end = -1 if opening in self.unfinished else self.text.find(closing, place - 2 * (opening == "<!--"))
                return end + 3 if end >= 0 else self._unfinished(opening, place)
        end = self._closing(start)
        return end + 1 if end >= 0 else len(self.text)

    def _closing(self, start: int) -> int:
        """The next ">", looked for once."""
        if self.next_close < start and self.next_close != len(self.text):
            found = self.text.find(">", start)
            self.next_close = found if found >= 0 else len(self.text)
        return self.next_close if self.next_close < len(self.text) else -1

    def _bare_tag(self, found: re.Match[str]) -> Tag | None:
        name = found[2].lower()
        is_tag = (name in KNOWN and name != "address") or ":" in name
        return Tag(name, "", bool(found[1]), found.end()) if is_tag else None

    def _tag(self, start: int) -> Tag | None:
        named = _NAME.match(self.text, start)
        end = self._closing(start) if named else -1
        if named is None or end < 0:
            return None
        name = named[1].lower()
        if name not in KNOWN and ":" not in name:
            return None
        if self.text.find("<", start + 1, end) >= 0 or (name == "address" and end == named.end()):
            return None
        if self.text.count('"', start, end) % 2:
            quote = self.text.find('"', end, end + 500)
            end = max(self.text.find(">", quote, quote + 500), end) if quote >= 0 else end
        attributes = self.text[named.end() : min(end, named.end() + LONGEST_TAG_READ)]
        return Tag(name, attributes, self.text[start + 1] == "/", end + 1)

    def _after_element(self, tag: Tag) -> int:
        if tag.attributes.endswith("/"):
            return tag.end
        found = None if tag.name in self.unfinished else _ENDS[tag.name].search(self.text, tag.end)
        return found.end() if found else self._unfinished(tag.name, tag.end)

    def _unfinished(self, name: str, end: int) -> int:
        """Return where an element without an end stops: with the text, if other words are left."""
        # remembered, so that the end is not looked for again and again
        self.unfinished.add(name)
        return end if self.with_hidden or name == "head" else len(self.text)

    def _track(self, tag: Tag, start: int) -> None:
        """Count the elements inside a hidden or quoted one, so that its end is found."""
        if tag.name in VOID:
            if tag.attributes and THREAD.search(tag.attributes) and not self.hidden:
                self._separate(start)
            return
        top = self.open[-1] if self.open else None
        if tag.is_end:
            if top and top.name == tag.name:
                self._close(top)
        elif not self._opens(tag, start) and top and top.name == tag.name:
            top.depth += 1

    def _opens(self, tag: Tag, start: int) -> bool:
        noted = tag.attributes if tag.attributes and _ATTRIBUTE_OF_NOTE.search(tag.attributes) else ""
        is_hidden = bool(noted) and not self.with_hidden and HIDDEN.search(noted) is not None
        if is_hidden or tag.name == "blockquote" or (noted and self._quotes(noted, tag.end)):
            self._break(start)
            self.open.append(_OpenElement(tag.name, is_hidden=is_hidden))
            self.hidden += is_hidden
            self.quoted += not is_hidden
            return True
        if noted and THREAD.search(noted) and not self.hidden:
            self._separate(start)
        return False

    def _quotes(self, attributes: str, end: int) -> bool:
        """Return whether an element holds a quotation. The head of a forwarded message is another thing."""
        return QUOTE.search(attributes) is not None and _FORWARDS.match(self.text, end) is None

    def _close(self, top: _OpenElement) -> None:
        top.depth -= 1
        if top.depth == 0:
            self.open.pop()
            self.hidden -= top.is_hidden
            self.quoted -= not top.is_hidden
            self.blank_at = -1

    def _separate(self, start: int) -> None:
        self._break(start)
        if self.builder.pieces[-2:] != [SEPARATOR, "\n"]:
            self.builder.put(SEPARATOR, start, start)
            self.at_line_start = False
            self._break(start)

    def _lay_out(self, tag: Tag, start: int) -> None:
        if tag.name == "pre":
            self.verbatim = max(self.verbatim + (-1 if tag.is_end else 1), 0)
        if tag.name in BLOCKS or (tag.is_end and tag.name == "blockquote"):
            self._break(start, tag.end)
        elif tag.name in CELLS and not tag.is_end and not self.at_line_start:
            self.builder.put("\t", start, tag.end)
            self.blank_at = -1

    def _break(self, start: int, end: int | None = None) -> None:
        if not self.at_line_start:
            self.builder.put("\n", start, start if end is None else end)
        self.at_line_start = True
        self.blank_at = -1

    def _words(self, start: int, end: int) -> None:
        if self.hidden or start >= end:
            return
        if not self.is_laid_out or self.verbatim:
            self._verbatim(start, end)
            return
        words = self.text[start:end].translate(_BLANK)
        if "&" not in words and "  " not in words:
            self._keep(words, 0, len(words), start)
            return
        place = 0
        for found in _BLANKS_OR_ENTITY.finditer(words):
            self._keep(words, place, found.start(), start)
            place = found.end()
            if found[1]:
                self._put(_character(found), start + found.start(), start + place)
            else:
                self.blank_at = start + found.start()
        self._keep(words, place, len(words), start)

    def _verbatim(self, start: int, end: int) -> None:
        place = start
        for found in _ENTITY.finditer(self.text, start, end):
            self.builder.keep(place, found.start())
            self.builder.put(_character(found), *found.span())
            place = found.end()
        self.builder.keep(place, end)
        self.at_line_start = self.text[end - 1] == "\n"

    def _keep(self, words: str, start: int, end: int, origin: int) -> None:
        """Write words in which line breaks are blanks already. A blank at their end waits for the next word."""
        if start < end and words[start] == " ":
            self.blank_at = origin + start
            start += 1
        has_blank = start < end and words[end - 1] == " "
        end -= has_blank
        if start < end:
            self._open_line(origin + start)
            self.builder.put_aligned(words[start:end], origin + start, origin + end)
            self.blank_at = origin + end if has_blank else -1

    def _put(self, character: str, start: int, end: int) -> None:
        if character == "\xa0" and self.at_line_start:
            return
        self._open_line(start)
        self.builder.put(character, start, end)

    def _open_line(self, start: int) -> None:
        """Write the mark before the next word: the mark of a quotation, or the blank that was held back."""
        if self.at_line_start:
            self.builder.put(QUOTE_MARK * bool(self.quoted), start, start)
        elif self.blank_at >= 0:
            self.builder.put(" ", self.blank_at, start)
        self.at_line_start = False
        self.blank_at = -1
