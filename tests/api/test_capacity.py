"""A desk that says that it is closed is passed over, for as long as it says so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from service.catalogue.loader import starter_folder
from tests.support.app import eventually, serving, settings_for
from tests.support.fulfilment import answers, fulfilment_system

TEXT = "where is my parcel"
PROMISE = {"kind": "email", "name": "order-email", "within": "P1D"}


@dataclass
class Desk:
    """Tells its capacity as it is now."""

    is_open: bool = False
    waiting_seconds: float = 5.0

    async def tell(self, writer: asyncio.StreamWriter) -> bool:
        return await answers(open=self.is_open, waiting_seconds=self.waiting_seconds)(writer)


def write_starter(folder: Path, probe: str) -> Path:
    """The starter catalogue with a desk, which is probed, and a promise for orders that are tracked."""
    copytree(starter_folder(), folder)
    file = folder / "orders.yaml"
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    capacity = {"url": probe, "every": "PT1S"}
    desk = {"kind": "queue", "name": "order-desk", "max_wait_seconds": 60, "capacity": capacity}
    contents["paths"]["track_order"]["rungs"] = [desk, PROMISE]
    file.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder


async def test_a_desk_takes_contacts_while_it_says_so(starter_bundle: Path, tmp_path: Path) -> None:
    """Closed or crowded, the next rung takes them; the metrics tell what the desk told."""
    desk = Desk()
    async with fulfilment_system({"room": desk.tell}) as system:
        settings = settings_for(
            starter_bundle,
            tmp_path / "home",
            catalogue=write_starter(tmp_path / "catalogue", system.url("room")),
            fulfil_allow=("127.0.0.1",),
        )
        async with serving(settings) as caller:

            async def route_once_told() -> dict[str, Any]:
                """Where a contact goes when the desk has told how it is now."""
                before = len(system.received)

                async def is_asked() -> bool:
                    return len(system.received) > before

                async def is_known() -> bool:
                    told = (await caller.metrics()).total("errand_queue_waiting_seconds", rung="order-desk")
                    return told == desk.waiting_seconds

                await eventually(is_asked)
                await eventually(is_known)
                return await caller.route(TEXT)

            closed = await route_once_told()
            desk.is_open, desk.waiting_seconds = True, 61.0
            crowded = await route_once_told()
            desk.waiting_seconds = 60.0
            taken = await route_once_told()
            metrics = await caller.metrics()

    assert [answer["goal"] for answer in (closed, crowded, taken)] == ["track_order"] * 3
    assert [answer["destination"]["name"] for answer in (closed, crowded, taken)] == [
        "order-email",
        "order-email",
        "order-desk",
    ]
    assert "order-email" in closed["why"]
    origin = f"http://127.0.0.1:{system.port}"
    told = metrics.total("errand_capacity_probes_total", destination=origin, result="told")
    assert 3 <= told <= len(system.received)
