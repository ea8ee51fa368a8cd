"""What the spool has acknowledged is read back, whole and in order, whatever became of the process and of the file."""

from __future__ import annotations

import asyncio
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from service.domain.ledger import UNKNOWN_REVISION
from service.errors import StorageUnavailableError, TurnConflictError
from service.record.spool.codec import degraded, encoded, find_decoded
from service.record.spool.record_format import HEADER, MARK, PartKind, framed, parts
from service.record.spool.spool import open_spool
from service.record.spool.spool_file import SpoolFile
from tests.support.spooled import a_change, a_full_write, a_write
from tests.support.spooling import AMPLE, files_in, held_by, held_in


async def fill(folder: Path, count: int) -> Path:
    """A file with so many decisions, and no owner."""
    async with open_spool(folder, limit_bytes=AMPLE) as spool:
        for number in range(count):
            await spool.append(a_write(number))
    [path] = files_in(folder)
    return path


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_everything_that_is_committed_with_a_decision_comes_back() -> None:
    """With its enums, its times and the details of its delivery."""
    write = a_full_write()

    assert find_decoded(encoded(write)) == write


def test_what_was_written_before_texts_were_kept_is_read() -> None:
    """By a version that did not know of them."""
    before = orjson.loads(encoded(a_write()))
    assert before.pop("text") is None

    assert find_decoded(orjson.dumps(before)) == a_write()


def test_an_answer_says_that_it_was_given_without_the_database() -> None:
    """In the bytes that are sent, in what is kept of them, and in nothing else of them."""
    write = a_write()

    told = degraded(write)

    assert told.answer == write.answer.replace(b'"degraded":false', b'"degraded":true')
    assert told.decision == replace(write.decision, degraded=True, answer={**write.decision.answer, "degraded": True})


async def test_the_next_process_finds_what_was_acknowledged(tmp_path: Path) -> None:
    """In order; in a folder and in files that nobody else may read."""
    path = await fill(tmp_path / "spool", 5)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert await held_in(path.parent) == [f"d-{number:04}" for number in range(5)]


