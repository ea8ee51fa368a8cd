"""Subjects that subscribers can match, and what has to be there before anything is announced."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.announcement import of_decision
from service.errors import SettingsError
from service.events.opening import open_publisher, require_client
from service.events.publisher import subject_of
from service.settings import read_settings
from tests.support.decisions import a_decision


@pytest.mark.parametrize(
    ("goal", "subject", "reason"),
    [
        ("track_order", "errand.decision.track_order", "a name as catalogues have it"),
        (None, "errand.decision.none", "nothing was understood"),
        ("find.all > *", "errand.decision.find_all____", "what subscribers match with, and what parts a subject"),
        ("Größe", "errand.decision.Gr__e", "letters that clients disagree about"),
    ],
)
def test_a_subject_has_three_parts(goal: str | None, subject: str, reason: str) -> None:
    """Whatever the catalogue calls its intents."""
    assert subject_of(of_decision(a_decision(goal=goal))) == subject, reason


@pytest.mark.parametrize("missing", ["nats", "nkeys"])
def test_the_client_is_an_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str) -> None:
    """Where it is missing, or what reads its keys, what to install is said."""
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(SettingsError, match=r"pip install -e '\.\[events\]'"):
        require_client("nats://127.0.0.1", tmp_path / "errand.creds")


def test_credentials_must_be_there(tmp_path: Path) -> None:
    """Said at the start, not in the log for ever."""
    pytest.importorskip("nkeys", reason="No client of NATS is found: pip install -e '.[events]'")

    with pytest.raises(SettingsError, match=r"ERRAND_EVENTS_CREDENTIALS .*gone\.creds"):
        require_client("nats://127.0.0.1", tmp_path / "gone.creds")


@pytest.mark.parametrize("url", ["http://broker:4222", "broker:4222", "nats://one:4222, two:4222"])
def test_every_address_says_how_it_is_spoken_to(url: str) -> None:
    """Without its scheme a password in it might be taken for something else."""
    with pytest.raises(SettingsError, match="ERRAND_EVENTS_URL is not valid: begin every address with nats://") as told:
        read_settings(events_url=url)

    assert "4222" not in str(told.value)


def test_an_address_is_kept_as_it_is_and_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since there may be a password in it."""
    monkeypatch.delenv("ERRAND_EVENTS_URL", raising=False)
    settings = read_settings(events_url="tls://errand:of-the-broker@one:4222,tls://two:4222")

    assert settings.resolved_events_url == "tls://errand:of-the-broker@one:4222,tls://two:4222"
    assert "of-the-broker" not in repr(settings)
    assert read_settings().resolved_events_url is None


async def test_without_an_address_nobody_listens() -> None:
    """And no client is needed."""
    require_client(None, None)
    async with open_publisher(None, credentials=None, keep=timedelta(days=1)) as publisher:
        assert not publisher.listens
