"""Where a bundle is published: a folder of files, read by name through fsspec, or over HTTP without redirects."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import fsspec
import httpx

from service.errors import BundleAwayError, BundleError

CHUNK_BYTES: Final = 2**20
HTTP_SECONDS: Final = 10.0
"""For a connection, and between two pieces of a file."""
WEB: Final = frozenset({"http", "https"})
FORMS: Final = "Name a folder, or a URL such as https://bundles.example/retail or s3://bundles/retail."


class BundleSource(Protocol):
    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece. Whatever is wrong with the source is an error of its own kind."""
        ...


class FilesSource:
    """A folder, or whatever else fsspec has a driver for that is installed."""

    def __init__(self, source: str) -> None:
        self._files: Any
        self._files, self._folder = fsspec.core.url_to_fs(source)

    def read(self, name: str) -> Iterator[bytes]:
        with self._files.open(f"{self._folder}/{name}", "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


class WebSource:
    """Files below an address. A redirect is no file: only what was named is asked."""

    def __init__(self, source: str) -> None:
        self._source = source

    def read(self, name: str) -> Iterator[bytes]:
        headers = {"Accept-Encoding": "identity"}
        with httpx.stream(
            "GET", f"{self._source}/{name}", headers=headers, timeout=HTTP_SECONDS, follow_redirects=False
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise BundleAwayError(
                    f"{self._source}/{name} is answered with status {response.status_code}; redirects are not followed."
                )
            yield from response.iter_raw(CHUNK_BYTES)


@contextlib.contextmanager
def reading(source: str) -> Iterator[BundleSource]:
    """The source under this name; whatever keeps it from being read is a BundleAwayError."""
    try:
        yield WebSource(source) if urlsplit(source).scheme in WEB else FilesSource(source)
    except (OSError, ValueError, ImportError, httpx.HTTPError, httpx.InvalidURL) as error:
        cause = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise BundleAwayError(
            f"The bundle cannot be copied from {source}: {cause}. Every machine that serves must be able to read that."
        ) from error


def resolved_source(named: str) -> str:
    """The name under which every machine finds the source. BundleError for what should not be kept or is no source."""
    if "://" not in named:
        return str(Path(named).resolve())
    parts = urlsplit(named)
    if "::" in named or parts.username or parts.password or parts.query or parts.fragment:
        raise BundleError(
            f"The URL of a bundle has no credentials, queries or '::': it is kept and shown as it is. {FORMS}"
        )
    return named.rstrip("/")
