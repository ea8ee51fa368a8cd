"""Settings from the environment: a value for what is sound, one line for what is not, and no secret in sight."""

from __future__ import annotations

import os
import traceback
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.errors import SettingsError
from service.settings import Settings, read_settings

EVERYWHERE = "0.0.0.0"  # noqa: S104  (it is what must not be served without keys)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::1/128"))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ERRAND_")]:
        monkeypatch.delenv(name)


PASSWORD = "hun" + "ter2"


def read(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.mark.parametrize(
    ("environment", "field", "value", "reason"),
    [
        ({}, "host", "127.0.0.1", "nobody else can reach it unless told"),
        ({"ERRAND_PORT": "9000"}, "port", 9000, "a number"),
        ({"ERRAND_PORT": "65535"}, "port", 65_535, "the last port"),
        ({"ERRAND_WORKERS": "64"}, "workers", 64, "the most workers"),
        ({"errand_port": "9001"}, "port", 9001, "case does not matter"),
        ({"ERRAND_HOME": "/srv/errand"}, "home", Path("/srv/errand"), "a folder"),
        ({"ERRAND_HOST": "::1"}, "host", "::1", "loopback of IPv6"),
        ({"ERRAND_HOST": "localhost"}, "host", "localhost", "loopback by name"),
        ({"ERRAND_HOST": "127.8.9.10"}, "host", "127.8.9.10", "the whole loopback network"),
        ({"ERRAND_HOST": EVERYWHERE}, "host", EVERYWHERE, "whether it may is seen when the keys are known"),
        ({"ERRAND_HOST": EVERYWHERE}, "is_exposed", True, "others can call"),
        ({"ERRAND_HOST": EVERYWHERE, "ERRAND_UNGUARDED": "true"}, "is_exposed", False, "said so"),
        ({"ERRAND_HOST": "127.8.9.10"}, "is_exposed", False, "this machine alone"),
        ({"ERRAND_TRUSTED_PROXIES": "10.0.0.0/8, fd00::1"}, "trusted_proxies", PROXIES, "a network and an address"),
        ({"ERRAND_LIMITS_URL": ""}, "resolved_limits_url", None, "each worker counts its own"),
        ({"ERRAND_LIMITS_URL": "valkey://v"}, "resolved_limits_url", "valkey://v", "the port is the usual one"),
        ({"ERRAND_LIMITS_URL": "rediss://:p@r:1/2"}, "resolved_limits_url", "rediss://:p@r:1/2", "with all there is"),
        ({"ERRAND_UNGUARDED": "1"}, "unguarded", True, "another word for true"),
        ({"ERRAND_LOG_LEVEL": "debug"}, "log_level", "debug", "one of a few"),
        ({"ERRAND_DEADLINE_MS": "10"}, "deadline_ms", 10, "the least"),
        ({"ERRAND_CATALOGUE_VARIABLES": ""}, "catalogue_variables", (), "no names"),
        ({"ERRAND_CATALOGUE_VARIABLES": "A"}, "catalogue_variables", ("A",), "one name"),
        ({"ERRAND_CATALOGUE_VARIABLES": " A, B_C ,,D"}, "catalogue_variables", ("A", "B_C", "D"), "spaces and gaps"),
        ({"ERRAND_FULFIL_ALLOW": "stock, 10.2.0.0/16"}, "fulfil_allow", ("stock", "10.2.0.0/16"), "two of them"),
        ({"ERRAND_FULFIL_SECRET": ""}, "fulfil_secrets", (), "calls are not signed"),
        ({"ERRAND_FULFIL_SECRET": "new, old"}, "fulfil_secrets", ("new", "old"), "while it is replaced"),
        ({"ERRAND_DATABASE_WAIT_SECONDS": "0"}, "database_wait_seconds", 0.0, "not at all"),
        ({"ERRAND_NEVER_HEARD_OF": "x"}, "port", 8000, "what is not known is not minded"),
        ({"ERRAND_CATALOGUE": ""}, "catalogue", None, "empty, as compose files write it, is not set"),
        ({"ERRAND_BUNDLE": ""}, "bundle", None, "the same"),
        ({"ERRAND_SECRET": ""}, "secret", None, "the same"),
        ({"ERRAND_DATABASE_URL": ""}, "database_url", "", "the same"),
    ],
)
def test_a_sound_setting_is_read(
    *, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], field: str, value: Any, reason: str
) -> None:
    """Text in the environment becomes a value of its type."""
    assert getattr(read(monkeypatch, environment), field) == value, reason


