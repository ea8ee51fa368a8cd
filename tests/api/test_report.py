"""`GET /reports/outcomes`: the way through, and what it refuses."""

from __future__ import annotations

import pytest

from tests.support.app import UNDERSTOOD, Caller, Clock, answer_in, problem_in

ADDRESS = "/reports/outcomes"


async def test_what_became_of_errands_is_reported(client: Caller, clock: Clock) -> None:
    """Six contacts of the last week, of which five were told of; advice and what came later do not count."""
    for number in range(6):
        decision = await client.route(UNDERSTOOD, contact_id=f"call-{number}", channel="chat", repeat_ref="same")
        if number < 5:
            body = {"outcome_token": decision["outcome_token"], "result": "partly" if number == 4 else "done"}
            answer_in(await client.post(f"/decisions/{decision['decision_id']}/outcome", json=body))
    await client.route(UNDERSTOOD, dispatch=False)
    clock.move(hours=1)
    await client.route(UNDERSTOOD, contact_id="later")

    report = answer_in(await client.get(ADDRESS, params={"until": "2026-11-21T13:00:00+01:00"}))
    within = answer_in(await client.get(ADDRESS, params={"until": "2026-11-21T14:00:00+01:00", "by": "version"}))

    assert report["rows"] == []
    assert (within["since"], within["until"]) == ("2026-11-14T13:00:00+00:00", "2026-11-21T13:00:00+00:00")
    assert within["first_contact_resolution"] == {"told": 5, "resolved": 1, "share": 0.2}
    (row,) = within["rows"]
    assert row["key"] == {"bundle": decision["bundle"], "catalogue": decision["catalogue"]}
    assert (row["decisions"], row["told"], row["outcomes"]["done"], row["done_share"]) == (6, 5, 4, 0.8)
    assert row["effort"]["repeats"] == 5
    assert answer_in(await client.get(ADDRESS))["rows"][0]["decisions"] == 6


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-11-21"}, "until"),
        ({"since": "2026-11-21T12:00:01Z", "until": "2026-11-21T12:00:01Z"}, "since"),
        ({"since": "2025-11-20T11:59:59Z"}, "since"),
        ({"until": "x" * 41}, "until"),
        ({"by": "customer"}, "by"),
        ({"form": "2026-11-21T12:00:00Z"}, "form"),
    ],
)
async def test_what_cannot_be_reported_on_is_refused(shared: Caller, parameters: dict[str, str], field: str) -> None:
    """With the parameter at fault."""
    problem_in(await shared.get(ADDRESS, params=parameters), status=422, code="invalid_request", field=field)
