"""`errand config show`: every setting, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.settings import Settings

PASSWORD = "quince" + "9913"


def test_every_setting_is_shown_with_where_it_comes_from(run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERRAND_PORT", "9000")
    monkeypatch.setenv("ERRAND_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")

    shown = {each["variable"]: each for each in json.loads(run("config", "show", "--json").out)["settings"]}

    assert set(shown) == {f"ERRAND_{name.upper()}" for name in Settings.model_fields}
    assert (shown["ERRAND_PORT"]["value"], shown["ERRAND_PORT"]["is_set"]) == ("9000", True)
    assert (shown["ERRAND_WORKERS"]["value"], shown["ERRAND_WORKERS"]["is_set"]) == ("1", False)
    assert shown["ERRAND_TRUSTED_PROXIES"]["value"] == "10.0.0.0/8, 192.0.2.1/32"
    assert shown["ERRAND_DATABASE_URL"]["value"] == f"sqlite:///{home}/errand.db"
    assert shown["ERRAND_CATALOGUE"]["value"] == "the starter"
    assert not home.exists()


def test_no_secret_is_shown(run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor who may log in where."""
    monkeypatch.setenv("ERRAND_SECRET", f"{PASSWORD}-of-the-installation-as-a-whole")
    monkeypatch.setenv("ERRAND_FULFIL_SECRET", f"{PASSWORD}, old-{PASSWORD}")
    monkeypatch.setenv(
        "ERRAND_DATABASE_URL", f"postgresql://{PASSWORD}:{PASSWORD}@db.example:5433/e?password={PASSWORD}"
    )
    monkeypatch.setenv("ERRAND_EVENTS_URL", f"nats://jo:{PASSWORD}@one.example:4222, tls://{PASSWORD}@two.example")
    monkeypatch.setenv("ERRAND_LIMITS_URL", f"valkeys://:{PASSWORD}@limits.example:6380/0?password={PASSWORD}")

    told, as_json = run("config", "show"), run("config", "show", "--json")

    assert told.code == as_json.code == 0
    for said in (told.out, as_json.out):
        assert PASSWORD not in said
        assert "postgresql://db.example:5433/e" in said
        assert "nats://one.example:4222, tls://two.example" in said
        assert "valkeys://limits.example:6380" in said


def test_a_variable_that_is_no_setting_is_told_without_its_value(run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a secret whose name is misspelt."""
    monkeypatch.setenv("ERRAND_SECERT", PASSWORD)

    told = run("config", "show").out

    assert "ERRAND_SECERT is no setting of this version" in told
    assert PASSWORD not in told


def test_a_setting_that_cannot_be_used_is_one_line(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERRAND_PORT", "eighty")
    ran = run("config", "show")

    assert ran.code == 2
    assert ran.err.startswith("errand: ERRAND_PORT is not valid")
