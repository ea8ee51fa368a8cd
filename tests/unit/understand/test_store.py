"""Bundles are copied from where they are published, verified before anything is named after them, and kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from service.domain.understanding import Thresholds
from service.errors import BundleAwayError, BundleError
from service.understand.bundle import MANIFEST, Manifest
from service.understand.bundle_source import resolved_source
from service.understand.calibration import StageCalibration
from service.understand.cascade import CascadeSettings
from service.understand.store import DRAFT, FETCH_SECONDS, KEPT, BundleStore

STAGE = StageCalibration(temperature=1.0, scope_weights=(0.5,), scope_bias=0.0)
NUMBERS = CascadeSettings(encoder_weight=0.5, settle=0.9, strange=1.0, lexical=STAGE, mixed=STAGE, encoder=STAGE)
THRESHOLDS = Thresholds(accept=0.7, scope=0.5, ambiguous=0.1)
CONTENTS = {"lexical_bias.npy": bytes(3_000_000), "report.json": b"{}"}
UNKNOWN = "0" * 16


def write_bundle(folder: Path, contents: Mapping[str, bytes] = CONTENTS) -> str:
    """A folder that is sound as far as names and hashes go, and its version."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return write_manifest(folder, {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()})


def write_manifest(folder: Path, files: Mapping[str, str]) -> str:
    manifest = Manifest(
        version="", labels=("a", "b"), settings=NUMBERS, thresholds=THRESHOLDS, provenance={}, files=files
    )
    manifest = replace(manifest, version=manifest.computed_version())
    (folder / MANIFEST).write_text(json.dumps(manifest.as_json()), encoding="utf-8")
    return manifest.version


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(folder=tmp_path / "home" / "bundles")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "published"


