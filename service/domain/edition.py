"""What is published: one catalogue and one bundle that fit each other, under a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A catalogue and a bundle, checked by whoever published them."""

    catalogue_version: str
    catalogue: str
    """JSON of the whole catalogue as it was written: variables are not filled in."""
    bundle: str
    """Version of the bundle."""
    bundle_source: str
    """Folder or URL that it can be copied from."""
    seal: str
    """Keyed hash of the above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """To be published. The audit entry gets the number of the edition as its subject."""

    content: Content
    reason: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """An older edition is to be published again."""

    edition_id: int
    reason: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReport:
    """What is told of an edition."""

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
    """What became of a publication."""

    edition_id: int
    """Of the edition in use now."""
    is_new: bool
    """Not if it was in use before."""
