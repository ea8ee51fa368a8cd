"""Details as a catalogue declares them, and one day on which everything is said."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from service.domain.detail import DetailKind, DetailOption, DetailSpec, FoundDetail
from service.understand.details.finder import find_details

WEDNESDAY: Final = datetime(2025, 5, 14, 10, 0, tzinfo=ZoneInfo("Europe/London"))


def spec(name: str, kind: DetailKind, *examples: str, options: tuple[DetailOption, ...] = ()) -> DetailSpec:
    return DetailSpec(name=name, kind=kind, ask=f"Which {name}?", examples=examples, options=options)


ITEM: Final = spec(
    "item", DetailKind.PHRASE, "do you have the {red kettle}", "send back a {lamp}", "is the {blue chair} in stock"
)
ROOM: Final = spec("room_number", DetailKind.NUMBER, "room {214}")
PARTY: Final = spec("party_size", DetailKind.NUMBER, "a table for {four}", "{three} people")
NIGHTS: Final = spec("nights", DetailKind.NUMBER, "{three} nights")
DAY: Final = spec("day", DetailKind.DATE)
ARRIVAL: Final = spec("arrival", DetailKind.DATE, "from {3 May}", "arriving on {3 May}")
DEPARTURE: Final = spec("departure", DetailKind.DATE, "to {6 May}", "until {6 May}", "leaving on {6 May}")
TIME: Final = spec("time", DetailKind.TIME)
ORDER: Final = spec("order_number", DetailKind.REFERENCE)
BOOKING: Final = spec("booking_number", DetailKind.REFERENCE)
GIFT: Final = spec("gift", DetailKind.FLAG, "for her birthday", "as a gift", "gift wrapped")
SIZE: Final = spec(
    "size",
    DetailKind.CHOICE,
    options=(
        DetailOption(name="small", synonyms=("s", "little")),
        DetailOption(name="medium"),
        DetailOption(name="extra_large", synonyms=("xl", "extra big")),
    ),
)
ALL: Final = (ITEM, ROOM, PARTY, NIGHTS, DAY, TIME, ORDER, GIFT, SIZE)


def found(
    utterance: str, *specs: DetailSpec, asked: str | None = None, now: datetime = WEDNESDAY, day_first: bool = True
) -> dict[str, FoundDetail]:
    details = find_details(utterance, specs, now=now, asked=asked, day_first=day_first)
    return {detail.name: detail for detail in details}


def value(
    utterance: str, detail: DetailSpec, *, asked: bool = False, now: datetime = WEDNESDAY, day_first: bool = True
) -> object:
    """The value of one detail, or `None`."""
    got = found(utterance, detail, asked=detail.name if asked else None, now=now, day_first=day_first)
    return got[detail.name].value if got else None