@contextlib.contextmanager
def web(folder: Path, *, moved_to: str | None = None) -> Iterator[str]:
    """The address of a real server of the folder's files; or of one that sends everybody elsewhere."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if moved_to is None:
                super().do_GET()
                return
            self.send_response(302)
            self.send_header("Location", f"{moved_to}{self.path}")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of the base class)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def memory(folder: Path) -> Iterator[str]:
    files = fsspec.filesystem("memory")
    files.put(f"{folder}/", "/bundles/june/", recursive=True)
    yield "memory://bundles/june"
    files.rm("/bundles", recursive=True)


KINDS: Mapping[str, Callable[[Path], contextlib.AbstractContextManager[str]]] = {
    "folder": lambda folder: contextlib.nullcontext(str(folder)),
    "file": lambda folder: contextlib.nullcontext(f"file://{folder}"),
    "web": web,
    "memory": memory,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_is_copied_and_kept_when_its_source_is_away(store: BundleStore, source: Path, kind: str) -> None:
    """Byte for byte, whatever the source is; nothing half-way is left."""
    version = write_bundle(source)
    with KINDS[kind](source) as name:
        taken = store.take(name)
        got = store.get(version, name)
    shutil.rmtree(source)

    kept = store.get(version, f"{source}-is-away")

    assert taken == got == kept == store.folder / version
    assert contents_of(kept) == CONTENTS
    assert [path.name for path in store.folder.iterdir()] == [version]


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_is_away_is_told_from_one_that_is_damaged(store: BundleStore, source: Path, kind: str) -> None:
    """There it is waited for; here somebody has to build a bundle."""
    version = write_bundle(source)
    (source / "report.json").write_bytes(b"[]")
    with KINDS[kind](source) as name:
        with pytest.raises(BundleError, match=r"report\.json is damaged") as damaged:
            store.get(version, name)
        (source / "report.json").unlink()
    with pytest.raises(BundleAwayError, match="cannot be copied"):
        store.get(version, f"{source}/nowhere")

    assert not isinstance(damaged.value, BundleAwayError)
    assert list(store.folder.iterdir()) == []


def test_a_redirect_is_not_followed(store: BundleStore, source: Path) -> None:
    """Only the address that was named is asked."""
    version = write_bundle(source)
    with (
        web(source) as real,
        web(source, moved_to=real) as moved,
        pytest.raises(BundleAwayError, match="redirects are not followed"),
    ):
        store.get(version, moved)


def test_another_bundle_at_the_source_is_not_taken_for_the_published_one(store: BundleStore, source: Path) -> None:
    """However sound it is."""
    published = write_bundle(source)
    other = write_bundle(source, {"report.json": b"another"})

    with pytest.raises(BundleError, match=f"holds the bundle {other}, not {published}"):
        store.get(published, str(source))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", ".hidden", "folder/inside"])
def test_only_files_of_the_bundle_are_written(store: BundleStore, source: Path, name: str) -> None:
    """A manifest cannot name a place outside."""
    source.mkdir()
    version = write_manifest(source, {name: hashlib.sha256(b"").hexdigest()})

    with pytest.raises(BundleError, match="no file of it"):
        store.get(version, str(source))


def test_a_bundle_is_never_larger_than_it_may_be(store: BundleStore, source: Path) -> None:
    """Over all its files; the manifest has a limit of its own, and so has the number of files."""
    version = write_bundle(source)
    with pytest.raises(BundleError, match="larger"):
        replace(store, most_bytes=3_000_001).get(version, str(source))

    many = write_manifest(source, {f"{number}.npy": "" for number in range(101)})
    with pytest.raises(BundleError, match="more than 100 files"):
        store.get(many, str(source))

    (source / MANIFEST).write_bytes(bytes(2**20 + 1))
    with pytest.raises(BundleError, match="larger"):
        store.take(str(source))


def test_copying_does_not_last_for_ever(store: BundleStore, source: Path) -> None:
    """Nor longer than the process that wants it."""
    version, ticks = write_bundle(source), iter((0.0, FETCH_SECONDS + 1.0))
    with pytest.raises(BundleAwayError, match="in time"):
        replace(store, ticks=lambda: next(ticks)).get(version, str(source))

    store.close()
    with pytest.raises(BundleAwayError, match="in time"):
        store.get(version, str(source))


@pytest.mark.parametrize("name", [MANIFEST, "report.json"])
def test_what_was_damaged_here_is_copied_again(store: BundleStore, source: Path, name: str) -> None:
    """A kept bundle is verified each time that it is asked for."""
    version = write_bundle(source)
    kept = store.get(version, str(source))
    (kept / name).write_bytes(b"damaged")

    assert contents_of(store.get(version, str(source))) == CONTENTS


def test_the_bundles_that_were_asked_for_last_are_kept(store: BundleStore, source: Path) -> None:
    """And what was left half-way goes some time."""
    left, fresh = store.folder / f"{DRAFT}left", store.folder / f"{DRAFT}fresh"
    for draft in (left, fresh):
        draft.mkdir(parents=True)
    os.utime(left, (0, 0))
    versions = [write_bundle(source / str(number), {"report.json": bytes([number])}) for number in range(KEPT + 2)]
    for number, version in enumerate(versions[:KEPT]):
        store.get(version, str(source / str(number)))
        os.utime(store.folder / version, (time.time() - 1_000 + number,) * 2)

    store.get(versions[0], "/away")
    for number in (KEPT, KEPT + 1):
        store.get(versions[number], str(source / str(number)))

    expected = {versions[0], *versions[3:]}
    assert {path.name for path in store.folder.iterdir()} == {fresh.name, *expected}


def test_the_edition_that_was_served_last_is_remembered(store: BundleStore) -> None:
    """Where nothing was, or nothing can be read, there is none."""
    assert store.find_served() is None
    store.note_served(7)
    assert store.find_served() is None, "no folder is made for it"
    store.folder.mkdir(parents=True)

    store.note_served(7)
    store.note_served(8)

    assert store.find_served() == 8


@pytest.mark.parametrize("version", ["", "../../etc", "A" * 16, UNKNOWN + "0"])
def test_what_is_no_version_names_no_folder(store: BundleStore, version: str) -> None:
    with pytest.raises(BundleError, match="16 hexadecimal"):
        store.get(version, "/nowhere")


def test_a_driver_that_is_not_installed_is_named(store: BundleStore) -> None:
    """With what there is to install."""
    with pytest.raises(BundleAwayError, match="s3fs"):
        store.get(UNKNOWN, "s3://bundles/june")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, source: Path) -> None:
    """It is not the source that is at fault."""
    (tmp_path / "file").write_bytes(b"")
    version = write_bundle(source)

    with pytest.raises(BundleError, match="cannot be kept in") as refused:
        BundleStore(folder=tmp_path / "file" / "bundles").get(version, str(source))

    assert not isinstance(refused.value, BundleAwayError)


SOURCES = [
    pytest.param("https://bundles.example/june/", "https://bundles.example/june", id="a URL"),
    pytest.param("s3://bundles/june", "s3://bundles/june", id="a bucket"),
    pytest.param("/srv/bundles/../june", "/srv/june", id="a folder"),
]


@pytest.mark.parametrize(("named", "resolved"), SOURCES)
def test_a_source_has_one_name_everywhere(named: str, resolved: str) -> None:
    assert resolved_source(named) == resolved


def test_a_folder_is_named_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whoever serves need not be where it was published."""
    monkeypatch.chdir(tmp_path)

    assert resolved_source("june") == str(tmp_path / "june")


@pytest.mark.parametrize(
    "named",
    [
        "https://jo:zebracanary@bundles.example",
        "https://bundles.example/?key=zebracanary",
        "zip://june::s3://zebracanary",
    ],
)
def test_what_should_not_be_kept_or_shown_is_refused(named: str) -> None:
    """And not repeated."""
    with pytest.raises(BundleError, match="no credentials") as refused:
        resolved_source(named)

    assert "zebracanary" not in str(refused.value)
