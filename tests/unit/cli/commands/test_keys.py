"""`errand keys …` and `errand audit …`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.domain.key import key_id_in

SITE = ("--role", "website", "--name", "Shop", "--origin", "https://www.shop.example")
DESK = ("--role", "contact_centre", "--name", "[bold]Front desk")


def create(run, *options: str) -> dict[str, Any]:
    ran = run("keys", "create", *options, "--json")
    assert ran.code == 0, ran.err
    made: dict[str, Any] = json.loads(ran.out)
    return made


def listed(run) -> dict[str, dict[str, Any]]:
    return {key["key_id"]: key for key in json.loads(run("keys", "list", "--json").out)}


def audit(run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("audit", "export").out.splitlines()]


def test_a_key_is_made_in_an_empty_home_and_shown_once(run, home: Path) -> None:
    """On standard output the key alone, so that it can be sent where it belongs; the rest is for people."""
    ran = run("keys", "create", *DESK)

    key = ran.out.strip()
    key_id = key_id_in(key)
    assert ran.code == 0
    assert key_id is not None
    assert "This is the only time" in ran.err
    assert key not in ran.err
    assert list(listed(run)) == [key_id]
    secret = key.rpartition("_")[2].encode()
    assert not [path for path in home.rglob("*") if path.is_file() and secret in path.read_bytes()]
    for again in (("keys", "list"), ("keys", "list", "--json"), ("audit", "list"), ("audit", "export")):
        assert secret.decode() not in run(*again).out


def test_what_was_asked_for_is_held(run) -> None:
    """Origins as browsers send them, a limit, an end."""
    more = ("--origin", "HTTP://Localhost:80", "--origin", "https://www.shop.example")
    made = create(run, *SITE, *more, "--limit-per-minute", "90", "--expires", "P90D")

    held = listed(run)[made["key_id"]]
    assert {**held, "key": made["key"]} == made
    assert held["origins"] == ["https://www.shop.example", "http://localhost"]
    assert (held["role"], held["name"], held["limit_per_minute"]) == ("website", "Shop", 90)
    assert held["expires_at"] > held["created_at"]
    assert create(run, *DESK)["limit_per_minute"] == 6_000
    assert create(run, *DESK)["expires_at"] is None


@pytest.mark.parametrize(
    ("options", "says", "reason"),
    [
        (SITE[:4], "--origin", "a website without a page"),
        ((*DESK, "--origin", "https://a.example"), "--origin", "a page of a contact centre"),
        ((*SITE[:4], "--origin", "https://*.shop.example"), "An origin is", "a wildcard"),
        ((*SITE[:4], "--origin", "https://shop.example/"), "An origin is", "a path"),
        ((*DESK, "--expires", "90 days"), "P90D", "no ISO 8601"),
        ((*DESK, "--expires", "-P1D"), "P90D", "in the past"),
        ((*DESK, "--expires", "P9999999D"), "P90D", "beyond every calendar"),
        ((*DESK, "--limit-per-minute", "0"), "limit-per-minute", "no request at all"),
        (("--role", "boss", "--name", "x"), "role", "no such role"),
        (("--role", "ops"), "name", "nobody's"),
        (("--role", "ops", "--name", " "), "name", "nobody's either"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    *, run, home: Path, options: tuple[str, ...], says: str, reason: str
) -> None:
    """Before anything is made."""
    ran = run("keys", "create", *options)

    assert (ran.code, ran.out) == (2, ""), reason
    assert says in re.sub(r"[\s│]+", " ", ran.err), reason
    assert not home.exists()


def test_a_key_is_rotated_and_revoked(run) -> None:
    """By its id, or by the whole of it, of which no more than the id is kept or told."""
    made = create(run, *SITE)
    new = json.loads(run("keys", "rotate", made["key"], "--overlap", "PT1H", "--json").out)

    assert (new["role"], new["origins"]) == ("website", made["origins"])
    assert listed(run)[made["key_id"]]["replaced_by"] == new["key_id"]
    again = run("keys", "rotate", made["key_id"])
    assert again.code == 2
    assert "rotated before" in again.err
    assert "Revoked" in run("keys", "revoke", new["key"], "--reason", "it stood in a mail").out
    assert "Nothing to do" in run("keys", "revoke", new["key_id"], "--reason", "again").out
    assert json.loads(run("keys", "revoke", new["key_id"], "--reason", "x", "--json").out)["revoked"] is False

    told = run("keys", "list").out
    assert f"replaced by {new['key_id']}" in told
    assert "revoked" in told
    entries = audit(run)
    assert [(entry["action"], entry["subject"]) for entry in entries] == [
        ("key.create", made["key_id"]),
        ("key.rotate", made["key_id"]),
        ("key.revoke", new["key_id"]),
    ]
    assert entries[2]["reason"] == "it stood in a mail"
    assert all(entry["actor"].startswith("cli") for entry in entries)
    assert entries[0]["detail"]["origins"] == made["origins"]
    assert not [secret for secret in (made["key"], new["key"]) if secret.rpartition("_")[2] in str(entries)]


def test_the_audit_is_listed_with_the_newest_first(run) -> None:
    """For people, or for a program."""
    first, second = create(run, *DESK), create(run, *DESK)

    assert [entry["subject"] for entry in json.loads(run("audit", "list", "--json").out)] == [
        second["key_id"],
        first["key_id"],
    ]
    told = run("audit", "list", "--limit", "1").out
    assert second["key_id"] in told
    assert first["key_id"] not in told


def test_empty_lists_are_said(run) -> None:
    """Not an empty table."""
    run("db", "upgrade")

    assert "errand keys create" in run("keys", "list").out
    assert "Nothing was changed yet" in run("audit", "list").out
    assert run("audit", "export").out == ""


def test_a_key_that_is_not_there_is_refused(run) -> None:
    """What was given is not repeated: it may be somebody's password."""
    run("db", "upgrade")
    for command in (("rotate", "hunter2"), ("revoke", "hunter2", "--reason", "x")):
        ran = run("keys", *command)

        assert ran.code == 2
        assert "No key has that id" in ran.err
        assert "hunter2" not in ran.err


def test_names_are_shown_as_they_are(run) -> None:
    """Brackets are no markup."""
    create(run, *DESK)

    assert "[bold]Front desk" in run("keys", "list").out
