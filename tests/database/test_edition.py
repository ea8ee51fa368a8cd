"""Editions on both databases: the newest is in use, and every change of that is in the audit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import psycopg
import pytest

from service.domain.edition import Content, PublishedEdition, Publishing
from service.errors import NotFoundError, StorageUnavailableError
from service.record.database.listen_notify import CHANNEL, keep_listening
from service.record.database.schema import downgrade, upgrade
from service.record.recorder import Recorder, open_recorder
from tests.support.editions import a_publication, a_rollback
from tests.support.fulfilment import until

FIRST = Content(
    catalogue_version="1" * 12, catalogue='{"intents":{}}', bundle="a" * 16, bundle_source="/bundles/a", seal="s1"
)
SECOND = replace(FIRST, bundle="b" * 16, bundle_source="s3://bundles/b", seal="s2")


def cut_who_listens(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s"
        assert len(connection.execute(cut, [f"LISTEN {CHANNEL}"]).fetchall()) == 1


async def test_the_newest_edition_is_in_use(recorder: Recorder) -> None:
    """With all that is needed to open it."""
    assert await recorder.find_active_edition_id() is None

    first = await recorder.publish(a_publication(FIRST, number=1))
    second = await recorder.publish(a_publication(SECOND, number=2))

    assert (first, second) == (Publishing(edition_id=1, is_new=True), Publishing(edition_id=2, is_new=True))
    assert await recorder.find_active_edition_id() == 2
    assert await recorder.find_active_edition_if_any() == PublishedEdition(edition_id=2, content=SECOND)
    assert await recorder.get_edition(1) == PublishedEdition(edition_id=1, content=FIRST)


async def test_publishing_what_is_in_use_changes_nothing(recorder: Recorder) -> None:
    """Not even the audit; what was in use before that is new again."""
    await recorder.publish(a_publication(FIRST, number=1))

    again = await recorder.publish(a_publication(FIRST, number=2))
    moved = await recorder.publish(a_publication(replace(FIRST, bundle_source="/elsewhere"), number=3))
    back = await recorder.publish(a_publication(FIRST, number=4))

    assert again == Publishing(edition_id=1, is_new=False)
    assert (moved.is_new, back) == (True, Publishing(edition_id=3, is_new=True))
    assert [entry.audit_id for entry in await recorder.list_newest_audit(limit=9)] == ["audit-4", "audit-3", "audit-1"]


async def test_a_rollback_is_a_publication_of_its_own(recorder: Recorder) -> None:
    """It tells what it restores, and can be rolled back like any other; of no such edition, nothing is written."""
    for number, content in enumerate((FIRST, SECOND), start=1):
        await recorder.publish(a_publication(content, number=number))

    told = await recorder.roll_back(a_rollback(1, number=3))
    again = await recorder.roll_back(a_rollback(1, number=4))
    with pytest.raises(NotFoundError, match="errand editions list"):
        await recorder.roll_back(a_rollback(77, number=5))

    assert (told, again) == (Publishing(edition_id=3, is_new=True), Publishing(edition_id=3, is_new=False))
    assert (await recorder.get_edition(3)).content == FIRST
    third, second, _ = await recorder.list_editions(limit=9)
    assert (third.restores, second.restores) == (1, None)
    assert (third.reason, third.published_by) == ("It went astray.", "cli:jo")
    newest, *_ = entries = await recorder.list_newest_audit(limit=9)
    assert (newest.action, newest.subject, newest.reason) == ("edition.rollback", "3", "It went astray.")
    assert [entry.subject for entry in entries] == ["3", "2", "1"]


async def test_an_edition_and_its_audit_entry_are_written_together_or_not_at_all(recorder: Recorder) -> None:
    """An entry that cannot be written takes the edition with it."""
    await recorder.publish(a_publication(FIRST, number=1))

    with pytest.raises(StorageUnavailableError):
        await recorder.publish(a_publication(SECOND, number=1))

    assert await recorder.find_active_edition_id() == 1


async def test_who_publishes_at_once_gets_numbers_of_their_own(migrated_url: str) -> None:
    """From processes of their own; of those that publish the same, one does."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        told = await asyncio.gather(
            *(
                recorder.publish(a_publication(replace(FIRST, seal=f"s{number // 2}"), number=number))
                for number, recorder in enumerate((one, other) * 6)
            )
        )
        listed = await one.list_editions(limit=20)

    numbers = [each.edition_id for each in told if each.is_new]
    assert sorted(numbers) == sorted(edition.edition_id for edition in listed) == list(range(1, len(numbers) + 1))


async def test_a_database_from_before_editions_has_none(database_url: str) -> None:
    """It is asked before it is migrated; afterwards too there is none."""
    async with open_recorder(database_url) as recorder:
        assert await recorder.find_active_edition_if_any() is None
    upgrade(database_url)
    downgrade(database_url, "2026_11_22_announcements")
    async with open_recorder(database_url) as recorder:
        assert await recorder.find_active_edition_if_any() is None


async def test_who_listens_is_told_at_the_commit(migrated_url: str) -> None:
    """On PostgreSQL, and again when the connection was lost; on SQLite nobody is told, and that is no failure."""
    told: list[int] = []
    listening = asyncio.create_task(
        keep_listening(migrated_url, lambda: told.append(len(told)), sleep=lambda _: asyncio.sleep(0.01))
    )
    async with open_recorder(migrated_url) as recorder:
        if migrated_url.startswith("sqlite"):
            await listening
            assert told == []
            return
        await until(lambda: len(told) == 1)  # it listens
        await recorder.publish(a_publication(FIRST, number=1))
        await until(lambda: len(told) == 2)
        await recorder.publish(a_publication(FIRST, number=2))  # changes nothing
        await recorder.publish(a_publication(SECOND, number=3))
        await until(lambda: len(told) == 3)
        await asyncio.to_thread(cut_who_listens, migrated_url)
        await until(lambda: len(told) == 4)  # it listens again, and looks for what it missed
        await recorder.publish(a_publication(FIRST, number=4))
        await until(lambda: len(told) == 5)
    listening.cancel()
