"""What `errand serve` makes sure of before it serves."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.access.exposure import Exposure
from service.catalogue.loader import load_catalogue, starter_folder
from service.cli.commands.serve import announce, ensure_bundle, share_metrics
from service.settings import read_settings
from tests.support.daemon import free_port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_serving_on_a_taken_port_is_one_line(run, taken_port: int) -> None:
    """Nothing is built or migrated before."""
    ran = run("serve", "--port", taken_port)

    assert ran.code == 2
    assert ran.err.startswith("errand: Cannot listen")
    assert not Path("home").exists()


def test_a_database_that_does_not_come_is_one_line(run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the one that says how long it was waited for; neither shows the password."""
    password, port = "tangerine" + "4711", free_port()
    monkeypatch.setenv("ERRAND_DATABASE_URL", f"postgresql://jo:{password}@127.0.0.1:{port}/errand")
    monkeypatch.setenv("ERRAND_DATABASE_WAIT_SECONDS", "0.1")

    ran = run("serve", "--port", free_port())

    waiting, refusal = ran.err.strip().splitlines()
    assert ran.code == 2
    assert f"127.0.0.1:{port} cannot be reached; waiting for it, at most 0.1 s" in waiting
    assert refusal.startswith("errand: The database cannot be reached")
    assert password not in ran.err


def test_a_bundle_of_the_operator_s_own_is_never_replaced(home: Path, bundle: Path) -> None:
    """Though it was learnt from anything but the catalogue in use."""
    before = {path.name: path.stat().st_mtime_ns for path in bundle.iterdir()}

    ensure_bundle(read_settings(home=home, bundle=bundle), load_catalogue(starter_folder()))

    assert {path.name: path.stat().st_mtime_ns for path in bundle.iterdir()} == before


def test_one_worker_needs_no_folder_of_metrics(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several do, and it is known to them by their environment."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "unchanged")
    assert share_metrics(read_settings(workers=1)) is None
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == "unchanged"

    folder = share_metrics(read_settings(workers=2))

    assert folder is not None
    assert folder.is_dir()
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(folder)
    folder.rmdir()


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")])
def test_the_address_is_told_with_a_request_to_try(
    home: Path, capsys: pytest.CaptureFixture[str], host: str, address: str
) -> None:
    """On standard error."""
    announce(read_settings(host=host), Exposure(needs_key=False, has_usable_key=False))

    told = capsys.readouterr()
    assert told.out == ""
    assert f"{address}/docs" in told.err
    assert f"curl -s {address}/intent" in told.err


@pytest.mark.parametrize(
    ("unguarded", "needs_key", "has_usable_key", "says"),
    [
        (False, False, False, "There is no key yet: this machine alone may call. Make one with: errand keys create"),
        (True, False, False, "Unguarded: anyone who reaches this address may call it."),
        (False, True, True, "Who calls needs a key."),
        (True, True, True, "Who calls needs a key."),
        (False, True, False, "Every key has expired, so nobody may call. Make one with: errand keys create"),
    ],
)
def test_it_is_told_who_is_let_in(
    *, home: Path, capsys: pytest.CaptureFixture[str], unguarded: bool, needs_key: bool, has_usable_key: bool, says: str
) -> None:
    """The request to try carries a key where one is needed."""
    announce(read_settings(unguarded=unguarded), Exposure(needs_key=needs_key, has_usable_key=has_usable_key))

    told = capsys.readouterr().err
    assert says in told
    assert ("Authorization: Bearer errand_" in told) is needs_key
