"""Announcements are off until an address is named, and then their client has to be there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.events.opening import open_publisher, require_client

URL = "nats://127.0.0.1:4222"


async def test_without_an_address_nobody_listens(tmp_path: Path) -> None:
    """Nothing is needed, and nothing is announced."""
    require_client(None, tmp_path / "absent")

    async with open_publisher(None, credentials=None, keep=timedelta(days=1)) as publisher:
        assert not publisher.listens


@pytest.mark.parametrize(("package", "has_credentials"), [("nats", False), ("nkeys", True)])
def test_a_client_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, *, has_credentials: bool
) -> None:
    """The operator is told how to install it."""
    credentials = tmp_path / "nats.creds"
    credentials.touch()
    monkeypatch.setattr("service.events.opening.find_spec", lambda name: None if name == package else object())

    with pytest.raises(SettingsError, match="ERRAND_EVENTS_URL"):
        require_client(URL, credentials if has_credentials else None)


def test_credentials_have_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker itself may be away."""
    monkeypatch.setattr("service.events.opening.find_spec", lambda _: object())
    credentials = tmp_path / "nats.creds"

    with pytest.raises(SettingsError, match="ERRAND_EVENTS_CREDENTIALS"):
        require_client(URL, credentials)
    credentials.touch()
    require_client(URL, credentials)
