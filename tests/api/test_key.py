"""Keys come and go while the service runs, and it does not begin without one where others could call."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from service.domain.key import Role
from service.errors import SettingsError
from service.settings import Settings
from tests.support.app import (
    Caller,
    Clock,
    contents_of,
    eventually,
    serving,
)
from tests.support.keys import bearer, errand, make_key

EVERYWHERE = "0.0.0.0"  # noqa: S104  (keys are what makes it safe)


async def test_the_first_key_closes_the_door_and_the_last_one_does_not_open_it(client: Caller) -> None:
    """On loopback too, while the service runs and within its looks at the keys."""
    home = client.context.settings.home
    assert (await client.post("/route", json={})).status_code == 422

    made = await make_key(home, Role.CONTACT_CENTRE)

    async def answers(status: int) -> bool:
        return (await client.post("/route", json={}, headers=bearer(made["key"]))).status_code == status

    async def is_closed() -> bool:
        return (await client.post("/route", json={})).status_code == 401

    await eventually(is_closed)
    assert await answers(422)
    await errand(home, "keys", "revoke", made["key_id"], "--reason", "it stood in a mail")
    await eventually(lambda: answers(401))
    assert await is_closed()


async def test_a_rotated_key_ends_after_the_overlap_and_no_secret_stays_anywhere(
    settings: Settings, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    """Both are good in between. No log, metric, row, answer or repr holds a key."""
    settings = settings.model_copy(update={"access_log": True, "log_level": "debug"})
    old = await make_key(settings.home, Role.OPS)
    async with serving(settings, clock=clock) as caller:
        new = await errand(settings.home, "keys", "rotate", old["key_id"], "--overlap", "PT24H")
        await caller.context.keyring.refresh()
        told = {key["key_id"]: key for key in await errand(settings.home, "keys", "list")}
        ends_at = datetime.fromisoformat(told[old["key_id"]]["expires_at"])

        async def statuses() -> list[int]:
            responses = [await caller.get("/metrics", headers=bearer(each["key"])) for each in (old, new)]
            return [response.status_code for response in responses]

        clock.now = ends_at - timedelta(seconds=1)
        assert await statuses() == [200, 200]
        clock.now = ends_at
        assert await statuses() == [401, 200]
        await caller.context.keyring.tell_use()
        used = {key["key_id"]: key["last_used_at"] for key in await errand(settings.home, "keys", "list")}
        metrics = (await caller.get("/metrics", headers=bearer(new["key"]))).text
        shown = f"{caller.context!r} {caller.app.state.access!r} {caller.context.keyring!r}"

    assert set(used) == {old["key_id"], new["key_id"]}
    assert None not in used.values()
    kept = contents_of(settings.home).decode("latin-1")
    audit = await errand(settings.home, "audit", "list")
    assert [entry["action"] for entry in audit] == ["key.rotate", "key.create"]
    logged = "".join(capfd.readouterr())
    assert f'"key_id": "{new["key_id"]}"' in logged
    for key in (old["key"], new["key"]):
        secret = key.rpartition("_")[2]
        assert not [place for place in (kept, metrics, shown, logged, str(told), str(audit)) if secret in place]


async def test_others_are_let_in_only_with_keys(settings: Settings) -> None:
    """Without one that is good it does not start, and says which command makes one."""
    exposed = settings.model_copy(update={"host": EVERYWHERE})
    await make_key(settings.home, Role.OPS, "--expires", "PT0S")

    with pytest.raises(SettingsError, match=r"errand keys create.*ERRAND_UNGUARDED=true"):
        async with serving(exposed, clock=Clock(now=datetime.now().astimezone() + timedelta(days=1))):
            pass
