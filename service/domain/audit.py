"""What was changed by whom, and why: the rows that are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change. Holds no secret and nothing of a customer's."""

    audit_id: str
    at: datetime
    actor: str
    """Who did it, as the way in tells: `cli:jo`."""
    action: str
    """Dotted: the kind of thing, then what was done to it, for example `key.create`."""
    subject: str
    """Id of what was changed."""
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
