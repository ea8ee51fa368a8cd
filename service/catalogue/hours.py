"""Opening hours of a rung, in the `opening_hours` syntax of OpenStreetMap. This module knows times only, without rungs.

Syntax: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np
import opening_hours
from numpy.typing import NDArray

EXAMPLE: Final = "Mo-Sa 08:00-20:00"
MINUTES_A_DAY: Final = 1_440
_MINUTE: Final = timedelta(minutes=1)
_MAX_CHARACTERS: Final = 500
_POSITION: Final = re.compile(r"--> 1:(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Hours in one time zone, parsed once."""

    expression: str
    zone: ZoneInfo
    country: str | None
    _compiled: opening_hours.OpeningHours = field(repr=False, compare=False)
    _last_asked: dict[float, bool] = field(default_factory=dict, repr=False, compare=False)
    """The minute (since 1970) of the last request, and its answer. Many contacts come within one minute."""

    @classmethod
    def parse(cls, expression: str, timezone: str = "UTC", country: str | None = None) -> Self:
        """Parse an expression.

        `country` (ISO 3166 alpha-2) gives the days of `PH`. Raises `ValueError` with a plain sentence.
        """
        if not expression.strip() or len(expression) > _MAX_CHARACTERS:
            raise ValueError(f"Opening hours have 1 to {_MAX_CHARACTERS} characters.")
        zone = known_zone(timezone)
        try:
            compiled = opening_hours.OpeningHours(expression, timezone=zone, country=country)
        except opening_hours.ParserError as error:  # type: ignore[attr-defined]  # the stub leaves it out
            raise ValueError(_sentence(expression, str(error))) from error
        except opening_hours.UnknownCountryError as error:  # type: ignore[attr-defined]  # likewise
            raise ValueError(f"No public holidays are known for the country {country}.") from error
        return cls(expression=expression, zone=zone, country=country, _compiled=compiled)

    @property
    def mentions_public_holidays(self) -> bool:
        return re.search(r"\bPH\b", self.expression) is not None

    def is_open(self, at: datetime) -> bool:
        """Return whether the hours are open.

        Hours marked `unknown` count as closed, because such hours promise nothing.
        """
        local = self._local(at)
        minute = at.timestamp() // 60
        answer = self._last_asked.get(minute)
        if answer is None:
            answer = bool(self._compiled.is_open(local))
            self._last_asked.clear()
            self._last_asked[minute] = answer
        return answer

    def open_minutes(self, first: date, days: int) -> NDArray[np.bool_]:
        """Return for each minute on a wall clock whether it is open, from the beginning of `first` on.

        The wall clock decides, so every moment of a day of 23 or 25 hours is included.
        """
        on_the_wall = opening_hours.OpeningHours(self.expression, country=self.country)
        midnight = datetime.combine(first, time())
        found = np.zeros(days * MINUTES_A_DAY, dtype=np.bool_)
        for starts_at, ends_at, state, _ in on_the_wall.intervals(midnight, midnight + timedelta(days=days)):
            if state == opening_hours.State.OPEN:
                found[(starts_at - midnight) // _MINUTE : (ends_at - midnight) // _MINUTE] = True
        return found

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("The time must be aware: a time without a zone can be any of 38 moments.")
        return at.astimezone(self.zone)


def known_zone(timezone: str) -> ZoneInfo:
    """Return the zone of a name in the IANA time zone database. Raises `ValueError` for any other name."""
    try:
        zone = ZoneInfo(timezone)
        opening_hours.OpeningHours("24/7", timezone=zone)
    except (LookupError, ValueError, OSError, TypeError) as error:  # TypeError: `Factory` and `localtime` are no places
        raise ValueError(f"{timezone[:50]!r} is not a time zone of the IANA database.") from error
    return zone


def _sentence(expression: str, refusal: str) -> str:
    position = _POSITION.search(refusal)
    rest = expression[int(position.group(1)) - 1 :].strip() if position else ""
    since = f' from "{rest}" on' if rest and rest != expression.strip() else ""
    return f'"{expression}" cannot be read as opening hours{since}.'
