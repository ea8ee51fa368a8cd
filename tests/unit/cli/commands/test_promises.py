"""`errand promises list`, `claim`, `keep`, `release` and `fail`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.clock import utc_now
from service.domain.promise import Promise
from service.edition.startup import open_sealer
from service.record.recorder import open_recorder
from service.settings import read_settings
from tests.support.decisions import a_decision, record_decision
from tests.support.promises import NUMBER, a_promise


@pytest.fixture
def made(run, home: Path) -> dict[str, Promise]:
    """One promise that is due in an hour, one that is late, and one without a number."""
    assert run("db", "upgrade").code == 0
    now = utc_now()
    fields: dict[str, dict[str, Any]] = {
        "late": {"due_at": now - timedelta(hours=1), "desk": "help-desk"},
        "due": {"due_at": now + timedelta(hours=1)},
        "bare": {"due_at": now + timedelta(hours=2)},
    }
    sealer = open_sealer(read_settings())
    until = now + timedelta(days=2)
    promises = {}
    for name, each in fields.items():
        promise_id = f"p-{name}"
        detail = None if name == "bare" else sealer.seal(NUMBER, promise_id=promise_id, until=until)
        own = {"promise_id": promise_id, "made_at": now, "expires_at": until, **each}
        promises[name] = replace(a_promise(detail=None, **own), detail=detail)

    async def fill() -> None:
        async with open_recorder(f"sqlite:///{home}/errand.db") as recorder:
            decision = a_decision(decision_id="d")
            await record_decision(recorder, decision, idempotency=None, answer=b"", promises=list(promises.values()))

    asyncio.run(fill())
    return promises


def states(run) -> dict[str, str]:
    return {each["promise_id"]: each["state"] for each in json.loads(run("promises", "list", "--json").out)}


def test_promises_are_listed(run, made: dict[str, Promise]) -> None:
    """By due time, all of them or those in a state or of a desk, without any number."""
    everything, late = run("promises", "list"), run("promises", "list", "--state", "late", "--state", "failed")

    assert everything.code == late.code == 0
    places = [everything.out.index(f"p-{name}") for name in ("late", "due", "bare")]
    assert places == sorted(places)
    assert ("p-late" in late.out, "p-due" in late.out) == (True, False)
    assert "p-late" not in run("promises", "list", "--desk", "order-desk").out
    assert len(json.loads(run("promises", "list", "--limit", "1", "--json").out)) == 1
    assert NUMBER not in everything.out + run("promises", "list", "--json").out


def test_an_empty_list_of_promises_is_said(run) -> None:
    """Not an empty table."""
    run("db", "upgrade")

    assert "There are none" in run("promises", "list").out
    assert json.loads(run("promises", "list", "--json").out) == []


def test_a_claim_prints_the_number_and_is_audited(run, made: dict[str, Promise]) -> None:
    """To standard output alone, for a program that dials."""
    claimed, as_json = (run("promises", "claim", "p-due", "--by", "desk-1", *options) for options in ((), ("--json",)))
    bare = run("promises", "claim", "p-bare")

    assert (claimed.code, claimed.out.strip()) == (0, NUMBER)
    assert NUMBER not in claimed.err
    assert json.loads(as_json.out)["detail"] == NUMBER
    assert "no number" in bare.out
    audit = json.loads(run("audit", "list", "--json").out)
    assert [(entry["action"], entry["subject"]) for entry in audit] == [
        ("promise.claim", "p-bare"),
        ("promise.claim", "p-due"),
        ("promise.claim", "p-due"),
    ]


def test_a_promise_is_kept_released_or_failed(run, made: dict[str, Promise]) -> None:
    """By the desk that holds it; another one is refused with what to do."""
    run("promises", "claim", "p-due", "--by", "desk-1")
    refused = run("promises", "keep", "p-due", "--by", "desk-2")
    released = run("promises", "release", "p-due", "--by", "desk-1")
    kept = run("promises", "keep", "p-due", "--by", "desk-2", "--json")
    failed = run("promises", "fail", "p-late")
    ended = run("promises", "claim", "p-due", "--by", "desk-2")

    assert (refused.code, "Another desk holds this promise" in refused.err) == (2, True)
    assert (released.code, "Free" in released.out) == (0, True)
    assert (json.loads(kept.out)["state"], json.loads(kept.out)["by"]) == ("kept", "desk-2")
    assert (failed.code, "failed" in failed.out) == (0, True)
    assert (ended.code, "This promise is kept" in ended.err) == (2, True)
    assert states(run) == {"p-due": "kept", "p-late": "failed", "p-bare": "due"}


@pytest.mark.parametrize("act", ["claim", "keep", "release", "fail"])
def test_an_unknown_promise_is_refused(run, made: dict[str, Promise], act: str) -> None:
    """Exit code 2, in one line."""
    refused = run("promises", act, "never-made")

    assert (refused.code, "No promise is held" in refused.err) == (2, True)


def test_a_number_under_another_secret_is_told(run, made: dict[str, Promise], monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to set; the promise is claimed all the same."""
    monkeypatch.setenv("ERRAND_SECRET", "n" * 32)

    claimed = run("promises", "claim", "p-due")

    assert (claimed.code, claimed.out) == (0, "")
    assert "ERRAND_SECRET_PREVIOUS" in claimed.err
