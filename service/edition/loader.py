"""Loads published editions: checks the seal, the catalogue and the bundle of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.catalogue.schema import Catalogue
from service.catalogue.serialised import of_text
from service.domain.edition import PublishedEdition
from service.edition.edition import Opened, require_fit
from service.errors import EditionError
from service.record.identity import Identity
from service.understand.bundle import OpenBundle, open_bundle, read_manifest
from service.understand.store import BundleStore


def seal_of(identity: Identity, *, catalogue: str, bundle: str, bundle_source: str) -> str:
    """Return the seal of an edition: a holder of the secret has published it, and so had it proved and vetted."""
    return identity.edition_seal(catalogue, bundle, bundle_source)


def require_seal(published: PublishedEdition, identity: Identity) -> None:
    """Raise EditionError unless the edition was published under this installation's secret and is unchanged."""
    content = published.content
    expected = seal_of(
        identity, catalogue=content.catalogue, bundle=content.bundle, bundle_source=content.bundle_source
    )
    if expected != content.seal:
        raise EditionError(
            f"Edition {published.edition_id} was published under another secret, or changed since. Give whoever "
            "publishes the ERRAND_SECRET of those who serve, and publish it again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLoader:
    """Reads published editions. Every method blocks, for as long as copying a bundle may take."""

    store: BundleStore
    identity: Identity
    variables: Mapping[str, str]
    """Variables that a catalogue may fill its addresses with."""

    def check(self, published: PublishedEdition) -> Catalogue:
        """Fetch the bundle of an edition, check that it fits, and return the catalogue. The bundle stays closed.

        Raises EditionError, CatalogueError, BundleError or BundleAwayError.
        """
        require_seal(published, self.identity)
        catalogue = of_text(published.content.catalogue, self.variables)
        folder = self.store.get(published.content.bundle, published.content.bundle_source)
        require_fit(read_manifest(folder), catalogue)
        return catalogue

    def open(self, published: PublishedEdition, *, beside: OpenBundle | None = None) -> Opened:
        """Check an edition and open its bundle. See `open_bundle` for `beside`."""
        catalogue = self.check(published)
        bundle = open_bundle(self.store.folder / published.content.bundle, beside=beside)
        self.store.note_served(published.edition_id)
        return Opened(number=published.edition_id, catalogue=catalogue, bundle=bundle)
