"""An edition: one catalogue and one bundle that fit each other, and all objects that answer with them.

A request takes the edition once, at its beginning, so that its answer comes from a single edition. Objects that outlive
editions, such as the recorder, belong to the factory.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from service.catalogue.schema import Catalogue
from service.domain.understanding import NO_GOAL_YET
from service.errors import BundleError
from service.pipeline.follow_up import FollowUp
from service.pipeline.ladder_walk import LadderWalk
from service.pipeline.pipeline import Pipeline
from service.understand.bundle import Manifest, OpenBundle
from service.understand.cascade import Cascade
from service.understand.firewall.content_judge import ServedJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A catalogue and a bundle that fit, checked and in memory."""

    number: int | None
    """`None` before the first publication."""
    catalogue: Catalogue = field(repr=False)
    bundle: OpenBundle = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    opened: Opened
    pipeline: Pipeline
    follow_up: FollowUp
    walk: LadderWalk
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
    """Raise BundleError unless the bundle knows exactly the intents of the catalogue."""
    known = set(bundle.labels) - {NO_GOAL_YET}
    missing, unknown = sorted(catalogue.intents.keys() - known), sorted(known - catalogue.intents.keys())
    if missing or unknown:
        names = ", ".join((missing or unknown)[:5])
        what = f"does not know the intents {names}" if missing else f"has intents that the catalogue lacks: {names}"
        raise BundleError(f"The bundle {bundle.version} {what}. Build one for this catalogue with: errand train")
