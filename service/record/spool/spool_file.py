"""One file of the spool, locked by the process that owns it. All functions block, so call them from a thread."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

import structlog
from uuid_utils import uuid7

from service.record.spool.record_format import PartKind, RecordPart, find_payload, parts

SUFFIX: Final = ".spool"
DAMAGED: Final = ".damaged"
REJECTED: Final = ".rejected"

log = structlog.get_logger()


class SpoolFile:
    """A file that is locked from the beginning until it is closed or removed. Every method may raise OSError."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        """Bytes that are kept. Bytes behind them are leftovers."""
        self.is_sealed = False
        """True if appending is over, because the leftovers of a failed append could not be cut off."""
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path) -> SpoolFile:
        """Create an empty file. Once records are appended, the file outlives a crash of the machine."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{uuid7()}-{os.getpid()}{SUFFIX}"
        unnamed = path.with_suffix(".new")  # locked before it has a name that others look for
        descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unnamed.rename(path)
            sync_folder(folder)
        except OSError:
            os.close(descriptor)
            unnamed.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> SpoolFile | None:
        """Take over the file of a process that is gone. Return `None` if the file has an owner, or is gone itself."""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink == 0:  # its owner removed it between our opening and our locking it
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def append(self, records: bytes) -> int:
        """Append records and return their start, once they are on the disk. After an OSError, none are there."""
        start = self.size
        try:
            write_all(self._descriptor, records, start)
            os.fsync(self._descriptor)
        except OSError:
            self._cut(start)
            raise
        self.size += len(records)
        return start

    def read(self, start: int, end: int) -> bytes | None:
        """Return the payload of a record, or `None` if the record was damaged after it was written."""
        return find_payload(os.pread(self._descriptor, end - start, start))

    def mend(self) -> list[RecordPart]:
        """Return the places of whole records. Cut off a torn end, and copy damaged parts to a file of their own."""
        found = scan(self._descriptor)
        damaged = [part for part in found if part.kind is PartKind.DAMAGED]
        if damaged:
            pieces = [os.pread(self._descriptor, part.end - part.start, part.start) for part in damaged]
            write_new(self.path.with_suffix(DAMAGED), b"".join(pieces))
            log.error("spool_damaged", file=self.path.name, places=len(damaged), bytes=sum(map(len, pieces)))
        if found and found[-1].kind is PartKind.TORN:
            torn = found[-1]
            log.warning("spool_torn_end_cut", file=self.path.name, bytes=torn.end - torn.start)
            os.ftruncate(self._descriptor, torn.start)
            os.fsync(self._descriptor)
            self.size = torn.start
        return [part for part in found if part.kind is PartKind.WHOLE]

    def reject(self, start: int, end: int) -> None:
        """Copy a record to the file of rejected records, which are tried no more."""
        append_to(self.path.with_suffix(REJECTED), os.pread(self._descriptor, end - start, start))

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)

    def _cut(self, size: int) -> None:
        try:
            os.ftruncate(self._descriptor, size)
            os.fsync(self._descriptor)
        except OSError:
            self.is_sealed = True
            with suppress(OSError):  # the log may be on the same disk
                log.warning("spool_file_sealed", file=self.path.name)


def list_files(folder: Path) -> Sequence[Path]:
    """List the files of the spool, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read_payloads(path: Path) -> list[bytes]:
    """Return the payloads of whole records in a file of any owner. Empty if the file is gone meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return []
    try:
        whole = [part for part in scan(descriptor) if part.kind is PartKind.WHOLE]
        found = [find_payload(os.pread(descriptor, part.end - part.start, part.start)) for part in whole]
        return [payload for payload in found if payload is not None]
    finally:
        os.close(descriptor)


def scan(descriptor: int) -> list[RecordPart]:
    if os.fstat(descriptor).st_size == 0:
        return []
    with mmap(descriptor, 0, access=ACCESS_READ) as data:
        return list(parts(data))


def write_all(descriptor: int, data: bytes, place: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, place)
        left, place = left[written:], place + written


def write_new(path: Path, data: bytes) -> None:
    """Write a file in the place of any file that is there."""
    path.unlink(missing_ok=True)
    append_to(path, data)


def append_to(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        write_all(descriptor, data, os.fstat(descriptor).st_size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a new name in it outlives a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
