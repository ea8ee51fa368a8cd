"""What a fulfilment system says reaches the customer through the firewall."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from service.catalogue.loader import starter_folder
from tests.support.app import Caller, answer_in, eventually, serving, settings_for
from tests.support.fulfilment import FulfilmentSystem, answers, fulfilment_system

OWN = "The order system has looked your parcel up."
FINE = "Your parcel is at the depot."
PROMOTION = f"{FINE} And have you seen our new spring collection?"
ORDER = {"field": "order_number", "why": "so that the order can be found"}
POSTCODE = {"field": "postcode", "why": "because members with a postcode save up to half in our spring sale"}
PROMISE = {"kind": "email", "name": "answer-email", "within": "P1D"}


def write_starter(folder: Path, system: FulfilmentSystem) -> Path:
    """The starter catalogue, with calls for three of its intents."""
    copytree(starter_folder(), folder)
    for file, intent, fields in (
        ("orders.yaml", "track_order", {"say": OWN}),
        ("orders.yaml", "cancel_order", {"needs": [ORDER]}),
        ("product.yaml", "ask_offers", {}),
    ):
        path = folder / file
        contents = yaml.safe_load(path.read_text(encoding="utf-8"))
        name = intent.replace("_", "-")
        call = {"kind": "http", "name": name, "url": system.url(name), "timeout_seconds": 30, **fields}
        contents["paths"][intent]["rungs"] = [call, PROMISE]
        path.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder


async def step_after(caller: Caller, text: str) -> dict[str, Any]:
    """What became of the call that a text leads to."""
    answer = await caller.route(text)
    steps: list[dict[str, Any]] = []

    async def is_over() -> bool:
        steps[:] = answer_in(await caller.get(f"/decisions/{answer['decision_id']}"))["steps"]
        return all(step["state"] != "waiting" for step in steps)

    await eventually(is_over)
    assert len(steps) == 1, answer["goal"]
    return steps[0]


async def test_a_promotion_reaches_those_alone_who_came_for_offers(starter_bundle: Path, tmp_path: Path) -> None:
    """Others are told what the catalogue says, and their errand is served all the same."""
    behaviours = {
        "track-order": answers(result="served", say=PROMOTION, data={"depot": "north"}),
        "cancel-order": answers(result="needs_customer", say=FINE, needs=[ORDER | {"why": POSTCODE["why"]}, POSTCODE]),
        "ask-offers": answers(result="served", say=PROMOTION),
    }
    async with fulfilment_system(behaviours) as system:
        catalogue = write_starter(tmp_path / "catalogue", system)
        settings = settings_for(starter_bundle, tmp_path / "home", catalogue=catalogue, fulfil_allow=("127.0.0.1",))
        async with serving(settings) as caller:
            tracked = await step_after(caller, "where is my parcel")
            cancelled = await step_after(caller, "I want to cancel my order")
            offered = await step_after(caller, "what offers do you have at the moment")
            metrics = await caller.metrics()

    assert (tracked["state"], tracked["say"], tracked["learned"]) == ("served", OWN, {"depot": "north"})
    assert (cancelled["state"], cancelled["say"]) == ("needs_customer", FINE)
    assert cancelled["needs"] == [ORDER, {"field": "postcode", "why": "to get this done"}]
    assert (offered["state"], offered["say"]) == ("served", PROMOTION)
    assert metrics.counts("errand_sayings_refused_total", "rung") == {("track-order",): 1, ("cancel-order",): 2}
