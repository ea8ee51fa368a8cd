"""`/metrics` says exactly what was done, in labels that nobody outside can choose."""

from __future__ import annotations

import re

from service.domain.understanding import Abstention, Channel, Stage
from service.measure.instruments import REFUSAL_REASONS
from service.settings import Settings
from tests.support.app import AMBIGUOUS, NO_GOAL_YET, OUT_OF_SCOPE, UNDERSTOOD, Caller, serving

HOSTILE = ('x"} 1\nerrand_goals_total{intent="x', "\\", "{}", "🏨", "a" * 100, "none ", "reservations-line\n")


async def test_requests_are_counted_by_address_and_status(client: Caller) -> None:
    """Each answer once, refusals too; addresses that do not exist are one."""
    for text in (UNDERSTOOD, NO_GOAL_YET, UNDERSTOOD):
        await client.intent(text)
    routed = await client.route(UNDERSTOOD)
    await client.get(f"/decisions/{routed['decision_id']}")
    await client.get("/decisions/none")
    await client.post("/intent", json={"text": ""})
    await client.post("/intent", content=b"{")
    await client.post("/intent", content=b"x", headers={"Content-Type": "text/plain"})
    await client.get("/route")
    for path in ("/a", "/b", "/intent/"):
        await client.get(path)
    await client.get("/healthz")
    await client.get("/readyz")
    await client.metrics()

    counted = (await client.metrics()).counts("errand_requests_total", "endpoint", "status")

    assert counted == {
        ("/intent", "200"): 3,
        ("/intent", "422"): 1,
        ("/intent", "400"): 1,
        ("/intent", "415"): 1,
        ("/route", "200"): 1,
        ("/route", "405"): 1,
        ("/decisions/{decision_id}", "200"): 1,
        ("/decisions/{decision_id}", "404"): 1,
        ("unmatched", "404"): 3,
        ("/healthz", "200"): 1,
        ("/readyz", "200"): 1,
        ("/metrics", "200"): 1,
    }


async def test_a_body_that_is_too_large_is_counted_where_it_was_sent(client: Caller) -> None:
    """An operator learns which address is sent too much, though its length alone was enough to refuse it."""
    await client.post("/intent", content=b"x" * 70_000)

    counted = (await client.metrics()).counts("errand_requests_total", "endpoint", "status")

    assert counted == {("/intent", "413"): 1}


async def test_every_counted_request_was_timed(client: Caller) -> None:
    """The histogram and the counter tell of the same requests."""
    await client.intent(UNDERSTOOD)
    await client.get("/nowhere")

    metrics = await client.metrics()

    for endpoint in ("/intent", "unmatched"):
        assert metrics.total("errand_request_seconds_count", endpoint=endpoint) == 1


async def test_goals_and_abstentions_are_counted(client: Caller) -> None:
    """Of advice and of routes alike, by intent and by reason."""
    for text in (UNDERSTOOD, UNDERSTOOD, "where is my parcel", OUT_OF_SCOPE, NO_GOAL_YET, NO_GOAL_YET):
        await client.intent(text)
    for text in (UNDERSTOOD, AMBIGUOUS):
        await client.route(text)

    metrics = await client.metrics()

    assert metrics.counts("errand_goals_total", "intent") == {("cancel_booking",): 3, ("track_order",): 1}
    assert metrics.counts("errand_abstentions_total", "reason") == {
        ("out_of_scope",): 1,
        ("no_goal_yet",): 2,
        ("ambiguous",): 1,
    }
    assert metrics.total("errand_confidence_count") == 8
    assert metrics.total("errand_lexical_seconds_count") == 8
    assert metrics.total("errand_encoder_seconds_count") == metrics.total("errand_confidence_count", stage="encoder")


async def test_contacts_and_wrong_doors_are_counted(client: Caller) -> None:
    """Routed ones, by the door they came in by and the channel; each contact once, however often it is sent."""
    doors = ("reservations-line", "support-line", "support-line", "website", "no-such-line", None)
    for number, door in enumerate(doors):
        fields = {"contact_id": f"call-{number}", "channel": "voice"} | ({} if door is None else {"entry_point": door})
        for _ in range(2):
            await client.route(UNDERSTOOD, **fields)
    await client.route(OUT_OF_SCOPE, entry_point="support-line")
    await client.intent(UNDERSTOOD)

    metrics = await client.metrics()

    assert metrics.counts("errand_contacts_total", "entry_point", "channel") == {
        ("reservations-line", "voice"): 1,
        ("support-line", "voice"): 2,
        ("website", "voice"): 1,
        ("unknown", "voice"): 1,
        ("none", "voice"): 1,
        ("support-line", "none"): 1,
    }
    assert metrics.counts("errand_wrong_door_total", "entry_point", "intent") == {
        ("support-line", "cancel_booking"): 2,
        ("website", "cancel_booking"): 1,
    }
    assert metrics.total("errand_idempotent_replays_total") == len(doors)


async def test_commits_are_counted(client: Caller) -> None:
    """One after the other, each decision is a commit of its own; advice is none."""
    for text in (UNDERSTOOD, OUT_OF_SCOPE, NO_GOAL_YET):
        await client.intent(text)
        await client.route(text)

    metrics = await client.metrics()

    assert metrics.total("errand_commit_batch_size_count") == 3
    assert metrics.total("errand_commit_batch_size_sum") == 3
    assert metrics.total("errand_commit_seconds_count") == 3


async def test_the_versions_in_use_are_told(client: Caller) -> None:
    """Those that every answer names."""
    answer = await client.intent(UNDERSTOOD)

    metrics = await client.metrics()

    assert metrics.total("errand_info", bundle=answer["bundle"], catalogue=answer["catalogue"]) == 1
    assert metrics.total("errand_info") == 1


async def test_labels_come_from_closed_sets(client: Caller) -> None:
    """Whatever is sent as an entry point, an address, a method or an id."""
    for hostile in HOSTILE:
        await client.route(UNDERSTOOD, entry_point=hostile, contact_id=hostile, repeat_ref=hostile)
        await client.get("/" + hostile.replace("\n", "%0A"))
        await client.get("/decisions/" + hostile.replace("\n", "%0A"))
        await client.request("BREW" + re.sub(r"\W", "", hostile).encode().hex(), "/intent")
    catalogue = client.context.pipeline.catalogue
    endpoints = {*client.app.openapi()["paths"], "unmatched"}
    allowed: dict[str, set[str]] = {
        "endpoint": endpoints,
        "status": {"200", "404", "405", "422"},
        "intent": set(catalogue.intents),
        "entry_point": {*catalogue.entry_points, "unknown", "none"},
        "channel": {*Channel, "none"},
        "reason": {*Abstention, *REFUSAL_REASONS},
        "stage": {*Stage},
    }

    samples = (await client.metrics()).samples

    named = [(name, value) for sample in samples for name, value in sample.labels.items()]
    free = {"le", "version", "bundle", "catalogue"}
    assert {name for name, _ in named} == allowed.keys() | free
    assert [(name, value) for name, value in named if name not in free and value not in allowed[name]] == []


async def test_applications_count_for_themselves(settings: Settings) -> None:
    """Two of them in one process, even over one database, share no counter."""
    async with serving(settings) as first, serving(settings) as second:
        await first.route(UNDERSTOOD)

        assert (await first.metrics()).total("errand_contacts_total") == 1
        assert (await second.metrics()).total("errand_contacts_total") == 0
