"""Limits that applications share: counted in one store for all of them, and by each alone while it is away."""

from __future__ import annotations

from pathlib import Path

from service.domain.key import Role
from tests.support.app import Metrics, problem_in, serving, settings_for
from tests.support.keys import bearer, make_key
from tests.support.store import running_store

TRIES = 20
"""Each with a name of its own: a machine that stands still for a moment makes a store look away for one of them."""


async def test_applications_share_their_limits_and_outlive_the_store(starter_bundle: Path, tmp_path: Path) -> None:
    """What one lets through the other counts too; killed, the store takes neither the answers nor the limits along."""
    home, folder = tmp_path / "home", tmp_path / "store"
    folder.mkdir()
    key = (await make_key(home, Role.CONTACT_CENTRE, "--limit-per-minute", "2"))["key"]
    ops = (await make_key(home, Role.OPS))["key"]
    with running_store(folder) as store:
        mine = settings_for(starter_bundle, home, limits_url=store.url)
        others = settings_for(starter_bundle, tmp_path / "other", limits_url=store.url)
        async with serving(mine) as one, serving(others) as other:
            first, second = one.context.limiter, other.context.limiter
            shared = [
                not await first.take(f"{number}", per_minute=1, now=0)
                and await second.take(f"{number}", per_minute=1, now=0) > 0
                for number in range(TRIES)
            ]
            store.kill()
            answers = [await one.post("/route", json={}, headers=bearer(key)) for _ in range(3)]
            metrics = Metrics((await one.get("/metrics", headers=bearer(ops))).text)

    assert any(shared)
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    problem_in(answers[-1], status=429, code="limit", field="Authorization")
    assert metrics.total("errand_limits_alone_total") >= 4
