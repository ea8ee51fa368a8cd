"""Steps and dispatches as they are written, with the catalogue as it is by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue
from service.decide.ladder import place
from service.domain.delivery import EXTRA_MILE, DeliveryOutcome, Lease, Payload, Reply, Settled, StepState, TriedAgain
from service.errors import InvalidRequestError
from service.pipeline.ladder_walk import Departure, LadderWalk
from tests.support.catalogues import write_catalogue
from tests.support.decisions import NOON, a_decision
from tests.support.deliveries import a_dispatch

ORDER = {"field": "order number", "why": "to find the order"}
POSTCODE = {"field": "postcode", "why": "to find the depot"}
LOOKUP = {"kind": "http", "name": "order-lookup", "url": "https://orders.example:443/lookup", "needs": [ORDER]}
DEPOT = {"kind": "http", "name": "depot", "url": "https://depot.example/find", "needs": [POSTCODE]}
SLOW_DEPOT = {**DEPOT, "timeout_seconds": 9}
DESK = {"kind": "email", "name": "order-email", "within": "P1D", "needs": [{"field": "mood", "why": "to be kind"}]}
CALLBACK = {"kind": "callback", "name": "call-back", "within": "PT4H"}
ATTRIBUTES = {"order number": "4471", "postcode": "N1", "mood": "calm", "secret": "none of yours"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return catalogue_with(tmp_path, LOOKUP, SLOW_DEPOT, DESK)


def catalogue_with(folder: Path, *rungs: dict[str, Any]) -> Catalogue:
    return load_catalogue(write_catalogue(folder, paths={"track_order": {"rungs": list(rungs)}}))


def a_walk(catalogue: Catalogue, *down: str) -> LadderWalk:
    numbers = count(1)
    return LadderWalk(
        catalogue=catalogue,
        down=lambda: frozenset(down),
        capacity=dict,
        clock=lambda: NOON,
        new_id=lambda: f"id-{next(numbers)}",
    )


def a_lease(**overrides: Any) -> Lease:
    return Lease(dispatch=a_dispatch(**overrides), attempt=1, calls=0)


def test_the_first_call_departs_with_what_the_path_needs(catalogue: Catalogue) -> None:
    """The call's own details and those of the calls below it; nothing for rungs that are no call."""
    walk, path = a_walk(catalogue), catalogue.paths["track_order"]
    decision = a_decision()
    placement = place(path, catalogue, at=NOON, channel=decision.channel)

    departure = walk.depart(decision, placement, walk.details(path, placement.position, ATTRIBUTES))

    (dispatch,), (step,) = departure.dispatches, departure.steps
    assert (dispatch.delivery_id, dispatch.decision_id, dispatch.name) == ("id-1", decision.decision_id, "order-lookup")
    assert dispatch.payload == Payload(details={"order number": "4471", "postcode": "N1"})
    assert (step.number, step.kind, step.state) == (0, "http", StepState.WAITING)


def test_a_call_below_takes_only_what_is_still_needed(catalogue: Catalogue) -> None:
    """With all that was learnt, and the time since which the contact waits."""
    began_at = NOON - timedelta(seconds=5)
    lease = a_lease(payload=Payload(details={"order number": "4471", "postcode": "N1"}), began_at=began_at)

    settled = a_walk(catalogue).settle(lease, Reply(outcome=DeliveryOutcome.CANNOT_SERVE, data={"van": 7}))

    assert isinstance(settled, Settled)
    assert (settled.step.state, settled.step.cause, settled.step.learned) == (StepState.CANNOT_SERVE, None, {"van": 7})
    assert settled.next_dispatch is not None
    assert settled.next_step is not None
    assert (settled.next_dispatch.name, settled.next_dispatch.number, settled.next_step.number) == ("depot", 1, 1)
    assert settled.next_dispatch.payload == Payload(details={"postcode": "N1"}, learned={"van": 7})
    assert settled.next_dispatch.began_at == began_at
    assert settled.next_dispatch.delivery_id != lease.dispatch.delivery_id


