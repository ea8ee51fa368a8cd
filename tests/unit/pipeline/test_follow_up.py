"""What comes after a decision: its outcome, a reroute, a look-up, and erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from service.catalogue.schema import Catalogue
from service.domain.delivery import EXTRA_MILE, DeliveryOutcome, Step, StepState
from service.domain.ledger import RerouteCause
from service.domain.outcome import Outcome, OutcomeResult
from service.errors import InvalidRequestError, NotFoundError, TurnConflictError
from service.pipeline.turn import TRIES
from tests.support.app import SATURDAY_NOON
from tests.support.deliveries import a_dispatch, the_step_of
from tests.support.spine import DEPOT, LOOKUP, ORDER_EMAIL, Spine, a_spine, spine_catalogue

PARCEL = "where is my parcel"
PICKUP = {**DEPOT, "name": "hold-for-pickup", "needs": []}


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """An extra mile follows a tracked order."""
    path = {"rungs": [LOOKUP, ORDER_EMAIL], "extra_mile": PICKUP}
    return spine_catalogue(tmp_path_factory.mktemp("generous"), paths={"track_order": path})


def an_outcome(decision_id: str, result: OutcomeResult = OutcomeResult.DONE, **fields: Any) -> Outcome:
    return Outcome(**{"decision_id": decision_id, "result": result, "reported_at": SATURDAY_NOON, **fields})


async def tell(spine: Spine, decision_id: str, result: OutcomeResult = OutcomeResult.DONE, **fields: Any) -> Any:
    """Report an outcome, as the holder of the decision's token."""
    token = spine.identity.outcome_token(decision_id)
    return await spine.follow_up.report(an_outcome(decision_id, result, **fields), token)


async def routed(spine: Spine, text: str = PARCEL, **fields: Any) -> str:
    """The id of a decision on a contact."""
    answer = await spine.route(text, contact_id="call-1", **fields)
    return str(answer["decision_id"])


async def reroute(
    spine: Spine, decision_id: str, cause: RerouteCause = RerouteCause.DESTINATION, actual_intent: str | None = None
) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(await spine.follow_up.reroute(decision_id, cause, actual_intent))
    return answer


# an outcome


@pytest.mark.parametrize(
    ("result", "actual_intent", "states", "reason"),
    [
        (OutcomeResult.DONE, None, {"track_order": "done"}, "the customer has what they came for"),
        (OutcomeResult.PARTLY, None, {"track_order": "open"}, "something is left"),
        (OutcomeResult.NOT_DONE, None, {"track_order": "open"}, "it is still wanted"),
        (
            OutcomeResult.WRONG_PLACE,
            "make_booking",
            {"track_order": "dropped", "make_booking": "open"},
            "another goal was meant",
        ),
    ],
)
async def test_an_outcome_settles_the_goal_of_its_decision(
    spine: Spine, result: OutcomeResult, actual_intent: str | None, states: dict[str, str], reason: str
) -> None:
    """The answer says what is still wanted."""
    answer = await tell(spine, await routed(spine), result, actual_intent=actual_intent)

    assert spine.states("call-1") == states, reason
    assert answer["state"] == states["track_order"]
    assert answer["still_wanted"] == [intent for intent, state in states.items() if state == "open"]
    assert spine.counted("errand_outcomes_total", result=result.value) == 1


@pytest.mark.parametrize(
    ("decision_id", "token", "reason"),
    [
        ("one-1", "forged", "the decision is there, and the token is another's"),
        ("one-99", "forged", "there is no such decision"),
        ("one-1", "\ud800", "half a surrogate pair is no token"),
    ],
)
async def test_an_outcome_needs_the_token_of_its_decision(
    spine: Spine, decision_id: str, token: str, reason: str
) -> None:
    """Nobody learns whether there is such a decision."""
    assert await routed(spine) == "one-1"

    with pytest.raises(NotFoundError) as refused:
        await spine.follow_up.report(an_outcome(decision_id), token)

    assert (refused.value.field, refused.value.detail) == (
        "decision_id",
        "No decision is held under that id and token.",
    ), reason
    assert spine.recorder.reports == []


async def test_an_outcome_names_an_intent_of_the_catalogue(spine: Spine) -> None:
    """Anything else is refused before it is kept."""
    decision_id = await routed(spine)

    with pytest.raises(InvalidRequestError) as refused:
        await tell(spine, decision_id, OutcomeResult.WRONG_PLACE, actual_intent="zebracanary")

    assert refused.value.field == "actual_intent"
    assert spine.recorder.outcomes == {}


async def test_the_same_outcome_counts_once(generous: Catalogue) -> None:
    """It is answered the same, and calls nobody again."""
    spine = a_spine(generous)
    decision_id = await routed(spine)
    spine.woken.clear()

    first, second = [await tell(spine, decision_id) for _ in range(2)]

    assert first == second
    assert spine.counted("errand_outcomes_total") == 1
    assert len(spine.woken) == 1


# the extra mile


