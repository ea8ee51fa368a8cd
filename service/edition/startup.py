"""Finds the edition to serve: the published one or, before the first publication, the folders of the settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from service.access.limiter import require_store_client
from service.catalogue.loader import CatalogueReport, check_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.catalogue.serialised import read_text
from service.domain.edition import PublishedEdition
from service.edition.catalogue_firewall import require_vetted
from service.edition.edition import Opened, require_fit
from service.edition.loader import EditionLoader
from service.errors import ErrandError, NotFoundError
from service.events.opening import require_client
from service.promise.sealing import Sealer
from service.record.identity import Identity, checked_secret, derive, load_or_create_secret
from service.record.recorder import open_recorder
from service.settings import Settings
from service.understand.bundle import Manifest, open_bundle, read_manifest, verify
from service.understand.firewall.content_judge import ContentJudge
from service.understand.intents import IntentTable
from service.understand.store import BundleStore

Used = TypeVar("Used")


def catalogue_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that a catalogue may fill its addresses with: only variables that the operator has named."""
    return {name: os.environ[name] for name in settings.catalogue_variables if name in os.environ}


def read_catalogue(settings: Settings, folder: Path | None = None) -> CatalogueReport:
    """Read the catalogue of a folder or of the settings, with its mistakes and sentences, before any judgement."""
    chosen = folder or settings.resolved_catalogue or starter_folder()
    return check_catalogue(chosen, environment=catalogue_variables(settings))


def catalogue_in_use(settings: Settings) -> Catalogue:
    """Return the served catalogue, as it is written."""
    published = find_published(settings)
    return read_catalogue(settings).usable() if published is None else read_text(published.content.catalogue)


def find_intents(settings: Settings) -> IntentTable | None:
    """The facts about the intents of the catalogue in use. `None` if the catalogue has mistakes."""
    try:
        return IntentTable.of(catalogue_in_use(settings))
    except ErrandError:
        return None


def open_identity(settings: Settings) -> Identity:
    """Open the keyed hashes under this installation's secret."""
    return Identity(_secret(settings))


def open_sealer(settings: Settings) -> Sealer:
    """Open the sealing of contact details under this installation's secret, and the secret before if it is set."""
    previous = settings.secret_previous
    before = [] if previous is None else [checked_secret(previous.get_secret_value(), name="ERRAND_SECRET_PREVIOUS")]
    return Sealer(derive(_secret(settings), "promise"), previous=[derive(each, "promise") for each in before])


def _secret(settings: Settings) -> bytes:
    override = settings.secret.get_secret_value() if settings.secret is not None else None
    return load_or_create_secret(settings.home / "secret.key", override)


def open_library(settings: Settings, identity: Identity) -> EditionLoader:
    """Open the loader of published editions."""
    store = BundleStore(folder=settings.bundles_folder)
    return EditionLoader(store=store, identity=identity, variables=catalogue_variables(settings))


def find_published(settings: Settings) -> PublishedEdition | None:
    """Return the edition in use, however old the database is, or `None` before the first publication."""

    async def find() -> PublishedEdition | None:
        async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
            return await recorder.find_active_edition_if_any()

    return asyncio.run(find())


def require_servable(settings: Settings, report: CatalogueReport | None) -> None:
    """Raise the ErrandError that would keep a worker from starting. The published bundle is on this machine afterwards.

    `report` is about the settings' catalogue, or `None` if an edition is published.
    """
    require_client(settings.resolved_events_url, settings.events_credentials)
    require_store_client(settings.resolved_limits_url)
    library = open_library(settings, open_identity(settings))
    if report is None:
        _first_usable(asyncio.run(_list_candidates(settings, library)), library.check)
        return
    folder = settings.resolved_bundle
    manifest = read_manifest(folder)
    verify(folder, manifest)
    require_sound(report, manifest, lambda: open_bundle(folder).judge, settings)


def require_sound(
    report: CatalogueReport, manifest: Manifest, open_judge: Callable[[], ContentJudge], settings: Settings
) -> Catalogue:
    """Return the catalogue of a report.

    Raises CatalogueError or BundleError unless the bundle fits the catalogue and passes its sentences.
    """
    catalogue = report.usable()
    require_fit(manifest, catalogue)
    require_vetted(
        report,
        bundle=manifest.version,
        open_judge=lambda: open_judge().promotion_in,
        folder=settings.home / "cache",
        also_in=settings.resolved_bundle,  # remembered there when the bundle was built
    )
    return catalogue


async def open_servable(settings: Settings, library: EditionLoader) -> Opened:
    """Open the edition that a worker begins with: the published one or, if that fails, the one served here last."""
    if candidates := await _list_candidates(settings, library):
        return _first_usable(candidates, library.open)
    bundle = open_bundle(settings.resolved_bundle)
    catalogue = require_sound(read_catalogue(settings), bundle.manifest, lambda: bundle.judge, settings)
    return Opened(number=None, catalogue=catalogue, bundle=bundle)


async def _list_candidates(settings: Settings, library: EditionLoader) -> list[PublishedEdition]:
    """Return the published edition, and the edition served here last if it is another one."""
    async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
        active = await recorder.find_active_edition_if_any()
        if active is None:
            return []
        served = library.store.find_served()
        if served is None or served == active.edition_id:
            return [active]
        try:
            return [active, await recorder.get_edition(served)]
        except NotFoundError:  # the number is of another database
            return [active]


def _first_usable(candidates: list[PublishedEdition], use: Callable[[PublishedEdition], Used]) -> Used:
    """Use the first candidate, or the second if that fails. The follower tries the first again, and tells its error."""
    first, *others = candidates
    try:
        return use(first)
    except ErrandError:
        if not others:
            raise
    return use(others[0])