@pytest.fixture
def generous(tmp_path: Path) -> Catalogue:
    """A path with an extra mile, which needs a detail of its own."""
    path = {"rungs": [LOOKUP, CALLBACK, DESK], "extra_mile": {**DEPOT, "name": "hold-for-pickup"}}
    return load_catalogue(write_catalogue(tmp_path / "generous", paths={"track_order": path}))


def test_after_done_comes_the_extra_mile(generous: Catalogue) -> None:
    """A call of its own, under a number that no second one can have, with what was learnt and what it needs."""
    walk, path = a_walk(generous), generous.paths["track_order"]
    lease = a_lease(payload=Payload(details=walk.details(path, 0, ATTRIBUTES)))

    settled = walk.settle(lease, Reply(outcome=DeliveryOutcome.SERVED, data={"van": 7}))

    assert isinstance(settled, Settled)
    assert settled.next_step is not None
    assert settled.next_dispatch is not None
    assert settled.step.state is StepState.SERVED
    assert (settled.next_step.kind, settled.next_step.number) == ("extra_mile", EXTRA_MILE)
    assert (settled.next_dispatch.name, settled.next_dispatch.is_extra_mile) == ("hold-for-pickup", True)
    assert settled.next_dispatch.payload == Payload(details={"postcode": "N1"}, learned={"van": 7})


def test_an_extra_mile_that_is_refused_leads_nowhere(generous: Catalogue) -> None:
    """The customer has what they came for, and hears nothing of it."""
    walk = a_walk(generous)
    lease = a_lease(name="hold-for-pickup", number=EXTRA_MILE, rung=3)
    reply = Reply(outcome=DeliveryOutcome.NEEDS_CUSTOMER, say="Which colour?", needs=({"field": "c", "why": "w"},))

    settled = walk.settle(lease, reply)

    assert walk.find_rung(lease) is not None
    assert isinstance(settled, Settled)
    assert (settled.step.kind, settled.step.state) == ("extra_mile", StepState.CANNOT_SERVE)
    assert (settled.step.say, settled.step.needs, settled.next_step) == (None, (), None)


def test_who_is_served_elsewhere_has_an_extra_mile_too(tmp_path: Path) -> None:
    """When somebody tells that it is done; not where the customer would be asked for anything."""
    plain = {**DEPOT, "name": "hold-for-pickup", "needs": []}
    paths = {"track_order": {"rungs": [CALLBACK, DESK], "extra_mile": plain}}
    catalogue = load_catalogue(write_catalogue(tmp_path, paths=paths))
    path = catalogue.paths["track_order"]

    (dispatch,) = a_walk(catalogue).extra_mile(a_decision(), path, {"van": 7}).dispatches

    assert (dispatch.name, dispatch.is_extra_mile) == ("hold-for-pickup", True)
    assert dispatch.payload == Payload(learned={"van": 7})


def test_nobody_is_asked_for_an_extra_mile(generous: Catalogue) -> None:
    """It needs a postcode, and nothing of the customer's was kept."""
    path = generous.paths["track_order"]

    assert a_walk(generous).extra_mile(a_decision(), path, {}) == Departure()


def test_what_may_pass_is_tried_again(catalogue: Catalogue) -> None:
    """The delivery stays what it is."""
    reply = Reply(outcome=DeliveryOutcome.BUSY, calls=0, wait_seconds=2.0)
    lease = a_lease()

    settled = a_walk(catalogue).settle(lease, reply)

    assert settled == TriedAgain(lease=lease, outcome=DeliveryOutcome.BUSY, calls=0, wait_seconds=2.0)


def test_systems_that_are_down_are_known_by_the_catalogue_s_spelling(catalogue: Catalogue) -> None:
    """A port that goes without saying may be said."""
    walk = a_walk(catalogue, "https://orders.example", "https://nobody.example")

    assert walk.known().down == {"https://orders.example:443"}
    assert (
        place(catalogue.paths["track_order"], catalogue, at=NOON, channel=None, known=walk.known()).rung.name == "depot"
    )


