"""The redacted text of a contact that the catalogue permits to keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    """The part of a customer's text that the catalogue permits to keep until `until`."""

    redacted: str = field(repr=False)
    until: datetime
