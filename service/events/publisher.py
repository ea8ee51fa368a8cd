"""Interface of a broker, and the subjects of announcements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from service.domain.announcement import Announcement

NOT_IN_A_TOKEN: Final = re.compile(r"[^A-Za-z0-9_-]")
"""Characters that are replaced in a token of a subject: dots separate tokens, and subscribers match with wildcards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Answer of the broker."""

    acknowledged: frozenset[str] = frozenset()
    """Ids of the announcements that the broker keeps from now on."""
    failure: str | None = None
    """Failure of one of the other announcements, for the log."""


class Publisher(Protocol):
    """A broker, or a stand-in for a missing broker."""

    @property
    def listens(self) -> bool:
        """Whether announcements are wanted at all."""
        ...

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        """Send announcements in this order, and wait for a limited time until all are acknowledged.

        A broker that is away is told in `failure`.
        """
        ...


class Nobody:
    """Stand-in for a missing broker. Announcing is off."""

    listens = False

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        return Published()


def subject_of(announcement: Announcement) -> str:
    """Return the subject: `errand.<kind>.<about>`."""
    return f"errand.{announcement.kind}.{NOT_IN_A_TOKEN.sub('_', announcement.about)}"
