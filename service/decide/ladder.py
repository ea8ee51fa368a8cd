"""Which rung of a path serves a contact now, and which come then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.catalogue.schema import Catalogue, HttpRung, Path, Rung
from service.domain import Channel

Skips = Callable[[Rung], bool]
"""Whether a rung is known to be unable to serve anybody now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A rung that accepts, and the rest of the ladder."""

    rung: Rung
    position: int
    """0-based, within the path."""
    then: tuple[Rung, ...]
    """Rungs that would accept this contact after it, in order."""


def is_not_carried(rung: Rung) -> bool:
    """Calls to fulfilment systems are not made yet: a ladder goes on to the rung below them."""
    return isinstance(rung, HttpRung)


def place(
    path: Path, catalogue: Catalogue, *, at: datetime, channel: Channel | None, skips: Skips = is_not_carried
) -> Placement:
    """The first rung that serves the channel and is open, and those that come then.

    A catalogue that passed its checks ends every path in a rung that always accepts, so there is always one.
    """
    open_now = [
        (position, rung)
        for position, rung in enumerate(path.rungs)
        if rung.serves(channel) and not skips(rung) and _is_open(rung, catalogue, at)
    ]
    (position, rung), *rest = open_now
    return Placement(rung=rung, position=position, then=tuple(later for _, later in rest))


def _is_open(rung: Rung, catalogue: Catalogue, at: datetime) -> bool:
    hours = catalogue.opening_hours(rung)
    return hours is None or hours.is_open(at)
