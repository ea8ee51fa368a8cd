"""While the database is away decisions are taken all the same; afterwards all of them are in it, once and in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from service.domain.ledger import UNKNOWN_REVISION, Ledger
from service.domain.recording import DecisionWrite, Recorded
from service.errors import IdempotencyConflictError, StorageUnavailableError, TurnConflictError
from service.record.database.schema import upgrade
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import SpoolingRecorder, open_spooling_recorder
from tests.support.app import UNDERSTOOD, eventually
from tests.support.decisions import NOON, a_decision
from tests.support.postgres import PostgreSQL
from tests.support.server import Server
from tests.support.spooled import a_change, a_write
from tests.support.spooling import AMPLE, LIMIT_SECONDS, count_of, files_in, replay, replaying, spooling, until

# a database that goes and comes back


@contextmanager
def leaving_it_running(server: PostgreSQL) -> Iterator[str]:
    """The URL of an empty database on a server that may be stopped meanwhile."""
    with server.database() as url:
        upgrade(url)
        try:
            yield url
        finally:
            if not server.is_running:
                server.start()


async def test_what_is_acknowledged_while_the_database_goes_and_comes_is_all_there(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """Contacts go on through a crash of PostgreSQL and its return: every turn counts once, and in its order."""
    with leaving_it_running(postgresql) as url:
        async with spooling(url, tmp_path / "spool") as recorder, replaying(recorder) as fates:
            taken: list[Recorded] = []
            is_over = asyncio.Event()
            contacts = [asyncio.create_task(turns_of(recorder, f"c{n}", taken, is_over)) for n in range(6)]
            await until(lambda: len(taken) >= 60)
            await asyncio.to_thread(postgresql.kill)
            await until(lambda: recorder.is_away and recorder.spool.records >= 60)
            await asyncio.to_thread(postgresql.start)
            so_far = len(taken)
            await until(lambda: len(taken) >= so_far + 60 and not recorder.is_away and not recorder.spool.records)
            is_over.set()
            counts = await asyncio.gather(*contacts)
            await until(lambda: not recorder.spool.records)

            for each in taken:
                await recorder.get_decision(each.decision_id)
            ledgers = [await recorder.ledger(f"c{n}", NOON) for n in range(6)]
        assert (
            await asyncio.to_thread(count_of, url, "decisions") == len(taken) == len({one.decision_id for one in taken})
        )
    told = [orjson.loads(each.answer)["degraded"] for each in taken]
    assert told[0] is False
    assert told.count(True) >= 60
    assert [ledger.turns for ledger in ledgers] == counts
    assert set(fates) <= {Fate.COMMITTED, Fate.MERGED, Fate.KNOWN}


async def turns_of(recorder: SpoolingRecorder, contact: str, taken: list[Recorded], is_over: asyncio.Event) -> int:
    """One after another, until it is over; each is decided on what the ones before have left."""
    count = 0
    while not is_over.is_set():
        try:
            ledger = await recorder.ledger(contact, NOON)
            recorded = await recorder.commit(a_turn(contact, count + 1, ledger))
        except TurnConflictError:
            continue
        assert not recorded.replayed
        taken.append(recorded)
        count += 1
        await asyncio.sleep(0.03)
    return count


def a_turn(contact: str, number: int, before: Ledger) -> DecisionWrite:
    at = NOON + timedelta(seconds=number)
    decision = a_decision(decision_id=f"{contact}-{number}", contact_key=contact, decided_at=at)
    after = replace(
        before, turns=before.turns + 1, opened_at=before.opened_at or at, expires_at=NOON + timedelta(days=30)
    )
    change = replace(a_change(contact, ("track_order",)), before=before, after=after, at=at)
    return a_write(decision=decision, idempotency=None, change=change)


async def test_a_repeat_gets_the_same_answer_before_and_after_the_return(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """From the disk while the database is away, then from the database; and the same key is for no other request."""
    with leaving_it_running(postgresql) as url:
        async with spooling(url, tmp_path / "spool") as recorder:
            await asyncio.to_thread(postgresql.stop)
            write, again = a_write(1), a_write(1, decision=a_decision())
            other = replace(again, idempotency=replace(again.idempotency, body_hash="other"))  # type: ignore[type-var]
            first, racing = await asyncio.gather(recorder.commit(write), recorder.commit(again))
            repeat = await recorder.commit(again)
            assert write.idempotency is not None
            found = await recorder.find_replay(write.idempotency, NOON)
            with pytest.raises(IdempotencyConflictError):
                await recorder.commit(other)
            await until(lambda: recorder.is_away)
            await asyncio.to_thread(postgresql.start)
            async with replaying(recorder) as fates:
                await until(lambda: fates == [Fate.COMMITTED])
            late = await recorder.commit(again)
            with pytest.raises(IdempotencyConflictError):
                await recorder.commit(other)

        assert await asyncio.to_thread(count_of, url, "decisions") == 1
    assert orjson.loads(first.answer) == {**orjson.loads(write.answer), "degraded": True}
    assert [each.replayed for each in (first, racing, repeat, late)] == [False, True, True, True]
    assert found is not None
    assert {each.answer for each in (first, racing, repeat, late, found)} == {first.answer}


def a_server_that_says_nothing() -> socket.socket:
    """Connections are made to it, and no byte comes back; when it is closed, whoever still waits is refused."""
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def url_at(server: socket.socket, **options: int) -> str:
    told = "&".join(f"{name}={value}" for name, value in options.items())
    return f"postgresql://errand@127.0.0.1:{server.getsockname()[1]}/errand?{told}"


async def test_nobody_waits_for_a_database_that_is_known_to_be_away(tmp_path: Path) -> None:
    """Whatever is asked is answered with what is safe, or refused, without so much as a connection being tried."""
    day, write, silent = date(2026, 11, 21), a_write(1), a_server_that_says_nothing()
    assert write.idempotency is not None
    async with spooling(url_at(silent), tmp_path / "spool") as recorder:
        with silent:
            await until(lambda: recorder.is_away)
            async with asyncio.timeout(LIMIT_SECONDS / 2):  # each would wait for seconds if it tried
                for _ in range(50):
                    ledger = await recorder.ledger("contact", NOON)
                    assert (ledger.revision, ledger.turns, ledger.is_known) == (UNKNOWN_REVISION, 0, False)
                    assert not await recorder.is_repeat("repeat-key")
                    assert await recorder.list_steps("decision") == []
                    assert await recorder.find_replay(write.idempotency, NOON) is None
                    assert not await recorder.is_reachable(LIMIT_SECONDS)
                    for refused in (recorder.get_decision("d"), recorder.erase("contact"), recorder.count_decisions()):
                        with pytest.raises(StorageUnavailableError):
                            await refused
                await asyncio.gather(*(recorder.commit(a_write(number)) for number in range(50)))
            key = await recorder.daily_key(day)
            assert (len(key), key) == (32, await recorder.daily_key(day))
            assert key != await recorder.daily_key(day + timedelta(days=1))
            assert recorder.spool.records == 50


async def test_who_waits_when_the_database_goes_silent_is_let_go(tmp_path: Path) -> None:
    """What began before it was known does not wait for as long as it might have."""
    silent = a_server_that_says_nothing()
    url = url_at(silent, connect_timeout=3 * int(LIMIT_SECONDS))
    opened = open_spooling_recorder(
        url, folder=tmp_path / "spool", limit_bytes=AMPLE, answer_within_seconds=3 * LIMIT_SECONDS
    )
    async with opened as recorder:
        with silent:
            assert not recorder.is_away
            async with asyncio.timeout(LIMIT_SECONDS):
                recorded = await recorder.commit(a_write(1))
    assert orjson.loads(recorded.answer)["degraded"] is True


async def test_a_full_database_that_can_still_be_read_is_as_good_as_away(tmp_path: Path) -> None:
    """SQLite is limited to the pages that it has: decisions go to the spool, and to the database when there is room."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    async with spooling(url, tmp_path / "spool") as recorder, replaying(recorder) as fates:
        engine = recorder._writer._engine
        with engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages + 10}"))

        recorded = [await recorder.commit(a_large_write(number)) for number in range(60)]
        told = [orjson.loads(each.answer)["degraded"] for each in recorded]
        assert told[0] is False
        assert told.count(True) > 0

        with engine.connect() as connection:
            connection.execute(text("PRAGMA max_page_count = 100000"))
        await until(lambda: recorder.spool.records == 0)
        assert await recorder.count_decisions() == 60
    assert set(fates) == {Fate.COMMITTED}


