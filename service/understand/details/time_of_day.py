"""Times of day, as `HH:MM`.

An hour without am or pm is read as people mean it by day: from one to six in the afternoon, from seven to eleven in
the morning. Words such as `tonight`, `evening` or `dinner` move the hours from seven to eleven to the evening.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from service.understand.details.number import number_of
from service.understand.details.said import Mention, Said, settled

_S = r"\s{1,3}"
_HOUR_WORD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_HOUR = rf"(?P<hour>[01]?[0-9]|2[0-4]|{_HOUR_WORD})"
_HALF = r"(?P<half>a\.?m\b\.?|p\.?m\b\.?|in the (?:morning|afternoon|evening)|at night)"
_PAST = r"five|ten|twenty(?:[ -]five)?|quarter|half|[0-9]{1,2}"
_MINUTE_WORD = (
    r"(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|ten|fifteen|oh five"
)
_NO_NUMBER_AFTER = r"(?![\w:/]|[.,][0-9]|['-]\w)"
_CLOCK = re.compile(
    rf"(?<![\w.:/,-])(?P<hour>[01]?[0-9]|2[0-3])(?P<mark>[:.h])(?P<minute>[0-5][0-9])(?:\s?{_HALF})?{_NO_NUMBER_AFTER}"
)
_WITH_HALF = re.compile(
    rf"(?<![\w.:/,-]){_HOUR}(?:{_S}(?P<words>{_MINUTE_WORD}))?(?P<clock>\s?o'?\s?clock)?(?:\s?{_HALF})?(?!\w)"
)
_RELATIVE = re.compile(
    rf"(?<![\w.:/,-])(?:a{_S})?(?P<past>{_PAST})(?:{_S}minutes?)?{_S}(?P<side>past|to|after){_S}{_HOUR}"
    rf"(?:\s?{_HALF})?{_NO_NUMBER_AFTER}"
)
_HALF_HOUR = re.compile(rf"(?<![\w-])half{_S}(?P<hour>{_HOUR_WORD}|1[0-2]|[1-9])(?:\s?{_HALF})?{_NO_NUMBER_AFTER}")
_NAMED = re.compile(r"(?<![\w-])(?:(?P<noon>noon|midday|lunchtime)|midnight)(?![\w-])")
_AFTER_AT = re.compile(
    rf"(?<![\w-])(?:at|around|until|till|from|by|after|before){_S}(?:about{_S})?"
    rf"(?P<told>{_HOUR}(?:{_S}(?P<words>{_MINUTE_WORD}))?){_NO_NUMBER_AFTER}"
    rf"(?=\s{{0,3}}(?:[.,;:!?)\n-]|$|(?:please|pls|tonight|today|tomorrow|on|in|for|or|and|to|if|would|is|thanks|then"
    rf"|this|next|ish|sharp|until|till|work|works|mon|tue|wed|thu|fri|sat|sun)))"
)
_BARE = re.compile(
    rf"(?<![\w.:/,-])(?:{_HOUR}(?:{_S}(?P<words>{_MINUTE_WORD}))?|(?P<four>(?:[01][0-9]|2[0-3])[0-5][0-9]))(?:[\s-]?ish|h)?"
    rf"(?![\w:/]|[.,][0-9]|'\w)"
)
_IN = re.compile(
    rf"(?<![\w-])in{_S}(?P<share>half{_S})?(?P<count>an?|[0-9]{{1,3}}|{_HOUR_WORD}|twenty|thirty|forty){_S}"
    rf"(?P<unit>hour|hr|minute|min)s?(?:'?{_S}time)?(?![\w-])"
)
_EVENING = re.compile(r"\b(?:tonight|evening|night|dinner|supper|drinks)\b")
_EVENING_OR_TABLE = re.compile(rf"{_EVENING.pattern}|\btable\b")
_MORNING = re.compile(r"\b(?:morning|breakfast|brunch)\b")

_SETTLED = 24
"""Added to an hour that is certain: told with am or pm, on a clock of 24 hours, or by a name."""

_Told = tuple[int, int, int, int, bool]


def find_times(said: Said, now: datetime) -> list[Mention]:
    """Return all times. A bare number is unsure until a question makes it a time. `In an hour` counts from `now`."""
    folded = said.folded
    is_morning = _MORNING.search(folded) is not None
    is_evening = (_EVENING if is_morning else _EVENING_OR_TABLE).search(folded) is not None
    ways = (_exact, _relative, _after_at, _bare)
    told = [*(each for way in ways for each in way(folded)), *_ahead(folded, now)]
    return settled(
        [
            Mention(start, end, _by_day(hour, minute, is_evening=is_evening, is_morning=is_morning), is_sure)
            if hour < _SETTLED
            else Mention(start, end, f"{hour % 24:02}:{minute:02}", is_sure)
            for start, end, hour, minute, is_sure in told
        ]
    )


def _by_day(hour: int, minute: int, *, is_evening: bool, is_morning: bool) -> str:
    moves = 1 <= hour <= 6 and (is_evening or not is_morning)
    return f"{hour + 12 if moves or (is_evening and 7 <= hour <= 11) else hour:02}:{minute:02}"


def _exact(folded: str) -> Iterator[_Told]:
    for match in _CLOCK.finditer(folded):
        # 12.05 is a price or a date unless something says that it is a time
        is_sure = (
            match["mark"] != "." or match["half"] is not None or folded.startswith("at ", max(0, match.start() - 3))
        )
        hour = _halved(int(match["hour"]), match["half"])
        is_certain = match["hour"].startswith("0") and hour < _SETTLED
        yield *match.span(), hour + _SETTLED * is_certain, int(match["minute"]), is_sure
    for match in _WITH_HALF.finditer(folded):
        if not (match["clock"] or match["half"]):
            continue
        yield *match.span(), _halved(_number(match["hour"]), match["half"]), _minute(match["words"]), True
    for match in _NAMED.finditer(folded):
        yield *match.span(), _SETTLED + (12 if match["noon"] else 0), 0, True


def _relative(folded: str) -> Iterator[_Told]:
    for match in _RELATIVE.finditer(folded):
        minutes = {"quarter": 15, "half": 30}.get(match["past"]) or _number(match["past"])
        hour, is_to = _halved(_number(match["hour"]), match["half"]), match["side"] == "to"
        # "five to six people" is a range
        is_sure = not is_to or match["past"] == "quarter" or match["half"] is not None
        if 0 < minutes < 60 and (match["side"] == "past" or match["past"].isalpha()):
            yield *match.span(), _one_less(hour) if is_to else hour, 60 - minutes if is_to else minutes, is_sure
    for match in _HALF_HOUR.finditer(folded):
        # "half 2" needs its question, because "half" is also a share
        is_sure = match["hour"].isalpha() or match["half"] is not None
        yield *match.span(), _halved(_number(match["hour"]), match["half"]), 30, is_sure


def _after_at(folded: str) -> Iterator[_Told]:
    for match in _AFTER_AT.finditer(folded):
        yield *match.span("told"), _on_24(match["hour"]), _minute(match["words"]), True


def _ahead(folded: str, now: datetime) -> Iterator[_Told]:
    for match in _IN.finditer(folded):
        count = 1 if match["count"].startswith("a") else _number(match["count"])
        minutes = 30 if match["share"] else count * (60 if match["unit"].startswith("h") else 1)
        then = now + timedelta(minutes=minutes)
        yield *match.span(), _SETTLED + then.hour, then.minute, True


def _bare(folded: str) -> Iterator[_Told]:
    for match in _BARE.finditer(folded):
        if match["four"]:
            yield *match.span(), _SETTLED + int(match["four"][:2]), int(match["four"][2:]), False
        else:
            yield *match.span(), _on_24(match["hour"]), _minute(match["words"]), False


def _on_24(told: str) -> int:
    hour = _number(told)
    return hour if 1 <= hour <= 12 else _SETTLED + hour % 24


def _number(told: str) -> int:
    return int(told) if told.isdecimal() else number_of(told) or 0


def _minute(words: str | None) -> int:
    return (number_of(words) or 0) if words else 0


def _halved(hour: int, half: str | None) -> int:
    """Return the hour on a clock of 24 hours if am or pm was told."""
    if half is None or hour > 12:
        return hour if hour <= 12 else hour % 24 + _SETTLED
    if half == "at night":
        return _SETTLED + hour % 12 + (12 if 6 <= hour < 12 else 0)
    return _SETTLED + hour % 12 + (0 if half.startswith("a") or half == "in the morning" else 12)


def _one_less(hour: int) -> int:
    if hour >= _SETTLED:
        return _SETTLED + (hour - 1) % 24
    return 12 if hour == 1 else hour - 1
