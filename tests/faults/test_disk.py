"""A disk that is full refuses to be written to, by whichever means it was filled, and has room again afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disk import Disk, FileLimit, small_disk

WRITER = """
import errno, sys
for number, _ in enumerate(sys.stdin):
    try:
        with open(f"{sys.argv[1]}/file-{number}", "wb") as file:
            file.write(bytes(256 * 1024))
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
    else:
        print("written", flush=True)
"""


class Writer:
    """A process that writes a file whenever it is asked to."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", WRITER, str(folder)]
        self.process: subprocess.Popen[str] = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def write(self) -> str:
        """What came of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "data")
    with writer.process:
        yield writer


def assert_can_be_filled(disk: Disk, writer: Writer, error: set[str]) -> None:
    assert writer.write() == "written"
    with disk.full():
        assert writer.write() in error
    assert writer.write() == "written"


def test_a_limit_on_files_makes_a_full_disk(writer: Writer, tmp_path: Path) -> None:
    """For the process that it is set on."""
    (tmp_path / "data").mkdir()

    assert_can_be_filled(FileLimit(lambda: writer.process.pid), writer, {"EFBIG"})


def test_a_small_disk_can_be_filled(writer: Writer, tmp_path: Path) -> None:
    """Whether or not one may be mounted here; it is gone afterwards."""
    with small_disk(tmp_path / "data", lambda: writer.process.pid) as disk:
        assert_can_be_filled(disk, writer, {"EFBIG", "ENOSPC"})

    assert not (tmp_path / "data").is_mount()
