"""A worker begins with the published edition, with the one served here last, or with the folders of its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from os import environ
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import starter_folder
from service.domain.edition import Publishing
from service.edition.edition import Opened
from service.edition.startup import (
    catalogue_in_use,
    catalogue_variables,
    find_published,
    open_identity,
    open_library,
    open_sealer,
    open_servable,
    read_catalogue,
    require_servable,
)
from service.errors import BundleError, CatalogueError, EditionError, SettingsError
from service.record.database.schema import upgrade
from service.record.identity import Identity
from service.record.recorder import open_recorder
from service.settings import Settings
from tests.support.app import settings_for
from tests.support.catalogues import write_catalogue
from tests.support.decisions import NOON
from tests.support.editions import Source, a_publication, content_of

SECRET = "s" * 32
PREVIOUS = {"secret_previous": SECRET}


@pytest.fixture(autouse=True)
def _no_settings_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are those of the test."""
    for name in [name for name in environ if name.startswith("ERRAND_")]:
        monkeypatch.delenv(name)


def settings_of(home: Path, bundle: Path, **overrides: Any) -> Settings:
    return settings_for(bundle, home, **{"secret": SECRET, **overrides})


async def publish(settings: Settings, source: Source, *, identity: Identity | None = None, **overrides: str) -> int:
    """Publish as `errand editions publish` does; the number of the edition."""
    content = content_of(source, identity or open_identity(settings), **overrides)
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
        published: Publishing = await recorder.publish(a_publication(content, number=len(overrides)))
    return published.edition_id


def test_details_are_sealed_under_the_secret_and_opened_under_the_one_before(tmp_path: Path) -> None:
    """A previous secret that is too short is refused by its name."""
    before = settings_of(tmp_path, tmp_path)
    after = settings_of(tmp_path, tmp_path, secret="n" * 32, **PREVIOUS)
    sealed = open_sealer(before).seal("7", promise_id="p", until=NOON)

    assert open_sealer(before).find_opened(sealed, promise_id="p") == "7"
    assert open_sealer(after).find_opened(sealed, promise_id="p") == "7"
    assert open_sealer(settings_of(tmp_path, tmp_path, secret="n" * 32)).find_opened(sealed, promise_id="p") is None
    with pytest.raises(SettingsError, match="ERRAND_SECRET_PREVIOUS is shorter than 32"):
        open_sealer(settings_of(tmp_path, tmp_path, **{**PREVIOUS, "secret_previous": "short"}))


async def opened_with(settings: Settings) -> Opened:
    return await open_servable(settings, open_library(settings, open_identity(settings)))


def versions_of(opened: Opened) -> tuple[str, str]:
    return opened.bundle.manifest.version, opened.catalogue.version


# the catalogue of the settings


