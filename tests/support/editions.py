"""What editions are published from, in two versions, and their publication."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from service.catalogue.loader import check_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.catalogue.serialised import to_text
from service.domain.audit import AuditEntry
from service.domain.edition import Content, Publication, Rollback
from service.edition.loader import seal_of
from service.record.identity import Identity
from service.understand.bundle import MANIFEST, read_manifest
from tests.support.app import SATURDAY_NOON

ORDERS = "orders.yaml"
FIRST_TITLE = "title: Track an order"
SECOND_TITLE = "title: See where an order is"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an edition is published from."""

    catalogue: Path
    bundle: Path

    @cached_property
    def written(self) -> Catalogue:
        written = check_catalogue(self.catalogue).written
        assert written is not None
        return written

    @property
    def versions(self) -> tuple[str, str]:
        """Of the bundle and of the catalogue, as answers tell them."""
        return read_manifest(self.bundle).version, self.written.version


def make_sources(bundle: Path, folder: Path) -> tuple[Source, Source]:
    """A bundle of the starter with the starter catalogue, and the two again under other versions."""
    catalogue = shutil.copytree(starter_folder(), folder / "catalogue")
    orders = catalogue / ORDERS
    text = orders.read_text(encoding="utf-8")
    assert FIRST_TITLE in text
    orders.write_text(text.replace(FIRST_TITLE, SECOND_TITLE), encoding="utf-8")
    first = Source(catalogue=starter_folder(), bundle=bundle)
    return first, Source(catalogue=catalogue, bundle=renamed(bundle, folder / "bundle"))


def renamed(bundle: Path, folder: Path, provenance: str = "another") -> Path:
    """The same bundle, sound under another version, for what it tells of where it comes from; its files are links."""
    folder.mkdir()
    for path in bundle.iterdir():
        if path.name != MANIFEST:
            (folder / path.name).symlink_to(path.resolve())
    manifest = replace(read_manifest(bundle), provenance={"catalogue": provenance})
    manifest = replace(manifest, version=manifest.computed_version())
    (folder / MANIFEST).write_text(json.dumps(manifest.as_json()), encoding="utf-8")
    return folder


def content_of(source: Source, identity: Identity, **overrides: str) -> Content:
    """Sealed, with whatever is overridden in it."""
    fields = {
        "catalogue": to_text(source.written),
        "bundle": read_manifest(source.bundle).version,
        "bundle_source": str(source.bundle),
        **overrides,
    }
    return Content(catalogue_version=source.written.version, seal=seal_of(identity, **fields), **fields)


def a_publication(content: Content, *, number: int = 1, reason: str = "A new desk.") -> Publication:
    entry = AuditEntry(
        audit_id=f"audit-{number}",
        at=SATURDAY_NOON,
        actor="cli:jo",
        action="edition.publish",
        subject="",
        reason=reason,
        detail={"bundle": content.bundle},
    )
    return Publication(content=content, reason=reason, entry=entry)


def a_rollback(edition_id: int, *, number: int, reason: str = "It went astray.") -> Rollback:
    entry = AuditEntry(
        audit_id=f"audit-{number}",
        at=SATURDAY_NOON,
        actor="cli:jo",
        action="edition.rollback",
        subject="",
        reason=reason,
        detail={"restores": edition_id},
    )
    return Rollback(edition_id=edition_id, reason=reason, entry=entry)


def versions_in(answer: Mapping[str, Any]) -> tuple[str, str]:
    return answer["bundle"], answer["catalogue"]
