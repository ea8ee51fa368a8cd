"""The redacted text of a contact that the catalogue lets be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptText:
    """What the catalogue lets be kept of what a customer wrote."""

    redacted: str = field(repr=False)
    until: datetime
