"""An edition: one catalogue and one bundle that fit each other, published under a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A catalogue and a bundle, checked by the publisher."""

    catalogue_version: str
    catalogue: str
    """JSON of the whole catalogue as written, with its variables still unfilled."""
    bundle: str
    """Version of the bundle."""
    bundle_source: str
    """Folder or URL to copy the bundle from."""
    seal: str
    """Keyed hash of the fields above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Request to publish. The audit entry gets the number of the edition as its subject."""

    content: Content
    reason: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """Request to publish an older edition again."""

    edition_id: int
    reason: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReport:
    """Description of an edition, without its contents."""

    edition_id: int
    catalogue_version: str
    bundle: str
    bundle_source: str
    restores: int | None
    published_at: datetime
    published_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEdition:
    edition_id: int
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Result of a publication."""

    edition_id: int
    """Number of the edition in use now."""
    is_new: bool
    """False if the edition was already in use."""
