"""`errand publish` and `errand editions …`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from service.catalogue.difference import Changes, Difference, difference
from service.catalogue.loader import CatalogueReport
from service.catalogue.schema import Catalogue
from service.catalogue.serialised import read_text, to_text
from service.cli.commands.record import (
    NONE,
    as_json,
    audit_entry,
    moment,
    prepare_database,
    table_console,
    with_recorder,
)
from service.domain.audit import AuditEntry
from service.domain.clock import utc_now
from service.domain.edition import Content, Publication, PublishedEdition, Publishing, Rollback
from service.edition.loader import require_seal, seal_of
from service.edition.startup import find_published, open_identity, read_catalogue, require_sound
from service.errors import EditionError
from service.record.identity import Identity
from service.settings import Settings, make_home, read_settings
from service.understand.bundle import open_bundle
from service.understand.bundle_source import resolved_source
from service.understand.store import BundleStore

MAX_REASON = 500


def publish(catalogue: Path, bundle: str, *, reason: str, print_json: bool) -> None:
    """Make a catalogue and a bundle the edition in use. Raises CatalogueError or BundleError if one is at fault."""
    reason, settings = checked_reason(reason), read_settings()
    make_home(settings)
    prepare_database(settings)
    source = resolved_source(bundle)
    report = read_catalogue(settings, catalogue)
    written = usable(report)
    opened = open_bundle(BundleStore(folder=settings.bundles_folder).take(source))
    require_sound(report, opened.manifest, lambda: opened.judge, settings)
    before = find_published(settings)
    content = content_of(written, opened.manifest.version, source, open_identity(settings))
    changes = difference(catalogue_before(before, settings), written)
    detail = {"catalogue": written.version, "bundle": content.bundle, "source": source}
    publication = Publication(content=content, reason=reason, entry=entry_of("edition.publish", reason, detail))
    told = with_recorder(settings, lambda recorder: recorder.publish(publication))
    tell(told, content, changes, print_json=print_json)


def usable(report: CatalogueReport) -> Catalogue:
    """Return the catalogue as it is written. Raises CatalogueError with every mistake."""
    report.usable()
    assert report.written is not None  # noqa: S101  (a usable catalogue has it)
    return report.written


def content_of(catalogue: Catalogue, bundle: str, source: str, identity: Identity) -> Content:
    text = to_text(catalogue)
    return Content(
        catalogue_version=catalogue.version,
        catalogue=text,
        bundle=bundle,
        bundle_source=source,
        seal=seal_of(identity, catalogue=text, bundle=bundle, bundle_source=source),
    )


def catalogue_before(published: PublishedEdition | None, settings: Settings) -> Catalogue | None:
    """Return the catalogue served until now, as it is written, or `None` if this version cannot read it."""
    if published is None:
        return read_catalogue(settings).written
    try:
        return read_text(published.content.catalogue)
    except EditionError:  # of another version of Errand
        return None


def roll_back(edition_id: int, *, reason: str, print_json: bool) -> None:
    """Publish an older edition again. Raises NotFoundError, or EditionError if its secret was another."""
    reason, settings = checked_reason(reason), read_settings()
    older = with_recorder(settings, lambda recorder: recorder.get_edition(edition_id))
    require_seal(older, open_identity(settings))
    catalogue = read_text(older.content.catalogue)
    changes = difference(catalogue_before(find_published(settings), settings), catalogue)
    entry = entry_of("edition.rollback", reason, {"restores": edition_id})
    rollback = Rollback(edition_id=edition_id, reason=reason, entry=entry)
    told = with_recorder(settings, lambda recorder: recorder.roll_back(rollback))
    tell(told, older.content, changes, print_json=print_json)


def list_editions(*, limit: int, print_json: bool) -> None:
    """Print the published editions, the newest first."""
    found = with_recorder(read_settings(), lambda recorder: recorder.list_editions(limit=limit))
    if print_json:
        typer.echo(as_json([asdict(edition) for edition in found]))
        return
    if not found:
        typer.echo("Nothing was ever published: the folders of the settings are served.")
        return
    table = Table(
        "edition", "at", "by", "catalogue", "bundle", "source", "restores", "reason", box=None, pad_edge=False
    )
    for edition in found:
        told = (moment(edition.published_at), edition.published_by, edition.catalogue_version, edition.bundle)
        restores = NONE if edition.restores is None else str(edition.restores)
        table.add_row(str(edition.edition_id), *told, edition.bundle_source, restores, edition.reason)
    table_console().print(table, markup=False)


def tell(told: Publishing, content: Content, changes: Difference, *, print_json: bool) -> None:
    if print_json:
        summary = {
            "edition_id": told.edition_id,
            "published": told.is_new,
            "catalogue": content.catalogue_version,
            "bundle": content.bundle,
            "source": content.bundle_source,
            "changes": asdict(changes),
        }
        typer.echo(as_json(summary))
        return
    if not told.is_new:
        typer.echo(f"Nothing to do: this is edition {told.edition_id}, which is in use.")
        return
    typer.echo(
        f"Edition {told.edition_id}: catalogue {content.catalogue_version}, bundle {content.bundle}. "
        "Whoever serves follows within two seconds; /readyz tells which edition that is."
    )
    for name in ("intents", "paths", "details", "entry_points"):
        typer.echo(f"{name.replace('_', ' ')}: {worded(getattr(changes, name))}")
    typer.echo(f"policy and boundaries: {'changed' if changes.policy else 'as before'}")


def worded(changes: Changes) -> str:
    named = {"added": changes.added, "removed": changes.removed, "changed": changes.changed}
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in named.items() if names) or "as before"


def checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON or not reason.isprintable():
        raise typer.BadParameter(f"--reason is one line of up to {MAX_REASON} characters for whoever reads the audit.")
    return reason


def entry_of(action: str, reason: str, detail: dict[str, Any]) -> AuditEntry:
    """Return an audit entry. Its subject is the number of the edition, which is given when the entry is written."""
    return audit_entry(action, "", utc_now(), reason=reason, detail=detail)
