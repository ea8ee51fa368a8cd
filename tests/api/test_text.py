"""Texts are kept where the catalogue says so, and then redacted; by default nothing of them is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from service.catalogue.loader import starter_folder
from service.domain.key import Role
from service.settings import Settings
from tests.support.app import SATURDAY_NOON, Caller, Clock, answer_in, contents_of, serving, settings_for
from tests.support.keys import bearer, make_key

CANCELS = "I want to cancel my booking for next weekend please"
TRACKS = "where is my order, it should have been here on tuesday"
REACHED = "my mail is zebra.canary@post.example, my phone 020 7946 0018"
REDACTED = "my mail is <email>, my phone <phone>"
IDENTIFIERS = (b"zebra", b"post.example", b"7946", b"0018")
UNTIL = (SATURDAY_NOON + timedelta(days=3)).isoformat()


@pytest.fixture
def keeping(starter_bundle: Path, tmp_path: Path) -> Settings:
    """Texts about orders that are tracked are kept for three days, and no others."""
    folder = copytree(starter_folder(), tmp_path / "catalogue")
    for file, section, name, word in (
        ("orders.yaml", "intents", "track_order", {"store_text": "redacted"}),
        ("policy.yaml", "", "policy", {"text_retention": "P3D"}),
    ):
        contents = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        (contents[section] if section else contents)[name] |= word
        (folder / file).write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return settings_for(starter_bundle, tmp_path / "home", catalogue=folder)


@pytest.fixture
async def caller(keeping: Settings, clock: Clock) -> AsyncIterator[Caller]:
    async with serving(keeping, clock=clock) as client:
        yield client


async def test_only_what_may_be_kept_is_and_only_redacted(caller: Caller, clock: Clock, tmp_path: Path) -> None:
    """In one row, shown with the decision and in the receipt, and until its time is over."""
    body = {"text": f"{TRACKS}, {REACHED}", "contact_id": "a"}
    kept = answer_in(await caller.post("/route", json=body, headers={"Idempotency-Key": "k"}))
    again = await caller.post("/route", json=body, headers={"Idempotency-Key": "k"})
    other = await caller.route(f"{CANCELS}. you can reach me, {REACHED}", contact_id="b")
    advised = await caller.route(f"{TRACKS} now, {REACHED}", dispatch=False)
    chosen = answer_in(await caller.post("/route", json={"choice": "track_order", "contact_id": "c"}))
    both = await caller.route(f"{CANCELS}. and {TRACKS}", contact_id="d")

    decisions = [
        answer_in(await caller.get(f"/decisions/{each['decision_id']}"))
        for each in (kept, other, advised, chosen, both)
    ]
    receipt = answer_in(await caller.get("/contacts/a"))
    files = contents_of(tmp_path / "home")

    assert [each["goal"] for each in decisions] == [
        "track_order",
        "cancel_booking",
        "track_order",
        "track_order",
        "cancel_booking",
    ]
    text = {"redacted": f"{TRACKS}, {REDACTED}", "until": UNTIL}
    assert [each["text"] for each in decisions] == [text, None, None, None, None]
    assert receipt["texts"] == [{"decision_id": kept["decision_id"], **text}]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert b"<email>" not in again.content
    assert text["redacted"].encode() in files
    assert files.count(b"<email>") == files.count(b"tuesday, my mail is")
    assert [mark for mark in (*IDENTIFIERS, CANCELS.encode(), b"tuesday now") if mark in files] == []

    clock.move(days=3)
    assert answer_in(await caller.get(f"/decisions/{kept['decision_id']}"))["text"] is None
    assert answer_in(await caller.get("/contacts/a"))["texts"] == []


async def test_who_may_not_read_contacts_reads_no_text(keeping: Settings) -> None:
    """Who looks after the service sees what was decided, and not what was said."""
    keys = {role: (await make_key(keeping.home, role))["key"] for role in (Role.CONTACT_CENTRE, Role.OPS)}
    async with serving(keeping) as client:
        headers = bearer(keys[Role.CONTACT_CENTRE])
        routed = answer_in(await client.post("/route", json={"text": TRACKS}, headers=headers))
        seen = {
            role: answer_in(await client.get(f"/decisions/{routed['decision_id']}", headers=bearer(key)))
            for role, key in keys.items()
        }

    assert seen[Role.CONTACT_CENTRE]["text"]["redacted"] == TRACKS
    assert seen[Role.OPS] == {**seen[Role.CONTACT_CENTRE], "text": None}
