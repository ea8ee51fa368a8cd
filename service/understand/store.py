"""Bundles on this machine, by the hash of their contents. They are copied from their source, and outlast the source.

A copy gets the name of its bundle only after every byte was verified, so a bundle that is found here is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final

from service.errors import BundleAwayError, BundleError
from service.understand.bundle import MANIFEST, Manifest, read_manifest, verify
from service.understand.bundle_source import BundleSource, reading

MOST_BYTES: Final = 4 * 2**30
MOST_MANIFEST_BYTES: Final = 2**20
MOST_FILES: Final = 100
FETCH_SECONDS: Final = 300.0
KEPT: Final = 5
"""Number of bundles that stay: the most recently used."""
VERSION: Final = re.compile(r"[0-9a-f]{16}")
DRAFT: Final = ".draft-"
SERVED: Final = "served"
"""Name of the file with the number of the edition that was served last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleStore:
    """A folder of bundles. Several processes may use the folder at once."""

    folder: Path
    most_bytes: int = MOST_BYTES
    ticks: Callable[[], float] = time.monotonic
    _closed: Event = field(default_factory=Event)

    def close(self) -> None:
        """Stop copies that are under way, in any thread."""
        self._closed.set()

    def get(self, version: str, source: str) -> Path:
        """Return the verified folder of a bundle, copied if it is missing. Raises BundleError or BundleAwayError."""
        if not VERSION.fullmatch(version):
            raise BundleError("The version of a bundle is 16 hexadecimal digits.")
        kept = self.folder / version
        try:
            if not _is_whole(kept, version):
                shutil.rmtree(kept, ignore_errors=True)
                self._copy(source, version)
            os.utime(kept)
        except OSError as error:
            raise BundleError(f"The bundle cannot be kept in {self.folder}: {error.strerror}.") from error
        return kept

    def take(self, source: str) -> Path:
        """Copy and verify the bundle that the source holds now, of any version. Returns its folder."""
        with tempfile.TemporaryDirectory() as peek, reading(source) as files:
            self._fetch_manifest(files, Path(peek))
            version = read_manifest(Path(peek)).version
        return self.get(version, source)

    def note_served(self, edition_id: int) -> None:
        """Remember this edition as served from this folder."""
        draft = self.folder / f"{DRAFT}{secrets.token_hex(8)}"
        with suppress(OSError):  # on a disk that rejects writes, the note is dropped
            draft.write_text(str(edition_id), encoding="ascii")
            draft.replace(self.folder / SERVED)

    def find_served(self) -> int | None:
        """Return the edition that was served last from this folder."""
        try:
            return int((self.folder / SERVED).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _copy(self, source: str, version: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=self.folder))
        try:
            with reading(source) as files:
                self._fetch_manifest(files, draft)
                manifest = read_manifest(draft)
                if manifest.version != version:
                    raise BundleError(
                        f"{source} holds the bundle {manifest.version}, not {version}, which was published. Publish "
                        "what is there now, or bring the other back."
                    )
                self._fetch_files(files, draft, manifest)
            self._keep(draft, version)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._forget_old()

    def _fetch_manifest(self, files: BundleSource, draft: Path) -> None:
        self._fetch(files, draft, MANIFEST, MOST_MANIFEST_BYTES)

    def _fetch_files(self, files: BundleSource, draft: Path, manifest: Manifest) -> None:
        if len(manifest.files) > MOST_FILES:
            raise BundleError(f"The bundle has more than {MOST_FILES} files.")
        room, ends_at = self.most_bytes, self.ticks() + FETCH_SECONDS
        for name, expected in manifest.files.items():
            if Path(name).name != name or name.startswith("."):
                raise BundleError(f"The bundle's {MANIFEST} lists what is no file of it.")
            size, found = self._fetch(files, draft, name, room, ends_at)
            room -= size
            if found != expected:
                raise BundleError(f"Bundle file {name} is damaged where it was published (SHA-256 differs).")

    def _fetch(
        self, files: BundleSource, draft: Path, name: str, most_bytes: int, ends_at: float | None = None
    ) -> tuple[int, str]:
        """Copy a file. Returns the number of its bytes and their SHA-256."""
        digest, size = hashlib.sha256(), 0
        with (draft / name).open("wb") as file:
            for chunk in files.read(name):
                size += len(chunk)
                if size > most_bytes:
                    raise BundleError(f"Bundle file {name} is larger than a bundle may be.")
                if self._closed.is_set() or (ends_at is not None and self.ticks() > ends_at):
                    raise BundleAwayError("The bundle was not copied in time.")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return size, digest.hexdigest()

    def _keep(self, draft: Path, version: str) -> None:
        kept = self.folder / version
        try:
            draft.rename(kept)
        except OSError:
            if not _is_whole(kept, version):  # a whole copy is by a faster process
                raise

    def _forget_old(self) -> None:
        """Remove old bundles, and drafts left behind by killed processes."""
        found = sorted(((_age(path), path) for path in self.folder.iterdir()), reverse=True)
        bundles = [path for _, path in reversed(found) if VERSION.fullmatch(path.name)]
        drafts = [path for age, path in found if path.name.startswith(DRAFT) and age > 2 * FETCH_SECONDS]
        for old in (*bundles[KEPT:], *drafts):
            shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> float:
    """Return the seconds since a folder was last used. A folder that another process has just removed has 0."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_whole(folder: Path, version: str) -> bool:
    with suppress(BundleError):
        manifest = read_manifest(folder)
        verify(folder, manifest)
        return manifest.version == version
    return False
