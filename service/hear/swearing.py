"""Swear words that are written by half: "f***", "sh*t", "@#$%", "wtf".

Such words tell a mood. Words in bold, footnotes, and masked numbers stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from service.hear.listed import words
from service.hear.mapped_text import Stretch

LONGEST_WORD = 60
MOST_WORDS = 400
"""Words of a kind that are looked at."""

_LETTER = r"[^\W\d_]"
_MASKED = re.compile(
    rf"""(?<![\w.@'*/&\#$%^-])(?!\#+(?!\S)|(?-i:[A-Z]+\*[A-Z][a-z]))(?:
      {_LETTER}{{1,6}}\*+{_LETTER}{{1,8}}(?:\*+{_LETTER}{{0,6}})?
      | (?:{_LETTER}{{1,3}}|bull|bullsh|bast|bitc|arse|dumb|jack|mother|schei|fuck|shit)\*{{2,}}
      | \*{{3,}}(?:ing|in|ed|er|head|hole|wit|s|k|t|ck)
      | f(?:[\#@$%!&^_]{{1,4}}|-{{1,4}})c?k(?:ing|in|ed|er|s|wit|up)? | f[\#@$%!&^_]{{2,8}}(?:ing|in|ed|er)?
      | f-{{2,4}}(?:ing|in|ed|er)? | f-ing
      | (?:bull|horse)?(?:s|\$)h?(?:[\#@$%!&^_]{{1,3}}|-{{2,3}})t(?:ty|s|e|head)? | (?:bull|horse)?\$hit(?:ty)?
      | (?:dumb|jack|smart)?(?:a|@)(?:\$\$|s\$|\$s|[\#%]{{2}})(?:hole|holes|es)? | @ss(?:holes?)?
      | b[\#@$%!^_-]{{1,2}}tch(?:es|y|ing)? | b[@\#]st[@\#]rds? | d[@\#_]mn(?:ed|it)? | cr[@\#_]p(?:py)?
      | p[!\#]ss(?:ed)?
      | (?<![\[{{])(?=\S{{0,11}}[@\#$%^*])[@\#$%^&*!?+~]{{3,40}}(?:ing|in|ed|er)? | \*\*(?!\S)
      | (?={_LETTER}{{1,3}}!?[@\#$%^*]){_LETTER}{{1,3}}[@\#$%^&*!]{{3,9}}{_LETTER}{{0,4}}
    )(?![\w@*/-]|[.']\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_MARK = re.compile(r"[*@#$%^_]|[a-z][!&]|(?<![^\W_])[a-z]{1,2}-", re.IGNORECASE)
_BOLD = re.compile(r"(?<![\w*])(\*{1,3})(?=[\w\"'(])[^*\n]{1,200}(?<=[\w\"').,!?:])\1(?![\w*])")
_SHORT_WORDS = words(
    """wtf wtaf wth ffs jfc omfg stfu gtfo fml fck fkn fcuk fking sh1t f'ing effin bleeping the_bleep the_beep the_f_
    the_f. _tf_ the_[ the_< the_( the_* the_{"""
)
"""One of these is in every text with a swear word of letters only. Here "_" is a blank."""
_SHORT = re.compile(
    r"""(?<![\w'@.-])(?:
      (?:wtaf|wtf+|wth|ffs|jfc|omfg|stfu|gtfo|fml|fck(?:n|ing|in|ed|er)?|fc?kn|fc?king?|fcuk(?:ing)?|sh1t|f'?ing|effing?)
      |(?:(?<=the\s)|(?<=my\s)|(?<=this\s)|(?<=your\s))bleeping
      |(?:(?<=where\s)|(?<=what\s)|(?<=who\s)|(?<=why\s)|(?<=how\s)|(?<=when\s))
        (?:tf|(?:in\s)?the\s(?:f(?:\.{2,})?|bleep(?:ing)?|beep
          |[\[(<{*]\s?(?:bleep(?:ed|ing|s)?|beep|expletive(?:\sdeleted)?|censored|\*+)\s?[\])>}*]))
      )(?![\w@*/-]|[.']\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_ARTICLE = re.compile(
    r"\b(?:where|what|who|why|how|when)\s(?P<article>(?:in\s)?the\s(?:(?:actual|absolute)\s)?)\Z", re.IGNORECASE
)
_ENDS_OF_ARTICLE = frozenset(("the", "ual", "ute"))
_BLANK = re.compile(r"\s")
_AT_SOMEBODY = re.compile(r"\s(?:you|u|ya|off|yourself)(?=\s*(?:[.,!?\n]|$))", re.IGNORECASE)
_MARKS_BEHIND = re.compile(r"[ \t,.!?:…-]{0,9}")


def swear_words(text: str) -> list[Stretch]:
    """Return the places of swear words, with "the" if it stands between one and a question word."""
    found = [*_masked(text), *_short(text)]
    return [_widened(text, each) for each in sorted(found)] if found else []


def is_only_swearing(text: str) -> bool:
    """Return whether a text is swear words only."""
    place, said = 0, ""
    for start, end in swear_words(text):
        said += text[place:start]
        place = end
    return not any(map(str.isalnum, said + text[place:]))


def _masked(text: str) -> Iterator[Stretch]:
    bold = [found.span() for found in _BOLD.finditer(text)] if "*" in text else []
    place = 0
    for _ in range(MOST_WORDS):
        mark = _MARK.search(text, place)
        if mark is None:
            break
        until = mark.start()
        start = (
            max(
                place - 1, text.rfind(" ", place, until), text.rfind("\n", place, until), text.rfind("\t", place, until)
            )
            + 1
        )
        place = _end_of_word(text, mark.end())
        while bold and bold[0][1] <= start:
            del bold[0]
        if place - start <= LONGEST_WORD and not (bold and bold[0][0] < place):
            for found in _MASKED.finditer(text, start, place):
                yield Stretch(*found.span())


def _end_of_word(text: str, place: int) -> int:
    blank = _BLANK.search(text, place)
    return blank.start() if blank else len(text)


def _short(text: str) -> Iterator[Stretch]:
    written = text.lower().replace(" ", "_") + "_"
    if any(word in written for word in _SHORT_WORDS):
        for found in islice(_SHORT.finditer(text), MOST_WORDS):
            yield Stretch(*found.span())


def _widened(text: str, word: Stretch) -> Stretch:
    """With the article before it, "you" behind it, and the comma if a line begins with the word."""
    start, end = word
    has_article = text[start - 4 : start - 1].lower() in _ENDS_OF_ARTICLE
    article = _ARTICLE.search(text, max(start - 40, 0), start) if has_article else None
    rest = _AT_SOMEBODY.match(text, end)
    end = rest.end() if rest else end
    if start == 0 or text[start - 1] == "\n":
        marks = _MARKS_BEHIND.match(text, end)
        end = marks.end() if marks else end
    return Stretch(article.start("article") if article else start, end)
