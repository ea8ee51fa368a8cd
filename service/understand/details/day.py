"""Days, as ISO dates, relative to the day of the customer.

A weekday alone is the nearest one to come, and the same weekday a week later. `Next Friday` lies in the week after
this one, and weeks begin on Monday. A day of a month is the nearest to come. All of them are the nearest that went by
if a word before tells of the past: `it arrived on Monday`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from service.understand.details.calendar_day import find_date, in_year, moved, nearest_of_month, weekday
from service.understand.details.number import number_of
from service.understand.details.said import Mention, Said, settled
from service.understand.details.vocabulary import in_order

LOOKED_BACK = 7
"""Words before a day that may tell of the past."""
_S = r"\s{1,3}"
_ORDINAL_WORDS = in_order(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
_ORDINALS = {word: day for day, word in enumerate(_ORDINAL_WORDS, 1)}
_ORDINAL_WORD = "|".join(word.replace("-", "[ -]") for word in reversed(_ORDINAL_WORDS))
_ORDINAL = rf"[0-3]?[0-9](?:st|nd|rd|th)|{_ORDINAL_WORD}"
_DAY = rf"(?:[0-3]?[0-9](?:st|nd|rd|th)?|{_ORDINAL_WORD})(?![\w:]|[.,/][0-9])"
_MONTHS = {
    name: month
    for month in range(1, 13)
    for name in (calendar.month_name[month].lower(), calendar.month_abbr[month].lower())
} | {"sept": 9}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_SHORT_WEEKDAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_ALL_WEEKDAYS = _WEEKDAYS | _SHORT_WEEKDAYS
_WEEKDAY = "|".join(sorted(_ALL_WEEKDAYS, key=len, reverse=True))
_COUNT = r"[0-9]{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a couple of"
_UNIT = r"(?P<unit>day|week|fortnight|month|year)s?"
_YEAR = rf"(?:(?:,|{_S}|,\s)(?P<year>(?:19|20|21)[0-9]{{2}})(?!\w))?"
_TO = r"\s{0,2}(?:to|until|till|through|and|-|\u2013)\s{0,2}(?:the\s)?"
_NAMED_DAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new years eve": (12, 31), "new year's day": (1, 1),
    "new years day": (1, 1), "valentine's day": (2, 14), "valentines day": (2, 14), "halloween": (10, 31),
}  # fmt: skip
_NEAR = {
    "today": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "tomorow": 1,
    "tommorow": 1, "tommorrow": 1, "tmrw": 1, "tmr": 1, "2moro": 1, "2morrow": 1, "day after tomorrow": 2,
    "yesterday": -1, "last night": -1, "day before yesterday": -2,
}  # fmt: skip
_PAST = frozenset(
    in_order(
        """was were bought ordered paid arrived came stayed got received delivered sent since purchased happened visited
    collected cancelled returned started broke stopped had"""
    )
)

_ISO = re.compile(r"(?<![\w./-])([0-9]{4})-([01][0-9])-([0-3][0-9])(?!-?[0-9])")
_NUMERIC = re.compile(
    r"(?<![\w./:£$€-])(?P<a>[0-3]?[0-9])(?P<mark>[/.-])(?P<b>[0-3]?[0-9])(?:(?P=mark)(?P<y>[12][0-9]{3}|[0-9]{2}))?(?![\w%:/-]|\.[0-9])"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.:/,£$€-])(?:the{_S})?(?:(?P<d0>{_DAY}){_TO})?(?P<d>{_DAY}|[0-3]?[0-9])"
    rf"(?:{_S}of)?(?:{_S}|-|(?=[a-z]))(?P<m>{_MONTH})\b{_YEAR}"
)
_MONTH_DAY = re.compile(rf"(?<![\w-])(?P<m>{_MONTH})\.?{_S}(?:the{_S})?(?P<d>{_DAY})(?:{_TO}(?P<d1>{_DAY}))?{_YEAR}")
_DAY_OF_MONTH = re.compile(rf"(?<![\w-])(?P<the>(?:the|on){_S})?(?P<d>{_ORDINAL})(?![\w'-])")
_BARE_DAY = re.compile(r"(?<![\w.:/,£$€-])([0-3]?[0-9])(?![\w:%/-]|[.,][0-9])")
_OF_WEEK = re.compile(
    rf"(?<![\w-])(?:(?P<which>this{_S}coming|this|next|last|coming|on|by|until|till|for|every){_S})?"
    rf"(?P<day>{_WEEKDAY})(?:{_S}(?P<week>week)(?!\w))?(?![\w-])"
)
_WEEKS_ON = re.compile(
    rf"(?<![\w-])(?:(?P<n>a|one|two|three){_S}weeks?|(?P<fortnight>a{_S}fortnight)){_S}(?:on|from|this)?\s?"
    rf"(?P<day>{_WEEKDAY}|today|tomorrow|now)(?![\w-])"
)
_WEEKEND = re.compile(rf"(?<![\w-])(?:(?P<which>this|next|last|the){_S})?(?:coming{_S})?weekend(?![\w-])")
_IN = re.compile(rf"(?<![\w-])in{_S}(?P<n>{_COUNT}){_S}{_UNIT}(?:'s?|')?(?:{_S}time)?(?![\w-])")
_FROM_NOW = re.compile(rf"(?<![\w-])(?P<n>{_COUNT}){_S}{_UNIT}{_S}(?P<way>from{_S}(?:now|today)|ago)(?![\w-])")
_NEAR_DAY = re.compile(rf"(?<![\w-])(?:the{_S})?(?P<day>{'|'.join(sorted(_NEAR, key=len, reverse=True))})(?![\w-])")
_NAMED = re.compile(rf"(?<![\w-])(?P<day>{'|'.join(sorted(_NAMED_DAYS, key=len, reverse=True))})(?![\w-])")
_FRACTION = re.compile(r"1/[2348]|3/4|2/3|24/7")
_GOES_ON = re.compile(
    r"\s{1,3}(?!(?:to|until|till|please|at|for|if|and|or|in|of|with|this|next|is|would|thanks|but)\b)\w"
)


class Today(NamedTuple):
    """The day of the customer, and the order of days and months in `12/05`."""

    day: date
    day_first: bool


_Way = Callable[[Said, Today], Iterator[Mention]]


def find_days(said: Said, today: Today) -> list[Mention]:
    """Return all days. A day without a month, or `Sat` alone, is unsure if its words could mean something else."""
    return settled([mention for way in _WAYS for mention in way(said, today)])


def _iso(said: Said, today: Today) -> Iterator[Mention]:
    for match in _ISO.finditer(said.folded):
        yield from _mention(match.span(), find_date(int(match[1]), int(match[2]), int(match[3])))


def _numeric(said: Said, today: Today) -> Iterator[Mention]:
    for match in _NUMERIC.finditer(said.folded):
        is_german = match["mark"] == "." and said.folded[match.end() : match.end() + 1] == "."
        if match["mark"] != "/" and not match["y"] and not is_german:
            continue  # 12.05 is a price or a time, and 12-14 a range
        pairs = [(int(match["a"]), int(match["b"])), (int(match["b"]), int(match["a"]))]
        is_past = _is_past(said, match.start())
        is_sure = not _FRACTION.fullmatch(match[0]) and (match["y"] is not None or not is_german)
        # 12/25 has one reading in both orders
        found = [
            day
            for number, month in (pairs if today.day_first else reversed(pairs))
            if (day := in_year(_year(match["y"]), month, number, today.day, is_past=is_past))
        ]
        yield from _mention(match.span(), found[0] if found else None, is_sure=is_sure)


def _day_month(said: Said, today: Today) -> Iterator[Mention]:
    for match in _DAY_MONTH.finditer(said.folded):
        start = match.start("d") if match["d0"] else match.start()
        yield from _mention(match.span("d0"), _in_match(said, match, "d0", today))
        yield from _mention((start, match.end()), _in_match(said, match, "d", today))
    for match in _MONTH_DAY.finditer(said.folded):
        end = match.end("d") if match["d1"] else match.end()
        # "may 5 people come": a bare number behind a verb is no day
        is_sure = not match["d"].isdecimal() or not _GOES_ON.match(said.folded, match.end())
        yield from _mention((match.start(), end), _in_match(said, match, "d", today), is_sure=is_sure)
        yield from _mention((match.start("d1"), match.end()), _in_match(said, match, "d1", today))


def _in_match(said: Said, match: re.Match[str], day: str, today: Today) -> date | None:
    if match[day] is None:
        return None
    year = _year(match["year"])
    is_past = _is_past(said, match.start())
    return in_year(year, _MONTHS[match["m"]], _number(match[day]), today.day, is_past=is_past)


def _of_month(said: Said, today: Today) -> Iterator[Mention]:
    for match in _DAY_OF_MONTH.finditer(said.folded):
        # "the 3rd floor" and "the second one" go on with a noun, and "a second" is a moment
        is_sure = match["the"] is not None and match["d"] != "second" and not _GOES_ON.match(said.folded, match.end())
        day = nearest_of_month(_number(match["d"]), today.day, is_past=_is_past(said, match.start()))
        yield from _mention(match.span(), day, is_sure=is_sure)
    for match in _BARE_DAY.finditer(said.folded):
        day = nearest_of_month(int(match[1]), today.day, is_past=False)
        yield from _mention(match.span(), day, is_sure=False)


def _of_week(said: Said, today: Today) -> Iterator[Mention]:
    for match in _OF_WEEK.finditer(said.folded):
        which = match["which"] or ""
        if which == "every":
            continue
        is_past = which == "last" or (which in ("", "on") and _is_past(said, match.start()))
        day = weekday(_ALL_WEEKDAYS[match["day"]], today.day, which=which, is_past=is_past)
        is_sure = match["day"] in _WEEKDAYS or which != ""
        start = match.start("day") if which in ("on", "by", "until", "till", "for") else match.start()
        yield from _mention((start, match.end()), day + timedelta(weeks=match["week"] is not None), is_sure=is_sure)
    for match in _WEEKS_ON.finditer(said.folded):
        weeks = 2 if match["fortnight"] else _count(match["n"])
        yield from _mention(match.span(), _named_day(match["day"], today.day) + timedelta(weeks=weeks))


def _weekend(said: Said, today: Today) -> Iterator[Mention]:
    for match in _WEEKEND.finditer(said.folded):
        saturday = today.day + timedelta(5 - today.day.weekday())
        weeks = {"next": 1, "last": -1}.get(match["which"] or "", 0)
        day = saturday + timedelta(weeks=weeks)
        # on a Sunday, "this weekend" has one day left
        yield from _mention(match.span(), max(day, today.day) if not weeks else day, is_sure=match["which"] is not None)


def _counted(said: Said, today: Today) -> Iterator[Mention]:
    for pattern in (_IN, _FROM_NOW):
        for match in pattern.finditer(said.folded):
            count = _count(match["n"])
            count *= -1 if "way" in match.groupdict() and match["way"] == "ago" else 1
            yield from _mention(match.span(), moved(today.day, count, match["unit"]))


def _named(said: Said, today: Today) -> Iterator[Mention]:
    for match in _NEAR_DAY.finditer(said.folded):
        yield from _mention(match.span(), today.day + timedelta(_NEAR[match["day"]]))
    for match in _NAMED.finditer(said.folded):
        month, number = _NAMED_DAYS[match["day"]]
        yield from _mention(match.span(), in_year(None, month, number, today.day, is_past=False))


_WAYS: tuple[_Way, ...] = (_iso, _numeric, _day_month, _of_month, _of_week, _weekend, _counted, _named)


def _mention(span: tuple[int, int], day: date | None, *, is_sure: bool = True) -> Iterator[Mention]:
    if day is not None:
        yield Mention(*span, day.isoformat(), is_sure)


def _is_past(said: Said, offset: int) -> bool:
    """Return whether one of the few words before, in the same sentence, tells of the past."""
    at = said.first_at(offset)
    return any(
        said.words[position].text in _PAST and said.has(position, beside=at - 1)
        for position in range(max(0, at - LOOKED_BACK), at)
    )


def _named_day(name: str, today: date) -> date:
    if name in _ALL_WEEKDAYS:
        return weekday(_ALL_WEEKDAYS[name], today, which="", is_past=False)
    return today + timedelta(1 if name == "tomorrow" else 0)


def _count(told: str) -> int:
    if told.startswith("a "):
        return 2
    return int(told) if told.isdecimal() else number_of(told) or 1


def _number(told: str) -> int:
    """Return the number of a day: `3`, `3rd`, `third`."""
    return int("".join(filter(str.isdecimal, told)) or _ORDINALS[told.replace(" ", "-")])


def _year(told: str | None) -> int | None:
    return None if told is None else int(told) + (2000 if len(told) == 2 else 0)
