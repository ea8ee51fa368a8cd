"""A published edition is used if its seal holds and its bundle fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from service.domain.edition import PublishedEdition
from service.edition.loader import EditionLoader, require_seal, seal_of
from service.errors import BundleError, EditionError
from service.record.identity import Identity
from service.understand.store import BundleStore
from tests.support.editions import Source, content_of

IDENTITY = Identity(b"k" * 32)
PARTS = {"catalogue": "{}", "bundle": "0" * 16, "bundle_source": "/bundles"}


def a_loader(home: Path) -> EditionLoader:
    return EditionLoader(store=BundleStore(folder=home / "bundles"), identity=IDENTITY, variables={})


def published(source: Source, number: int = 1, **overrides: str) -> PublishedEdition:
    return PublishedEdition(edition_id=number, content=content_of(source, IDENTITY, **overrides))


@pytest.mark.parametrize("part", PARTS)
def test_a_seal_is_of_every_part(part: str) -> None:
    """Nobody without the secret can change one of them."""
    assert seal_of(IDENTITY, **PARTS) == seal_of(IDENTITY, **PARTS)
    assert seal_of(IDENTITY, **PARTS) != seal_of(IDENTITY, **{**PARTS, part: PARTS[part] + "x"})


def test_parts_are_kept_apart_in_a_seal() -> None:
    """A letter that moves from one part to the next changes the seal."""
    moved = {**PARTS, "bundle": "0" * 15, "bundle_source": "0/bundles"}

    assert seal_of(IDENTITY, **PARTS) != seal_of(IDENTITY, **moved)


def test_a_broken_seal_names_the_edition(sources: Sequence[Source]) -> None:
    """The operator learns which edition to publish again, and nothing of its contents."""
    sound = published(sources[0], 7)
    require_seal(sound, IDENTITY)

    with pytest.raises(EditionError, match="Edition 7") as refused:
        require_seal(replace(sound, content=replace(sound.content, bundle_source="zebracanary")), IDENTITY)

    assert "zebracanary" not in str(refused.value)


def test_an_edition_is_checked_without_being_served(sources: Sequence[Source], tmp_path: Path) -> None:
    """The bundle is here afterwards, and the edition served last is still the one before."""
    loader = a_loader(tmp_path)
    bundle, version = sources[0].versions

    catalogue = loader.check(published(sources[0]))

    assert catalogue.version == version
    assert (loader.store.folder / bundle).is_dir()
    assert loader.store.find_served() is None


def test_an_opened_edition_is_remembered(sources: Sequence[Source], tmp_path: Path) -> None:
    """The next start falls back on it, if the newest edition cannot be opened then."""
    loader = a_loader(tmp_path)

    first = loader.open(published(sources[0], 3))
    second = loader.open(published(sources[1], 4), beside=first.bundle)

    assert [each.number for each in (first, second)] == [3, 4]
    assert [(each.bundle.manifest.version, each.catalogue.version) for each in (first, second)] == [
        each.versions for each in sources
    ]
    assert second.bundle.encoder is first.bundle.encoder
    assert loader.store.find_served() == 4


def test_an_edition_that_fails_is_not_remembered(sources: Sequence[Source], tmp_path: Path) -> None:
    """The one before it stays the last that was served."""
    loader = a_loader(tmp_path)
    loader.open(published(sources[0], 3))
    smaller = sources[0].written.model_copy(
        update={"intents": {n: i for n, i in sources[0].written.intents.items() if n != "track_order"}}
    )

    with pytest.raises(BundleError, match="track_order"):
        loader.open(published(sources[0], 4, catalogue=smaller.model_dump_json()))

    assert loader.store.find_served() == 3
