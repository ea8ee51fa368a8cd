"""A process that is asked to stop says so first, and goes on for as long as it was told to."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.app import UNDERSTOOD, eventually
from tests.support.server import running_server


async def test_it_is_not_ready_at_once_and_serves_until_the_end(starter_bundle: Path, tmp_path: Path) -> None:
    """Over new connections as well: whoever has not heard yet is not turned away. A second signal ends it."""
    environment = {"ERRAND_BUNDLE": str(starter_bundle), "ERRAND_DRAIN_SECONDS": "300"}
    with running_server(tmp_path / "home", **environment) as server:
        async with server.client() as client:

            async def is_not_ready() -> bool:
                return (await client.get("/readyz")).status_code == 503

            server.send(signal.SIGTERM)
            await eventually(is_not_ready)
            alive = await client.get("/healthz")
        routed = await server.post("/route", {"text": UNDERSTOOD})
        server.send(signal.SIGTERM)
        code = server.wait()

    assert alive.status_code == 200
    assert routed.status_code == 200
    assert code == 0
