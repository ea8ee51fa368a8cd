"""Audit entries: each change with its author and its reason. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change. Secrets and customers' data are left out."""

    audit_id: str
    at: datetime
    actor: str
    """Author of the change, with the way in, for example `cli:jo`."""
    action: str
    """Dotted: the kind of thing, then the change, for example `key.create`."""
    subject: str
    """Id of the changed thing."""
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
