"""Where announcements go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from service.domain.announcement import Announcement

NOT_IN_A_TOKEN: Final = re.compile(r"[^A-Za-z0-9_-]")
"""Between dots, and without what subscribers match with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the broker has said."""

    acknowledged: frozenset[str] = frozenset()
    """Ids of the announcements that it keeps from now on."""
    failure: str | None = None
    """What was wrong with one of the others, for the log."""


class Publisher(Protocol):
    """A broker, or none."""

    @property
    def listens(self) -> bool:
        """Whether anything is to be announced at all."""
        ...

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        """Send them in this order, and wait for a while until all are acknowledged. A broker that is away is told."""
        ...


class Nobody:
    """No broker: nothing is announced."""

    listens = False

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        return Published()


def subject_of(announcement: Announcement) -> str:
    """`errand.<kind>.<what it is about>`."""
    return f"errand.{announcement.kind}.{NOT_IN_A_TOKEN.sub('_', announcement.about)}"