async def test_done_is_followed_by_an_extra_mile(generous: Catalogue) -> None:
    """The call is handed on what the ladder has learned, and its patience begins now."""
    spine = a_spine(generous)
    decision_id = await routed(spine)
    spine.recorder.steps[decision_id] = [a_step(decision_id, learned={"van": 7, "depot": "north"})]
    spine.clock.move(hours=1)

    await tell(spine, decision_id)

    (write,) = spine.recorder.reports
    (dispatch,), (step,) = write.dispatches, write.steps
    assert (dispatch.name, dispatch.number, step.kind) == ("hold-for-pickup", EXTRA_MILE, "extra_mile")
    assert dispatch.payload.learned == {"van": 7, "depot": "north"}
    assert dispatch.began_at == spine.clock()


def a_step(decision_id: str, **overrides: Any) -> Step:
    return the_step_of(a_dispatch(decision_id=decision_id), **{"state": StepState.SERVED, **overrides})


@pytest.mark.parametrize(
    ("text", "fields", "result", "reason"),
    [
        (PARCEL, {}, OutcomeResult.NOT_DONE, "it was not done"),
        (PARCEL, {"dispatch": False}, OutcomeResult.DONE, "advice began nothing"),
        ("hello", {}, OutcomeResult.DONE, "there was no goal"),
        ("book a room", {}, OutcomeResult.DONE, "the path has no extra mile"),
    ],
)
async def test_otherwise_there_is_no_extra_mile(
    generous: Catalogue, text: str, fields: dict[str, Any], result: OutcomeResult, reason: str
) -> None:
    """Nobody is called for it, and nobody is woken."""
    spine = a_spine(generous)
    decision_id = await routed(spine, text, **fields)
    spine.woken.clear()

    await tell(spine, decision_id, result)

    (write,) = spine.recorder.reports
    assert (write.dispatches, write.steps, spine.woken) == ((), (), []), reason


async def test_a_path_that_is_gone_has_no_extra_mile(generous: Catalogue, tmp_path: Path) -> None:
    """The outcome itself is kept all the same."""
    before = a_spine(generous)
    decision_id = await routed(before)
    smaller = spine_catalogue(tmp_path, intents={"track_order": None}, paths={"track_order": None})
    after = a_spine(smaller, recorder=before.recorder)

    answer = await tell(after, decision_id)

    assert answer["result"] == "done"
    assert before.recorder.reports[0].dispatches == ()


# a reroute


@pytest.mark.parametrize(
    ("cause", "actual_intent", "path", "rung", "goal", "reason"),
    [
        (RerouteCause.DESTINATION, None, "track_order", 1, "track_order", "the next rung"),
        (RerouteCause.POLICY, None, "track_order", 1, "track_order", "the next rung"),
        (RerouteCause.DOOR, None, "track_order", 1, "track_order", "the next rung"),
        (RerouteCause.MODEL, None, "speak_to_human", 0, None, "it was misunderstood, and nobody says what was meant"),
        (RerouteCause.MODEL, "make_booking", "make_booking", 0, "make_booking", "the corrected goal, from the top"),
        (RerouteCause.DOOR, "make_booking", "make_booking", 0, "make_booking", "the corrected goal, from the top"),
        (RerouteCause.MODEL, "track_order", "track_order", 1, "track_order", "the goal was right after all"),
    ],
)
async def test_a_contact_is_led_on(
    spine: Spine,
    *,
    cause: RerouteCause,
    actual_intent: str | None,
    path: str,
    rung: int,
    goal: str | None,
    reason: str,
) -> None:
    """The new decision says which one it follows."""
    decision_id = await routed(spine)

    answer = await reroute(spine, decision_id, cause, actual_intent)

    assert (answer["path"], answer["rung"], answer["goal"]) == (path, rung, goal), reason
    assert (answer["reroute_of"], answer["cause"]) == (decision_id, cause)
    assert answer["outcome_token"] == spine.identity.outcome_token(answer["decision_id"])
    assert answer["decision_id"] != decision_id


@pytest.mark.parametrize(
    ("cause", "actual_intent", "states", "reason"),
    [
        (RerouteCause.DESTINATION, None, {"track_order": "being_served"}, "the same goal, served elsewhere"),
        (RerouteCause.MODEL, None, {"track_order": "dropped"}, "a goal that nobody had"),
        (
            RerouteCause.MODEL,
            "make_booking",
            {"track_order": "dropped", "make_booking": "being_served"},
            "the right goal replaces it",
        ),
    ],
)
async def test_a_reroute_corrects_the_agenda(
    spine: Spine, cause: RerouteCause, actual_intent: str | None, states: dict[str, str], reason: str
) -> None:
    """It is no turn of the customer's, and costs a transfer."""
    await reroute(spine, await routed(spine), cause, actual_intent)

    ledger = spine.recorder.ledgers[spine.identity.contact_key("call-1")]
    assert spine.states("call-1") == states, reason
    assert ledger.turns == 1
    assert spine.counted("errand_effort_total", kind="transfer", cause=cause.value) == 1


