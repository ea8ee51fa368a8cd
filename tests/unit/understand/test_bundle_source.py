"""A bundle is read from a folder or an address, and every failure says that it is away."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from service.errors import BundleAwayError, BundleError
from service.understand.bundle_source import reading, resolved_source


def test_files_of_a_folder_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle is larger than what is held of it at once."""
    (tmp_path / "file").write_bytes(b"abcdefg")
    monkeypatch.setattr("service.understand.bundle_source.CHUNK_BYTES", 3)

    with reading(str(tmp_path)) as source:
        assert list(source.read("file")) == [b"abc", b"def", b"g"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/nowhere", "no such folder"),
        ("nothing://a/b", "no such scheme"),
        ("http://127.0.0.1:1", "nobody answers"),
        ("http://[", "no address"),
    ],
)
def test_a_source_that_cannot_be_read_is_away(source: str, reason: str) -> None:
    """The operator is told which, and who must be able to read it."""
    with pytest.raises(BundleAwayError, match="Every machine") as refused, reading(source) as files:
        list(files.read("manifest.json"))

    assert source in str(refused.value), reason


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), httpx.ReadTimeout("")])
def test_the_cause_is_told(error: Exception) -> None:
    """An error without words is told by its name."""
    with pytest.raises(BundleAwayError, match=r"Permission denied|ReadTimeout"), reading("/bundles"):
        raise error


def test_other_errors_are_mistakes_of_ours() -> None:
    """They are not taken for a source that is away."""
    with pytest.raises(KeyError), reading("/bundles"):
        raise KeyError


def test_a_folder_is_found_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its whole path is published."""
    monkeypatch.chdir(tmp_path)

    assert resolved_source("bundle") == str(tmp_path.resolve() / "bundle")


@pytest.mark.parametrize("source", ["https://bundles.example/retail/", "s3://bundles/retail"])
def test_an_address_stays_as_it_is(source: str) -> None:
    """Only a slash at its end says nothing."""
    assert resolved_source(source) == source.rstrip("/")


@pytest.mark.parametrize(
    "source",
    [
        "https://jo:zebracanary@bundles.example",
        "https://bundles.example?token=zebracanary",
        "https://bundles.example#zebracanary",
        "zip://a.zip::s3://zebracanary",
    ],
)
def test_an_address_with_a_secret_is_refused(source: str) -> None:
    """It would be kept and shown. The refusal does not repeat it."""
    with pytest.raises(BundleError) as refused:
        resolved_source(source)

    assert "zebracanary" not in str(refused.value)