def a_large_write(number: int) -> DecisionWrite:
    write = a_write(number)
    return replace(write, decision=replace(write.decision, answer={"why": "x" * 2000}))


async def test_without_a_spool_a_database_that_is_away_refuses(tmp_path: Path) -> None:
    """As it always did; and what an earlier process has left is committed all the same."""
    url = f"sqlite:///{tmp_path}/errand.db"
    (tmp_path / "errand.db").mkdir()
    async with spooling(url, tmp_path / "spool") as recorder:
        await recorder.commit(a_write(1))
    async with spooling(url, tmp_path / "spool", limit_bytes=0) as recorder:
        with pytest.raises(StorageUnavailableError) as refusal:
            await recorder.commit(a_write(2))
        assert refusal.value.retry_after_seconds == 1
        (tmp_path / "errand.db").rmdir()
        await asyncio.to_thread(upgrade, url)
        await until(lambda: not recorder.is_away)
        assert await replay(recorder) == [Fate.COMMITTED]


# the whole service


async def test_a_service_that_is_killed_while_the_database_is_away_loses_nothing(
    starter_bundle: Path, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """`kill -9`, the database back, another start: all that was acknowledged is committed; repeats agree with it."""
    with leaving_it_running(postgresql) as url:
        server = Server(tmp_path / "home", {"ERRAND_BUNDLE": str(starter_bundle), "ERRAND_DATABASE_URL": url})
        try:
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(postgresql.kill)
            taken = [await server.post("/route", a_contact(number)) for number in range(20)]
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(postgresql.start)
            await asyncio.to_thread(server.start)

            again = [await server.post("/route", a_contact(number)) for number in range(20)]
            await eventually(lambda: has_replayed(server))
        finally:
            await asyncio.to_thread(server.kill)
        assert await asyncio.to_thread(count_of, url, "decisions") == 20
    assert {answer.status_code for answer in taken} == {200}
    assert {answer.json()["degraded"] for answer in taken} == {True}
    assert [answer.json() for answer in again] == [answer.json() for answer in taken]
    assert files_in(server.home / "spool") == []


def a_contact(number: int) -> dict[str, object]:
    return {"text": UNDERSTOOD, "contact_id": f"call-{number}"}


async def has_replayed(server: Server) -> bool:
    return (await server.metrics()).total("errand_spool_records") == 0