async def test_a_contact_is_led_below_every_call_that_was_made(spine: Spine) -> None:
    """The extra mile stands beside the ladder, and does not count."""
    decision_id = await routed(spine)
    spine.recorder.steps[decision_id] = [
        a_step(decision_id, state=StepState.FAILED, cause=DeliveryOutcome.TIMEOUT),
        a_step(decision_id, number=1, rung=1, name="depot", state=StepState.CANNOT_SERVE),
        a_step(decision_id, number=EXTRA_MILE, rung=9, name="hold-for-pickup"),
    ]

    answer = await reroute(spine, decision_id)

    tried = [item["value"] for item in answer["handover"]["already_known"] if item["field"] == "tried"]
    assert (answer["rung"], answer["exhausted"]) == (2, False)
    assert tried[:2] == ["order-lookup: failed", "depot: cannot_serve"]


async def test_without_steps_the_rung_itself_was_tried(spine: Spine) -> None:
    """A page leaves no steps, and the next agent is told of it with the cause."""
    answer = await reroute(spine, await routed(spine, "book a room"))

    tried = [item["value"] for item in answer["handover"]["already_known"] if item["field"] == "tried"]
    assert tried == ["booking-page: rerouted, destination"]


async def test_the_same_reroute_is_one_decision(spine: Spine) -> None:
    """A caller that heard nothing may ask again."""
    decision_id = await routed(spine)
    spine.woken.clear()

    first, second = [await reroute(spine, decision_id) for _ in range(2)]

    assert first == second
    assert len(spine.recorder.decisions) == 2
    assert len(spine.woken) == 1, "the next rung is a call, made once"
    assert spine.counted("errand_effort_total", kind="reroute") == 1


async def test_another_cause_is_another_reroute(spine: Spine) -> None:
    """The keys differ, so the second one leads on as well."""
    decision_id = await routed(spine)

    await reroute(spine, decision_id, RerouteCause.DESTINATION)
    await reroute(spine, decision_id, RerouteCause.MODEL)

    assert len(spine.recorder.decisions) == 3


async def test_a_path_that_is_gone_leads_to_people(spine: Spine, tmp_path: Path) -> None:
    """The catalogue of now decides, not that of then."""
    decision_id = await routed(spine)
    smaller = spine_catalogue(tmp_path, intents={"track_order": None}, paths={"track_order": None})

    answer = await reroute(a_spine(smaller, recorder=spine.recorder, name="after"), decision_id)

    assert (answer["path"], answer["goal"]) == ("speak_to_human", None)


@pytest.mark.parametrize(
    ("decision_id", "actual_intent", "field"),
    [("one-99", None, "decision_id"), ("one-1", "zebracanary", "actual_intent")],
)
async def test_a_reroute_that_makes_no_sense_is_refused(
    spine: Spine, decision_id: str, actual_intent: str | None, field: str
) -> None:
    """Nothing is decided."""
    await routed(spine)

    with pytest.raises((NotFoundError, InvalidRequestError)) as refused:
        await reroute(spine, decision_id, RerouteCause.MODEL, actual_intent)

    assert refused.value.field == field
    assert len(spine.recorder.decisions) == 1


async def test_a_reroute_is_decided_anew_if_the_contact_has_moved(spine: Spine, served: Catalogue) -> None:
    """The turn that came in between keeps its goal."""
    decision_id = await routed(spine)

    async def another_replica() -> None:
        spine.recorder.meanwhile = None
        await a_spine(served, recorder=spine.recorder, name="other").route("book a room", contact_id="call-1")

    spine.recorder.meanwhile = another_replica

    await reroute(spine, decision_id)

    assert spine.states("call-1") == {"track_order": "being_served", "make_booking": "being_served"}


async def test_a_reroute_gives_up_at_last(spine: Spine) -> None:
    """Its tries are bounded as those of a turn."""
    decision_id = await routed(spine)
    spine.recorder.commits.clear()

    async def always() -> None:
        raise TurnConflictError("The contact was changed meanwhile.")

    spine.recorder.meanwhile = always

    with pytest.raises(TurnConflictError):
        await reroute(spine, decision_id)

    assert len(spine.recorder.commits) == TRIES


# what is held


async def test_a_contact_is_looked_up_by_its_id(spine: Spine) -> None:
    """Goals, decisions and effort are told."""
    first = await routed(spine, "hello")
    second = await routed(spine)

    found = await spine.follow_up.look_up("call-1")

    assert (found["turns"], found["asked"]) == (2, False)
    assert found["goals"] == [{"intent": "track_order", "state": "being_served"}]
    assert found["decisions"] == [first, second]
    assert (found["effort"]["clarifying_turns"], found["effort"]["identity_prompts"]) == (1, 1)
    assert found["held_until"] is not None


async def test_an_erased_contact_is_gone(spine: Spine) -> None:
    """A second erasure finds nothing."""
    await routed(spine)

    erased = await spine.follow_up.erase("call-1")

    assert (erased.goals, erased.decisions) == (1, 1)
    for find in (spine.follow_up.look_up, spine.follow_up.erase):
        with pytest.raises(NotFoundError):
            await find("call-1")
