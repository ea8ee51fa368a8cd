"""A disk that can be filled up: a small file system of its own where one may be mounted, else a limit on files."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

MEGABYTES = 24
PIECE = bytes(64 * 1024)
FILE_LIMIT_BYTES = 4_096


class Disk(Protocol):
    """Whatever holds the folder that Errand keeps everything in."""

    def full(self) -> contextlib.AbstractContextManager[None]:
        """Nothing more can be written until the context ends."""
        ...


class SmallDisk:
    """A file system in memory, mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        try:
            with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(PIECE)
            yield
        finally:
            self._ballast.unlink(missing_ok=True)


class FileLimit:
    """RLIMIT_FSIZE of a running process: writes beyond the first bytes of any file fail with EFBIG."""

    def __init__(self, pid: Callable[[], int]) -> None:
        self._pid = pid

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        pid = self._pid()
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, hard))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder: Path, pid: Callable[[], int]) -> Iterator[Disk]:
    """At `folder`, which is made; `pid` tells whose writes are to fail where nothing may be mounted."""
    folder.mkdir()
    if not mount(folder):
        yield FileLimit(pid)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
