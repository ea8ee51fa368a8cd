"""What identifies a customer, and what a customer wrote, is in no file, no metric and no log line."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.support.app import AMBIGUOUS, Caller, Clock, contents_of, serving, settings_for

CANARIES = {
    "text": "zebracanarytext",
    "text of an agent": "zebracanaryagent",
    "contact_id": "zebracanarycontact",
    "repeat_ref": "zebracanaryrepeat",
    "attribute": "zebracanaryattribute",
    "name of an attribute": "zebracanaryname",
    "entry_point": "zebracanarydoor",
    "idempotency key": "zebracanarykey",
    "address": "zebracanarypath",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is left after contacts full of canaries."""

    files: bytes
    metrics: str
    logs: str
    tokens: tuple[str, ...]


@pytest.fixture(scope="module")
def captured_logs() -> Iterator[io.StringIO]:
    """Standard error as the application finds it when it is made."""
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        yield stream


@pytest.fixture(scope="module")
async def trace(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory, captured_logs: io.StringIO) -> Trace:
    """Contacts of every kind, repeated, refused and looked up; the files while they are open and after the stop."""
    home = tmp_path_factory.mktemp("home")
    chatty = settings_for(starter_bundle, home, access_log=True, log_level="debug")
    async with serving(chatty) as client:
        tokens = [token for key in (None, CANARIES["idempotency key"]) for token in await route(client, key)]
        await send_what_is_refused(client)
        metrics, files = (await client.metrics()).exposition, contents_of(home)
    return Trace(
        files=files + contents_of(home),
        metrics=metrics,
        logs=captured_logs.getvalue(),
        tokens=tuple(tokens),
    )


async def route(client: Caller, key: str | None) -> tuple[str, str]:
    """Routes one contact twice, looks its decision up, and returns its tokens."""
    body: dict[str, Any] = {
        "turns": [
            {"speaker": "agent", "text": CANARIES["text of an agent"]},
            {"speaker": "customer", "text": f"{AMBIGUOUS} {CANARIES['text']}"},
        ],
        "contact_id": CANARIES["contact_id"],
        "repeat_ref": CANARIES["repeat_ref"],
        "attributes": {CANARIES["name of an attribute"]: {"deep": [CANARIES["attribute"]]}},
        "entry_point": CANARIES["entry_point"],
    }
    headers = {} if key is None else {"Idempotency-Key": key}
    await client.post("/route", json=body, headers=headers)
    answer = (await client.post("/route", json=body, headers=headers)).json()
    await client.get(f"/decisions/{answer['decision_id']}")
    return answer["outcome_token"], answer["contact_token"]


async def send_what_is_refused(client: Caller) -> None:
    text = CANARIES["text"]
    await client.post("/intent", json={"text": text})
    await client.post("/route", json={"text": {"nested": text}, "contact_id": [CANARIES["contact_id"]]})
    await client.post("/route", content=f'{{"text": "{text}'.encode())
    await client.get(f"/{CANARIES['address']}?q={text}")
    await client.get(f"/decisions/{CANARIES['address']}")


@pytest.mark.parametrize("what", CANARIES)
async def test_no_file_holds_it(trace: Trace, what: str) -> None:
    """Not the database, not its journal, nothing else in the home folder."""
    assert b"SQLite format 3" in trace.files
    assert trace.files.count(CANARIES[what].encode()) == 0


async def test_no_file_or_log_holds_a_token(trace: Trace) -> None:
    """Who reads a backup can neither report outcomes nor see a contact: tokens are kept nowhere."""
    assert [trace.files.count(token.encode()) for token in trace.tokens] == [0] * 4
    assert [trace.logs.count(token) for token in trace.tokens] == [0] * 4


@pytest.mark.parametrize("what", CANARIES)
async def test_no_metric_holds_it(trace: Trace, what: str) -> None:
    """Neither as a label nor in any other way."""
    assert "errand_contacts_total" in trace.metrics
    assert trace.metrics.count(CANARIES[what]) == 0


@pytest.mark.parametrize("what", CANARIES)
async def test_no_log_line_holds_it(trace: Trace, what: str) -> None:
    """Not even with everything logged that can be."""
    assert '"endpoint": "/route"' in trace.logs
    assert trace.logs.count(CANARIES[what]) == 0


async def test_a_reference_cannot_be_followed_into_the_next_day(
    client: Caller, clock: Clock, settings: Settings
) -> None:
    """With the day, the key is destroyed under which references were hashed."""
    await client.route("hello", repeat_ref="caller-1")
    key = await client.context.recorder.daily_key(clock.now.date())
    assert key in contents_of(settings.home)

    clock.move(days=1)
    await client.route("hello", repeat_ref="caller-1")

    assert contents_of(settings.home).count(key) == 0
