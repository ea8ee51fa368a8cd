"""Source of a published bundle: a folder of files, read by name through fsspec, or over HTTP without redirects."""

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
"""Time limit of a connection, and between two pieces of a file."""
WEB: Final = frozenset({"http", "https"})
FORMS: Final = "Name a folder, or a URL such as https://bundles.example/retail or s3://bundles/retail."


class BundleSource(Protocol):
    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file, piece by piece. Errors keep the type of their source."""
        ...


class FilesSource:
    """A folder, or any other place for which an fsspec driver is installed."""

    def __init__(self, source: str) -> None:
        self._files: Any
        self._files, self._folder = fsspec.core.url_to_fs(source)

    def read(self, name: str) -> Iterator[bytes]:
        with self._files.open(f"{self._folder}/{name}", "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


class WebSource:
    """Files below an address. A redirect is an error, so that only the named address is asked."""

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
    """Give the source under this name. Any failure to read the source becomes a BundleAwayError."""
    try:
        yield WebSource(source) if urlsplit(source).scheme in WEB else FilesSource(source)
    except (OSError, ValueError, ImportError, httpx.HTTPError, httpx.InvalidURL) as error:
        cause = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise BundleAwayError(
            f"The bundle cannot be copied from {source}: {cause}. Every machine that serves must be able to read that."
        ) from error


def resolved_source(named: str) -> str:
    """Return the name under which every machine finds a source. Raises BundleError for secrets or other URLs in it."""
    if "://" not in named:
        return str(Path(named).resolve())
    parts = urlsplit(named)
    if "::" in named or parts.username or parts.password or parts.query or parts.fragment:
        raise BundleError(
            f"The URL of a bundle has no credentials, queries or '::': it is kept and shown as it is. {FORMS}"
        )
    return named.rstrip("/")