def test_the_longest_call_is_that_of_any_rung(catalogue: Catalogue, tmp_path: Path) -> None:
    """Leases outlive it."""
    assert a_walk(catalogue).longest_call_seconds == 9
    assert a_walk(catalogue_with(tmp_path / "other", CALLBACK, DESK)).longest_call_seconds == 0


def test_a_rung_is_found_by_its_name(tmp_path: Path) -> None:
    """Also where another was put before it; the walk goes on below it."""
    moved = catalogue_with(tmp_path, DEPOT, LOOKUP, DESK)
    walk, lease = a_walk(moved), a_lease()
    rung = walk.find_rung(lease)
    settled = walk.settle(lease, Reply(outcome=DeliveryOutcome.REFUSED))

    assert rung is not None
    assert rung.name == "order-lookup"
    assert isinstance(settled, Settled)
    assert settled.next_step is not None
    assert settled.next_step.name == "order-email"


@pytest.mark.parametrize(
    ("overrides", "name", "reason"),
    [
        ({"name": "gone"}, "depot", "below where it was"),
        ({"path": "gone", "rung": 1}, "front-desk", "to a person, since the path is gone as well"),
    ],
)
def test_a_rung_that_is_gone_is_passed(catalogue: Catalogue, overrides: dict[str, Any], name: str, reason: str) -> None:
    """Its delivery is dead, and nobody is left waiting for it."""
    walk, lease = a_walk(catalogue), a_lease(**overrides)

    settled = walk.settle(lease, Reply(outcome=DeliveryOutcome.RUNG_GONE, calls=0))

    assert walk.find_rung(lease) is None
    assert isinstance(settled, Settled)
    assert (settled.state, settled.step.state) == ("dead", StepState.FAILED)
    assert settled.next_step is not None
    assert settled.next_step.name == name, reason


@pytest.mark.parametrize("value", ["4" * 9_000, [[[[["deep"]]]]], 10**30])
def test_what_no_delivery_could_hold_is_refused(catalogue: Catalogue, value: Any) -> None:
    """Without a word of it; what nobody needs is not looked at."""
    walk, path = a_walk(catalogue), catalogue.paths["track_order"]

    with pytest.raises(InvalidRequestError) as refused:
        walk.details(path, 0, {"order number": value})

    assert refused.value.field == "attributes"
    assert "44" not in refused.value.detail
    assert walk.details(path, 0, {"secret": value}) == {}


def test_steps_of_another_outcome_say_why(catalogue: Catalogue) -> None:
    """What the customer has to tell, and what was said."""
    reply = Reply(outcome=DeliveryOutcome.NEEDS_CUSTOMER, say="Which one?", needs=(ORDER,))
    lease = a_lease()

    settled = a_walk(catalogue).settle(replace(lease, attempt=3), reply)

    assert isinstance(settled, Settled)
    assert (settled.step.state, settled.step.say, settled.step.needs) == (
        StepState.NEEDS_CUSTOMER,
        "Which one?",
        (ORDER,),
    )
    assert settled.next_step is None


def test_the_patience_of_an_extra_mile_begins_with_the_extra_mile(generous: Catalogue) -> None:
    """A call that fails at first is tried again, however long the errand itself took."""
    walk, path = a_walk(generous), generous.paths["track_order"]
    began_at = NOON - timedelta(hours=1)
    lease = a_lease(payload=Payload(details=walk.details(path, 0, ATTRIBUTES)), began_at=began_at)
    busy = Reply(outcome=DeliveryOutcome.BUSY, calls=0, wait_seconds=2.0)

    served = walk.settle(lease, Reply(outcome=DeliveryOutcome.SERVED))

    assert isinstance(served, Settled)
    assert served.next_dispatch is not None
    assert (served.next_dispatch.began_at, served.next_dispatch.created_at) == (NOON, NOON)
    assert isinstance(walk.settle(Lease(dispatch=served.next_dispatch, attempt=1, calls=0), busy), TriedAgain)
    assert isinstance(walk.settle(lease, busy), Settled), "the errand itself has waited for too long"