async def test_many_share_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever gathers while one group is brought to the disk is the next."""
    syncs = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (syncs.append(descriptor), real(descriptor)))

    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        await asyncio.gather(*(spool.append(a_write(number)) for number in range(300)))

        assert await held_by(spool) == [f"d-{number:04}" for number in range(300)]
    assert len(syncs) < 30


async def test_a_torn_end_is_cut_wherever_the_process_died(tmp_path: Path) -> None:
    """At every byte of the last record: those before it are all there, and the file can be read again and again."""
    path = await fill(tmp_path / "full", 3)
    whole = path.read_bytes()
    last = list(parts(whole))[-1]

    for cut in range(last.start, last.end + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / path.name).write_bytes(whole[:cut])

        segment = SpoolFile.adopt(folder / path.name)

        assert segment is not None
        found = segment.mend()
        expected = 3 if cut == last.end else 2
        assert [segment.read(part.start, part.end) is not None for part in found] == [True] * expected
        assert segment.size == (last.end if cut == last.end else last.start)
        assert (folder / path.name).stat().st_size == segment.size
        segment.close()


@pytest.mark.parametrize("record", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "offset",
    [
        0,  # its mark
        len(MARK),  # its length, which then leads far beyond the file
        len(MARK) + 4,  # its checksum
        HEADER.size + 7,  # what it holds
    ],
)
async def test_a_damaged_record_is_set_aside_and_the_rest_is_read(tmp_path: Path, record: int, offset: int) -> None:
    """Wherever it is damaged, its bytes are kept. The last one without its mark or length looks like a torn end."""
    path = await fill(tmp_path, 4)
    data = bytearray(path.read_bytes())
    place = list(parts(bytes(data)))[record]
    data[place.start + offset] ^= 0xFF
    path.write_bytes(data)

    found = await held_in(tmp_path)

    assert found == [f"d-{number:04}" for number in range(4) if number != record]
    is_told_from_torn = record != 3 or offset > len(MARK)
    kept = path.with_suffix(".damaged")
    assert kept.exists() is is_told_from_torn
    if is_told_from_torn:
        assert kept.read_bytes() == bytes(data[place.start : place.end])
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_a_record_of_another_version_is_kept_and_does_no_harm(tmp_path: Path) -> None:
    """It can be read by whoever wrote it; the others are taken over."""
    path = await fill(tmp_path, 2)
    foreign = framed(b'{"decision": {"id": 7}}')
    path.write_bytes(foreign + path.read_bytes())

    assert await held_in(tmp_path) == ["d-0000", "d-0001"]
    assert path.with_suffix(".rejected").read_bytes() == foreign


def test_a_payload_is_never_taken_for_the_beginning_of_a_record() -> None:
    """The mark is no UTF-8."""
    with pytest.raises(UnicodeDecodeError):
        MARK.decode()


async def test_what_is_committed_is_removed_and_the_file_with_the_last_of_it(tmp_path: Path) -> None:
    """And the room is there again."""
    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        for number in range(3):
            await spool.append(a_write(number))
        entries = [entry for entry, _ in await spool.oldest(3)]

        await spool.remove(entries[:2])
        assert (await held_by(spool), spool.records) == (["d-0002"], 1)
        assert len(files_in(tmp_path)) == 1

        await spool.remove(entries[2:])
        assert (spool.records, spool.bytes) == (0, 0)
        assert files_in(tmp_path) == []

        await spool.append(a_write(4))
        assert await held_by(spool) == ["d-0004"]


async def test_two_owners_never_share_a_file(tmp_path: Path) -> None:
    """What one holds, the other finds when the first is gone, and not before."""
    async with open_spool(tmp_path, limit_bytes=AMPLE) as other:
        async with open_spool(tmp_path, limit_bytes=AMPLE) as one:
            await one.append(a_write(1))
            assert await other.take_over() == 0

        assert await other.take_over() == 1
        assert await held_by(other) == ["d-0001"]


async def test_a_full_spool_refuses_and_says_when_to_come_again(tmp_path: Path) -> None:
    """Nothing of what it refuses is in it, and what it has taken is."""
    async with open_spool(tmp_path, limit_bytes=5_000) as spool:
        appended = [spool.append(a_write(number)) for number in range(50)]
        outcomes = await asyncio.gather(*appended, return_exceptions=True)

        refused = [outcome for outcome in outcomes if isinstance(outcome, StorageUnavailableError)]
        assert {refusal.retry_after_seconds for refusal in refused} == {1}
        assert not spool.has_room
        assert spool.bytes <= 5_000
        kept = await held_by(spool)
    assert 0 < len(kept) == 50 - len(refused)
    assert await held_in(tmp_path) == kept


async def test_a_spool_that_is_switched_off_takes_nothing(tmp_path: Path) -> None:
    """And makes no folder."""
    async with open_spool(tmp_path / "spool", limit_bytes=0) as spool:
        assert not spool.has_room
        with pytest.raises(StorageUnavailableError):
            await spool.append(a_write())
    assert not (tmp_path / "spool").exists()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that is full: a write beyond it writes what fits, and fails. Python ignores the signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with capture_logs():  # what is logged would go to a file as well
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_is_full_refuses_and_loses_nothing(tmp_path: Path) -> None:
    """The file ends with its last whole record; when there is room again, it goes on."""
    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        await spool.append(a_write(1))
        [path] = files_in(tmp_path)
        before = path.read_bytes()

        with files_of_at_most(len(before) + 100):
            outcomes = await asyncio.gather(
                *(spool.append(a_write(number)) for number in range(2, 12)), return_exceptions=True
            )

        assert {type(outcome) for outcome in outcomes} == {StorageUnavailableError}
        assert path.read_bytes() == before
        assert (spool.records, spool.bytes, spool.has_room) == (1, len(before), False)
        await spool.append(a_write(20))
        assert spool.has_room
    assert await held_in(tmp_path) == ["d-0001", "d-0020"]


async def test_a_first_file_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    """Nor a descriptor that is open."""
    descriptors = open_files()
    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        with files_of_at_most(10), pytest.raises(StorageUnavailableError):
            await spool.append(a_write(1))

        assert (files_in(tmp_path), spool.records, spool.bytes) == ([], 0, 0)
    assert open_files() <= descriptors


async def test_an_end_that_cannot_be_cut_is_written_to_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows goes to another file, and what came before is still there."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        await spool.append(a_write(1))
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            with pytest.raises(StorageUnavailableError):
                await spool.append(a_write(2))

        await spool.append(a_write(3))

        assert len(files_in(tmp_path)) == 2
        assert await held_by(spool) == ["d-0001", "d-0003"]


# what is known of what is held


async def test_turns_of_one_contact_follow_each_other(tmp_path: Path) -> None:
    """Each is told what the one before has left; one that was decided on less is refused as the database would."""
    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        first = a_write(1, change=a_change("contact-1", ("track_order",), revision=UNKNOWN_REVISION))
        await spool.append(first)

        left = await spool.find_ledger("contact-1")

        assert left is not None
        assert (left.turns, left.is_known, left.agenda.goals) == (1, False, first.change.after.agenda.goals)  # type: ignore[union-attr]
        with pytest.raises(TurnConflictError):
            await spool.append(a_write(2, decision=replace(first.decision, decision_id="late"), change=first.change))
        second = a_change("contact-1", ("track_order", "cancel_order"), revision=left.revision)
        await spool.append(a_write(3, decision=replace(first.decision, decision_id="in time"), change=second))
        newest = await spool.find_ledger("contact-1")
        assert newest is not None
        assert newest.turns == 2
        assert newest.revision < left.revision


async def test_nothing_that_failed_is_remembered(tmp_path: Path) -> None:
    """Its key is free, and its contact as it was."""
    async with open_spool(tmp_path, limit_bytes=AMPLE) as spool:
        write = a_full_write()
        with files_of_at_most(10), pytest.raises(StorageUnavailableError):
            await spool.append(write)

        assert not spool.concerns(write)
        assert await spool.find_ledger(write.decision.contact_key) is None
        await spool.append(write)
        assert spool.concerns(write)


def test_every_part_of_a_file_is_told(tmp_path: Path) -> None:
    """Side by side from the first byte to the last, of any kind."""
    data = framed(b"one") + b"noise" + framed(b"two") + framed(b"three")[:-1]

    found = list(parts(data))

    assert [part.kind for part in found] == [PartKind.WHOLE, PartKind.DAMAGED, PartKind.WHOLE, PartKind.TORN]
    assert [part.start for part in found[1:]] == [part.end for part in found[:-1]]
    assert (found[0].start, found[-1].end) == (0, len(data))