@pytest.mark.parametrize(
    ("environment", "says", "reason"),
    [
        ({"ERRAND_PORT": "0"}, "ERRAND_PORT", "no port"),
        ({"ERRAND_PORT": "65536"}, "ERRAND_PORT", "one too many"),
        ({"ERRAND_PORT": "http"}, "ERRAND_PORT", "no number"),
        ({"ERRAND_WORKERS": "0"}, "ERRAND_WORKERS", "nobody to work"),
        ({"ERRAND_ENCODER_THREADS": "-1"}, "ERRAND_ENCODER_THREADS", "negative"),
        ({"ERRAND_MAX_IN_FLIGHT": "0"}, "ERRAND_MAX_IN_FLIGHT", "nobody admitted"),
        ({"ERRAND_DEADLINE_MS": "9"}, "ERRAND_DEADLINE_MS", "shorter than anything takes"),
        ({"ERRAND_DATABASE_WAIT_SECONDS": "-1"}, "ERRAND_DATABASE_WAIT_SECONDS", "a time before now"),
        ({"ERRAND_IDEMPOTENCY_HOURS": "23"}, "ERRAND_IDEMPOTENCY_HOURS", "keys are kept a day at least"),
        ({"ERRAND_LOG_LEVEL": "loud"}, "ERRAND_LOG_LEVEL", "no level"),
        ({"ERRAND_LOG_FORMAT": "xml"}, "ERRAND_LOG_FORMAT", "no format"),
        ({"ERRAND_UNGUARDED": "perhaps"}, "ERRAND_UNGUARDED", "neither true nor false"),
        ({"ERRAND_TRUSTED_PROXIES": "10.0.0.1/8"}, "ERRAND_TRUSTED_PROXIES", "an address in a network"),
        ({"ERRAND_TRUSTED_PROXIES": "proxy"}, "ERRAND_TRUSTED_PROXIES", "a name"),
        ({"ERRAND_LIMITS_URL": "localhost:6379"}, "ERRAND_LIMITS_URL", "no scheme"),
        ({"ERRAND_LIMITS_URL": "redis:///0"}, "ERRAND_LIMITS_URL", "no host"),
        ({"ERRAND_LIMITS_URL": "redis://:a/b@host"}, "ERRAND_LIMITS_URL", "a slash in a password is written %2F"),
        ({"ERRAND_PORT": "x", "ERRAND_WORKERS": "y"}, "ERRAND_", "two at once: the first is told"),
    ],
)
def test_an_unsound_setting_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: str, reason: str
) -> None:
    """By the name that the operator has written."""
    with pytest.raises(SettingsError, match="is not valid") as refusal:
        read(monkeypatch, environment)

    assert says in str(refusal.value), reason
    assert "\n" not in str(refusal.value), reason


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was not given leaves the environment's."""
    monkeypatch.setenv("ERRAND_PORT", "9000")

    assert read_settings(port=9001).port == 9001
    assert read_settings(port=None).port == 9000


@pytest.mark.parametrize(
    "environment",
    [
        {"ERRAND_SECRET": "hunter2" * 8},
        {"ERRAND_DATABASE_URL": "postgresql://errand:hunter2@db.example/errand"},
        {"ERRAND_LIMITS_URL": "valkey://:hunter2@store.example"},
    ],
    ids=["secret", "database URL", "limits URL"],
)
def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    """Neither the key of hashes nor the password of the database is in what a log or a traceback would print."""
    settings = read(monkeypatch, environment)

    assert "hunter2" not in f"{settings!r} {settings}"


def test_a_refusal_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret beside a mistake is not told with it."""
    with pytest.raises(SettingsError) as refusal:
        read(monkeypatch, {"ERRAND_SECRET": "hunter2" * 8, "ERRAND_PORT": "x"})

    assert "hunter2" not in str(refusal.value)


def test_a_refusal_shows_no_secret_in_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with one setting is told without the others."""
    with pytest.raises(SettingsError) as refusal:
        read(monkeypatch, {"ERRAND_SECRET": f"{PASSWORD}{PASSWORD}" * 4, "ERRAND_PORT": "0"})

    assert PASSWORD not in "".join(traceback.format_exception(refusal.value))


def test_settings_do_not_change() -> None:
    """They are read when the service starts and never again."""
    with pytest.raises(ValidationError):
        read_settings().port = 1


@pytest.mark.parametrize(
    ("overrides", "attribute", "resolved", "reason"),
    [
        ({}, "resolved_bundle", "home/bundle", "what `errand serve` builds"),
        ({"bundle": Path("mine")}, "resolved_bundle", "mine", "the operator's own"),
        ({}, "resolved_catalogue", None, "the starter"),
        ({"catalogue": Path("mine")}, "resolved_catalogue", "mine", "the one named"),
        ({"database_url": "postgresql://db/errand"}, "resolved_database_url", "postgresql://db/errand", "as given"),
    ],
)
def test_what_is_left_empty_lies_in_the_home(
    *, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, Any], attribute: str,
    resolved: str | None, reason: str,
) -> None:  # fmt: skip
    """Unless it is named."""
    monkeypatch.chdir(tmp_path)

    found = getattr(read_settings(home=Path("home"), **overrides), attribute)

    assert found == resolved if found is None else str(found) == resolved, reason


def test_a_catalogue_in_the_home_goes_before_the_starter(tmp_path: Path) -> None:
    """Once it is there."""
    (tmp_path / "catalogue").mkdir()

    assert read_settings(home=tmp_path).resolved_catalogue == tmp_path / "catalogue"


def test_the_database_is_a_file_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its whole path, so that it stays the same wherever a command is run."""
    monkeypatch.chdir(tmp_path)

    assert read_settings(home=Path("home")).resolved_database_url == f"sqlite:///{tmp_path}/home/errand.db"