def test_only_variables_that_the_operator_names_are_read(
    starter_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalogue cannot reach other secrets of the environment."""
    monkeypatch.setenv("ORDERS", "https://orders.example")
    monkeypatch.setenv("DATABASE_PASSWORD", "zebracanary")
    settings = settings_of(tmp_path, starter_bundle, catalogue_variables=("ORDERS", "ABSENT"))

    assert catalogue_variables(settings) == {"ORDERS": "https://orders.example"}


def test_a_folder_wins_over_the_settings_and_those_over_the_starter(starter_bundle: Path, tmp_path: Path) -> None:
    """A command may look at another catalogue than is served."""
    one, two = (write_catalogue(tmp_path / name, intents={"track_order": {"title": name}}) for name in ("one", "two"))
    with_setting = settings_of(tmp_path, starter_bundle, catalogue=one)
    without = settings_of(tmp_path, starter_bundle)

    titles = [
        read_catalogue(settings, folder).usable().intents["track_order"].title
        for settings, folder in [(with_setting, two), (with_setting, None), (without, two)]
    ]

    assert titles == ["two", "one", "two"]
    assert read_catalogue(without).usable().version == read_catalogue(without, starter_folder()).usable().version


def test_a_catalogue_in_the_home_is_found(starter_bundle: Path, tmp_path: Path) -> None:
    """It needs no setting."""
    write_catalogue(tmp_path / "catalogue", intents={"track_order": {"title": "Ours"}})

    catalogue = catalogue_in_use(settings_of(tmp_path, starter_bundle))

    assert catalogue.intents["track_order"].title == "Ours"


# the secret


def test_the_secret_of_the_settings_wins_over_the_file(starter_bundle: Path, tmp_path: Path) -> None:
    """Replicas that are given one secret make the same hashes."""
    given = open_identity(settings_of(tmp_path / "one", starter_bundle))
    elsewhere = open_identity(settings_of(tmp_path / "two", starter_bundle))
    own = open_identity(settings_of(tmp_path / "one", starter_bundle, secret=None))

    assert given.contact_key("call-1") == elsewhere.contact_key("call-1") != own.contact_key("call-1")
    assert own.contact_key("a") == open_identity(
        settings_of(tmp_path / "one", starter_bundle, secret=None)
    ).contact_key("a")


def test_a_short_secret_is_refused(starter_bundle: Path, tmp_path: Path) -> None:
    """It could be guessed."""
    with pytest.raises(SettingsError, match="32"):
        open_identity(settings_of(tmp_path, starter_bundle, secret=SECRET[1:]))


# before the first publication


async def test_before_a_publication_the_folders_are_served(sources: Sequence[Source], tmp_path: Path) -> None:
    """The database need not have been made yet."""
    settings = settings_of(tmp_path, sources[0].bundle)

    opened = await opened_with(settings)

    assert (opened.number, versions_of(opened)) == (None, sources[0].versions)


async def test_a_bundle_of_another_catalogue_is_not_served(sources: Sequence[Source], tmp_path: Path) -> None:
    """The refusal says which intents differ, and how to build a bundle that fits."""
    own = write_catalogue(tmp_path / "own")

    with pytest.raises(BundleError, match="errand train"):
        await opened_with(settings_of(tmp_path, sources[0].bundle, catalogue=own))


def test_what_cannot_be_served_is_found_before_a_worker_starts(sources: Sequence[Source], tmp_path: Path) -> None:
    """The catalogue's mistakes come first, since a bundle cannot fit a catalogue with mistakes."""
    settings = settings_of(tmp_path, sources[0].bundle)
    faulty = write_catalogue(tmp_path / "faulty", intents={"track_order": {"path": "absent"}})
    foreign = write_catalogue(tmp_path / "foreign")

    require_servable(settings, read_catalogue(settings))
    with pytest.raises(CatalogueError, match="unknown_path"):
        require_servable(settings, read_catalogue(settings, faulty))
    with pytest.raises(BundleError, match="errand train"):
        require_servable(settings, read_catalogue(settings, foreign))
    with pytest.raises(BundleError):
        require_servable(settings_of(tmp_path, tmp_path / "absent"), read_catalogue(settings))


# after a publication


async def test_what_is_published_is_served(sources: Sequence[Source], tmp_path: Path) -> None:
    """The folders of the settings count no more."""
    settings = settings_of(tmp_path, sources[0].bundle)
    number = await publish(settings, sources[1])

    opened = await opened_with(settings)

    assert (opened.number, versions_of(opened)) == (number, sources[1].versions)


def test_commands_find_the_published_catalogue(sources: Sequence[Source], tmp_path: Path) -> None:
    """`None` stands for a home in which nothing was published, or that is empty."""
    settings = settings_of(tmp_path, sources[0].bundle)
    before = find_published(settings)
    asyncio.run(publish(settings, sources[1]))
    published = find_published(settings)

    assert before is None
    assert published is not None
    assert published.content.bundle == sources[1].versions[0]
    assert catalogue_in_use(settings).version == sources[1].versions[1]


async def test_an_edition_that_fails_leaves_the_one_before(sources: Sequence[Source], tmp_path: Path) -> None:
    """A worker that starts while the newest bundle is away serves what was served here last."""
    settings = settings_of(tmp_path, sources[0].bundle)
    first = await publish(settings, sources[0])
    await opened_with(settings)
    await publish(settings, sources[1], bundle_source="/nowhere")

    opened = await opened_with(settings)

    assert (opened.number, versions_of(opened)) == (first, sources[0].versions)


async def test_without_one_before_the_failure_is_told(sources: Sequence[Source], tmp_path: Path) -> None:
    """Serving the folders instead would be another catalogue than was published."""
    settings = settings_of(tmp_path, sources[0].bundle)
    await publish(settings, sources[0], identity=Identity(b"another" * 5))

    with pytest.raises(EditionError, match="ERRAND_SECRET"):
        await opened_with(settings)


async def test_a_number_of_another_database_is_no_edition(sources: Sequence[Source], tmp_path: Path) -> None:
    """The home may have been copied to a machine with a new database."""
    settings = settings_of(tmp_path, sources[0].bundle)
    await publish(settings, sources[0])
    settings.bundles_folder.mkdir(parents=True)
    (settings.bundles_folder / "served").write_text("99", encoding="ascii")

    opened = await opened_with(settings)

    assert opened.number == 1


def test_a_published_edition_is_fetched_before_a_worker_starts(sources: Sequence[Source], tmp_path: Path) -> None:
    """Workers that start together find the bundle on this machine."""
    settings = settings_of(tmp_path, sources[0].bundle)
    asyncio.run(publish(settings, sources[1]))

    require_servable(settings, None)

    assert (settings.bundles_folder / sources[1].versions[0]).is_dir()
