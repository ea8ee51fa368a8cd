"""An edition: one catalogue and one bundle that fit each other, and all that answers with them.

Whoever answers takes the edition once, at the beginning, so that no answer mixes two. What outlives editions, such as
the recorder, is in the workshop that they are made in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.catalogue.schema import Catalogue
from service.catalogue.serialised import of_text
from service.domain.delivery import CapacityReport
from service.domain.edition import PublishedEdition
from service.domain.understanding import NO_GOAL_YET
from service.errors import BundleError, EditionError
from service.measure.instruments import Instruments
from service.pipeline.follow_up import FollowUp
from service.pipeline.ladder_walk import Walk
from service.pipeline.pipeline import Pipeline
from service.pipeline.turn_order import Turnstile
from service.record.identity import Identity
from service.record.recorder import Recorder
from service.redact.chain import Redactor
from service.understand.bundle import Manifest, OpenBundle, open_bundle, read_manifest
from service.understand.cascade import Cascade, ServedCascade
from service.understand.executor import BoundedExecutor
from service.understand.firewall.content_judge import ServedJudge
from service.understand.store import BundleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A catalogue and a bundle that fit, checked and in memory."""

    number: int | None
    """`None` where nothing was ever published."""
    catalogue: Catalogue = field(repr=False)
    bundle: OpenBundle = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    opened: Opened
    pipeline: Pipeline
    follow_up: FollowUp
    walk: Walk
    judge: ServedJudge

    @property
    def number(self) -> int | None:
        return self.opened.number

    @property
    def catalogue(self) -> Catalogue:
        return self.opened.catalogue

    @property
    def bundle(self) -> str:
        """Version of the bundle."""
        return self.opened.bundle.manifest.version


def require_fit(bundle: Manifest | Cascade, catalogue: Catalogue) -> None:
    """Raise BundleError unless the bundle knows the catalogue's intents and no others."""
    known = set(bundle.labels) - {NO_GOAL_YET}
    missing, unknown = sorted(catalogue.intents.keys() - known), sorted(known - catalogue.intents.keys())
    if missing or unknown:
        names = ", ".join((missing or unknown)[:5])
        what = f"does not know the intents {names}" if missing else f"has intents that the catalogue lacks: {names}"
        raise BundleError(f"The bundle {bundle.version} {what}. Build one for this catalogue with: errand train")


def seal_of(identity: Identity, *, catalogue: str, bundle: str, bundle_source: str) -> str:
    """What says that somebody who knows the secret published these, and so had them proved and vetted."""
    return identity.edition_seal(catalogue, bundle, bundle_source)


def require_seal(published: PublishedEdition, identity: Identity) -> None:
    """Raise EditionError unless it was published under the secret of this installation, and not changed since."""
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
class Library:
    """What published editions are read with. Everything here blocks, for as long as copying a bundle may take."""

    store: BundleStore
    identity: Identity
    variables: Mapping[str, str]
    """Those that a catalogue may fill its addresses with."""

    def check(self, published: PublishedEdition) -> Catalogue:
        """The catalogue of an edition whose bundle is here by now and fits, without opening that.

        EditionError, CatalogueError, BundleError or BundleAwayError.
        """
        require_seal(published, self.identity)
        catalogue = of_text(published.content.catalogue, self.variables)
        folder = self.store.get(published.content.bundle, published.content.bundle_source)
        require_fit(read_manifest(folder), catalogue)
        return catalogue

    def open(self, published: PublishedEdition, *, beside: OpenBundle | None = None) -> Opened:
        """The same, with the bundle opened; see `open_bundle` for `beside`."""
        catalogue = self.check(published)
        bundle = open_bundle(self.store.folder / published.content.bundle, beside=beside)
        self.store.note_served(published.edition_id)
        return Opened(number=published.edition_id, catalogue=catalogue, bundle=bundle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What editions are made in, and what outlives them; one a worker."""

    recorder: Recorder
    identity: Identity
    instruments: Instruments
    executor: BoundedExecutor
    down: Callable[[], frozenset[str]]
    capacity: Callable[[], Mapping[str, CapacityReport]]
    on_dispatch: Callable[[], None]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    idempotency: timedelta
    redactor: Redactor = field(default_factory=Redactor)
    turnstile: Turnstile = field(default_factory=Turnstile)

    def make(self, opened: Opened) -> Edition:
        catalogue, cascade = opened.catalogue, opened.bundle.cascade
        walk = Walk(catalogue=catalogue, down=self.down, capacity=self.capacity, clock=self.clock, new_id=self.new_id)
        pipeline = Pipeline(
            catalogue=catalogue,
            classifier=ServedCascade(cascade, self.executor),
            redactor=self.redactor,
            recorder=self.recorder,
            identity=self.identity,
            instruments=self.instruments,
            walk=walk,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            new_id=self.new_id,
            # an answer is not kept for its repeats longer than its decision
            idempotency_retention=min(self.idempotency, catalogue.policy.retention_span),
            turnstile=self.turnstile,
        )
        follow_up = FollowUp(
            catalogue=catalogue,
            recorder=self.recorder,
            identity=self.identity,
            instruments=self.instruments,
            decider=pipeline.decider,
            walk=walk,
            on_dispatch=self.on_dispatch,
            clock=self.clock,
            new_id=self.new_id,
        )
        return Edition(
            opened=opened,
            pipeline=pipeline,
            follow_up=follow_up,
            walk=walk,
            judge=ServedJudge(opened.bundle.judge, self.executor),
        )
