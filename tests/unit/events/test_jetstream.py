"""The publisher against a real server: acknowledged, dropped as a repeat, refused, killed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.domain.announcement import Announcement, of_decision
from service.events.opening import open_publisher
from tests.support.broker import STREAM, running_broker
from tests.support.daemon import free_port
from tests.support.decisions import a_decision

if TYPE_CHECKING:
    from service.events.publisher import Publisher

WEEK = timedelta(days=7)


@contextlib.asynccontextmanager
async def publishing(url: str, credentials: Path | None = None) -> AsyncIterator[Publisher]:
    async with open_publisher(url, credentials=credentials, keep=WEEK) as publisher:
        yield publisher


def some(count: int) -> list[Announcement]:
    return [of_decision(a_decision()) for _ in range(count)]


def names(announcements: list[Announcement]) -> list[str]:
    return [each.announcement_id for each in announcements]


async def test_a_stream_is_made_and_drops_repeats(tmp_path: Path) -> None:
    """It keeps what it was sent for as long as decisions are kept; ids outlive a server that is killed."""
    announcements = some(40)
    with running_broker(tmp_path) as broker:
        async with publishing(broker.url) as publisher:
            published = await publisher.publish(announcements)
            assert (published.acknowledged, published.failure) == (frozenset(names(announcements)), None)

            broker.kill()
            away = await publisher.publish(announcements)
            assert away.acknowledged == frozenset()
            assert away.failure is not None

            broker.start()
            again = await publisher.publish(announcements)
            assert again.acknowledged == frozenset(names(announcements))

        held = await broker.messages()
        async with broker.client() as client:
            made = (await client.jetstream().stream_info(STREAM)).config
    assert [each.headers["Nats-Msg-Id"] for each in held] == names(announcements)
    assert {each.subject for each in held} == {"errand.decision.track_order"}
    assert (made.subjects, made.duplicate_window, made.max_age) == (["errand.>"], 600.0, WEEK.total_seconds())


async def test_a_stream_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    """What the broker did not take meanwhile is sent again."""
    announcements = some(1)
    with running_broker(tmp_path) as broker:
        async with publishing(broker.url) as publisher:
            await publisher.publish(some(1))
            async with broker.client() as client:
                await client.jetstream().delete_stream(STREAM)

            assert (await publisher.publish(announcements)).failure == "nats: no response from stream"
            assert (await publisher.publish(announcements)).acknowledged == frozenset(names(announcements))
            assert len(await broker.messages()) == 1


async def test_a_stream_that_is_there_is_used_as_it_is(tmp_path: Path) -> None:
    """Its operator knows better; what it does not take is not acknowledged, and the others are."""
    decided, undecided = of_decision(a_decision()), of_decision(a_decision(goal=None))
    with running_broker(tmp_path) as broker:
        async with broker.client() as client:
            await client.jetstream().add_stream(name=STREAM, subjects=["errand.decision.track_order"])
        async with publishing(broker.url) as publisher:
            published = await publisher.publish([undecided, decided])
        held = await broker.messages()

    assert published.acknowledged == {decided.announcement_id}
    assert published.failure == "nats: no response from stream"
    assert [each.headers["Nats-Msg-Id"] for each in held] == [decided.announcement_id]


async def test_user_and_password_are_in_the_address(tmp_path: Path) -> None:
    """Wrong ones are told as such."""
    with running_broker(tmp_path, "--user", "errand", "--pass", "of-the-broker") as broker:
        async with publishing(broker.url.replace("//", "//errand:of-the-broker@")) as publisher:
            assert len((await publisher.publish(some(1))).acknowledged) == 1
        async with publishing(broker.url.replace("//", "//errand:guessed@")) as publisher:
            refused = await publisher.publish(some(1))

    assert (refused.acknowledged, refused.failure) == (frozenset(), "nats: 'Authorization Violation'")


async def test_a_credentials_file_opens_the_door(tmp_path: Path) -> None:
    """And without it nobody gets in."""
    pytest.importorskip("nkeys", reason="Keys of NATS cannot be read: pip install -e '.[events]'")
    from tests.support.credentials import hand_out  # noqa: PLC0415 - needs the extra

    configuration, credentials = hand_out(tmp_path)
    with running_broker(tmp_path, "--config", str(configuration)) as broker:
        async with publishing(broker.url, credentials) as publisher:
            assert len((await publisher.publish(some(1))).acknowledged) == 1
        async with publishing(broker.url) as publisher:
            refused = await publisher.publish(some(1))

    assert (refused.acknowledged, refused.failure) == (frozenset(), "nats: 'Authorization Violation'")


async def test_nobody_at_the_address_is_told() -> None:
    """At once; the relay knows when to try again."""
    pytest.importorskip("nats", reason="No client of NATS is found: pip install -e '.[events]'")
    async with publishing(f"nats://127.0.0.1:{free_port()}") as publisher:
        published = await publisher.publish(some(1))

    assert (published.acknowledged, published.failure) == (frozenset(), "nats: no servers available for connection")
