"""A contact's ledger: turns are applied one after another or not at all, outcomes settle goals, all of it expires."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from service.decide.agenda import SaidNow, apply, conclude, serve
from service.domain.decision import Decision
from service.domain.effort import EffortEvent, EventKind
from service.domain.expiry import Purged
from service.domain.ledger import Agenda, GoalState, HeldGoal, HeldQuestion, Ledger, LedgerChange, QuestionKind
from service.domain.outcome import Outcome, OutcomeResult, OutcomeTold, OutcomeWrite
from service.domain.understanding import Status
from service.errors import IdempotencyConflictError, NotFoundError, TurnConflictError
from service.record.database.engine import open_engines
from service.record.recorder import IdempotencyKey, Recorder, open_recorder
from service.record.tables.resolution import select_resolution
from tests.support.decisions import NOON, a_decision, record_decision

MONTH = timedelta(days=30)
KEY = "contact-key"
OFFERED = [{"intent": "track_order", "title": "Track"}, {"intent": "cancel_booking", "title": "Cancel"}]


def a_change(
    before: Ledger, decision: Decision, *intents: str, at: datetime = NOON, asked: bool = False
) -> LedgerChange:
    """A turn that names goals, the first of which is served by the decision."""
    agenda = apply(before.agenda, SaidNow(turn=before.turns + 1, at=at, intents=intents))
    if intents:
        agenda = serve(agenda, intents[0], decision_id=decision.decision_id, path="track_order", rung=0, at=at)
    after = replace(
        before,
        turns=before.turns + 1,
        asked=before.asked or asked,
        opened_at=before.opened_at or at,
        expires_at=at + MONTH,
        agenda=agenda,
    )
    return LedgerChange(before=before, after=after, at=at)


def an_event(
    event_id: str, decision: Decision, kind: EventKind = EventKind.CLARIFY, amount: float = 1.0
) -> EffortEvent:
    return EffortEvent(
        event_id=event_id,
        contact_key=decision.contact_key,
        decision_id=decision.decision_id,
        kind=kind,
        intent="track_order",
        path="track_order",
        entry_point=None,
        bundle="b",
        catalogue="c",
        at=NOON,
        expires_at=NOON + MONTH,
        amount=amount,
    )


async def take_turn(recorder: Recorder, *intents: str, at: datetime = NOON, **more: Any) -> Decision:
    """The next turn of the contact, written as it is read."""
    decision = a_decision(contact_key=KEY, decided_at=at)
    change = a_change(await recorder.ledger(KEY, at), decision, *intents, at=at)
    await record_decision(recorder, decision, idempotency=None, answer=b"{}", change=change, **more)
    return decision


async def test_a_contact_that_nobody_knows_has_an_empty_ledger(recorder: Recorder) -> None:
    """Nothing is written by looking."""
    assert await recorder.ledger(KEY, NOON) == Ledger(contact_key=KEY)
    with pytest.raises(NotFoundError):
        await recorder.get_past(KEY, NOON)


async def test_turns_add_up(recorder: Recorder) -> None:
    """Goals come back in the order in which they were named, as they stand."""
    first = await take_turn(recorder, "track_order", "get_invoice")
    await take_turn(recorder, "get_refund", at=NOON + timedelta(minutes=1))

    ledger = await recorder.ledger(KEY, NOON + timedelta(minutes=2))

    assert (ledger.turns, ledger.revision, ledger.asked, ledger.opened_at) == (2, 2, False, NOON)
    assert ledger.expires_at == NOON + timedelta(minutes=1) + MONTH
    assert [(goal.intent, goal.state) for goal in ledger.agenda.goals] == [
        ("track_order", GoalState.BEING_SERVED),
        ("get_invoice", GoalState.OPEN),
        ("get_refund", GoalState.BEING_SERVED),
    ]
    assert ledger.agenda.goals[0] == HeldGoal(
        intent="track_order",
        state=GoalState.BEING_SERVED,
        turn=1,
        opened_at=NOON,
        changed_at=NOON,
        decision_id=first.decision_id,
        path="track_order",
        rung=0,
    )


async def test_of_racing_turns_one_is_applied(migrated_url: str) -> None:
    """Over two replicas; the others are told, nothing of theirs is kept, and their keys are free for another try."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        await take_turn(one, "track_order")
        read = await one.ledger(KEY, NOON)
        decisions = [a_decision(contact_key=KEY) for _ in range(50)]
        keys = [IdempotencyKey(key_hash=f"k{n}", body_hash="b", retention=MONTH) for n in range(50)]

        ends = await asyncio.gather(
            *(
                record_decision(
                    (one, other)[n % 2],
                    decision,
                    idempotency=keys[n],
                    answer=b"{}",
                    change=a_change(read, decision, asked=True),
                    events=[an_event(f"e{n}", decision)],
                )
                for n, decision in enumerate(decisions)
            ),
            return_exceptions=True,
        )

        lost = [n for n, end in enumerate(ends) if isinstance(end, TurnConflictError)]
        won = [n for n, end in enumerate(ends) if not isinstance(end, BaseException)]
        assert (len(lost), len(won)) == (49, 1)
        ledger, past = await one.ledger(KEY, NOON), await one.get_past(KEY, NOON)
        assert (ledger.turns, ledger.asked) == (2, True)
        assert len(past.decision_ids) == 2
        assert decisions[won[0]].decision_id in past.decision_ids
        assert past.effort == {EventKind.CLARIFY: 1.0}
        again = await record_decision(one, a_decision(), idempotency=keys[lost[0]], answer=b"{}")
        assert not again.replayed


async def test_a_repeat_in_the_same_batch_does_not_survive_its_original(recorder: Recorder) -> None:
    """Where the first of two equal requests is outrun, the second is told so as well."""
    stale = await recorder.ledger(KEY, NOON)
    await take_turn(recorder, "track_order")
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=MONTH)
    twins = [a_decision(contact_key=KEY) for _ in range(2)]

    ends = await asyncio.gather(
        *(
            record_decision(recorder, twin, idempotency=key, answer=b"{}", change=a_change(stale, twin))
            for twin in twins
        ),
        return_exceptions=True,
    )

    assert [type(end) for end in ends] == [TurnConflictError, TurnConflictError]


async def test_recording_one_turn_twice_is_recording_it_once(recorder: Recorder) -> None:
    """So that a write whose acknowledgement was lost can be repeated."""
    decision = a_decision(contact_key=KEY)
    change = a_change(await recorder.ledger(KEY, NOON), decision, "track_order")
    await record_decision(recorder, decision, idempotency=None, answer=b"{}", change=change)

    await record_decision(recorder, decision, idempotency=None, answer=b"{}", change=change)

    assert (await recorder.ledger(KEY, NOON)).turns == 1
    assert await recorder.count_decisions() == 1


async def test_a_contact_that_had_no_id_is_known_by_its_decision(recorder: Recorder) -> None:
    """When it comes back by the id that it was given."""
    answer = {"status": "ambiguous", "clarify": {"kind": "choose", "question": "Which?", "options": OFFERED}}
    decision = a_decision(contact_key=KEY, status=Status.AMBIGUOUS, goal=None, answer=answer)
    await record_decision(recorder, decision, idempotency=None, answer=b"{}")

    ledger = await recorder.ledger(KEY, NOON)

    assert (ledger.turns, ledger.asked, ledger.revision) == (1, True, 0)
    assert ledger.question == HeldQuestion(kind=QuestionKind.CHOOSE, options=("track_order", "cancel_booking"))


async def test_a_call_that_was_asked_about_waits_for_its_answer(recorder: Recorder) -> None:
    """The goal of a contact without an id stays open."""
    answer = {
        "status": "understood",
        "clarify": {"kind": "confirm_action", "question": "Sure?", "options": OFFERED[:1]},
    }
    decision = a_decision(contact_key=KEY, goal="track_order", answer=answer)
    await record_decision(recorder, decision, idempotency=None, answer=b"{}")

    ledger = await recorder.ledger(KEY, NOON)

    assert [(goal.state, goal.decision_id) for goal in ledger.agenda.goals] == [(GoalState.OPEN, None)]
    assert ledger.question == HeldQuestion(kind=QuestionKind.CONFIRM_ACTION, options=("track_order",))
    assert not ledger.asked


@pytest.mark.parametrize(
    "question",
    [
        None,
        HeldQuestion(kind=QuestionKind.CHOOSE, options=("track_order", "cancel_booking")),
        HeldQuestion(kind=QuestionKind.CHOOSE, is_opening=True),
    ],
)
async def test_the_question_is_held_with_the_contact(recorder: Recorder, question: HeldQuestion | None) -> None:
    """The next turn is read as its answer, by any replica."""
    decision = a_decision(contact_key=KEY)
    change = a_change(await recorder.ledger(KEY, NOON), decision, "track_order")
    asked = replace(change, after=replace(change.after, question=question))
    await record_decision(recorder, decision, idempotency=None, answer=b"{}", change=asked)

    assert (await recorder.ledger(KEY, NOON)).question == question


def a_report(decision: Decision, result: OutcomeResult, *, at: datetime = NOON, **fields: Any) -> OutcomeWrite:
    return OutcomeWrite(
        outcome=Outcome(decision_id=decision.decision_id, result=result, reported_at=at, **fields),
        decision=decision,
        concluded=partial(conclude, intent="track_order", result=result, decided_at=decision.decided_at, at=at),
        expires_at=at + MONTH,
    )


async def state_of_goal(recorder: Recorder) -> GoalState:
    return (await recorder.ledger(KEY, NOON)).agenda.goals[0].state


async def test_the_newest_report_counts(recorder: Recorder) -> None:
    """The same again is the same answer; another one replaces it, its transfers included."""
    decision = await take_turn(recorder, "track_order")

    first = await recorder.report(a_report(decision, OutcomeResult.NOT_DONE, transfers=2))
    same = await recorder.report(a_report(decision, OutcomeResult.NOT_DONE, transfers=2, at=NOON + timedelta(hours=1)))
    assert await state_of_goal(recorder) is GoalState.OPEN
    assert (await recorder.get_past(KEY, NOON)).effort == {EventKind.TRANSFER: 2.0}
    other = await recorder.report(a_report(decision, OutcomeResult.DONE, transfers=1))

    assert (first.is_new, same.is_new, other.is_new) == (True, False, True)
    assert same.outcome == first.outcome
    assert await state_of_goal(recorder) is GoalState.DONE
    assert (await recorder.get_past(KEY, NOON)).effort == {EventKind.TRANSFER: 1.0}


async def test_reports_that_race_leave_one_of_them(migrated_url: str) -> None:
    """Whichever was written last; the goal agrees with it."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        decision = await take_turn(one, "track_order")
        results = [OutcomeResult.DONE, OutcomeResult.NOT_DONE] * 10

        ends = await asyncio.gather(
            *((one, other)[n % 2].report(a_report(decision, result)) for n, result in enumerate(results)),
            return_exceptions=True,
        )

        assert all(isinstance(end, OutcomeTold | TurnConflictError) for end in ends)
        last = await one.report(a_report(decision, OutcomeResult.PARTLY))
        assert last.is_new
        assert await state_of_goal(one) is GoalState.OPEN


async def test_erasing_leaves_counts_only(recorder: Recorder) -> None:
    """The rows that stay lead neither to the contact nor to each other, and the key is unknown afterwards."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=MONTH)
    decision = a_decision(contact_key=KEY)
    change = a_change(await recorder.ledger(KEY, NOON), decision, "track_order", "get_invoice")
    event = an_event("e", decision)
    await record_decision(recorder, decision, idempotency=key, answer=b"{}", change=change, events=[event])
    bystander = a_decision(contact_key="somebody else")
    await record_decision(recorder, bystander, idempotency=None, answer=b"{}")

    erased = await recorder.erase(KEY)

    assert (erased.goals, erased.decisions, erased.events) == (2, 1, 1)
    for lookup in (recorder.get_decision(decision.decision_id), recorder.get_past(KEY, NOON), recorder.erase(KEY)):
        with pytest.raises(NotFoundError):
            await lookup
    assert await recorder.count_decisions() == 2
    assert await recorder.get_decision(bystander.decision_id) == bystander
    assert not (await record_decision(recorder, a_decision(), idempotency=key, answer=b"{}")).replayed


async def test_a_report_that_an_erasure_overtakes_brings_nothing_back(recorder: Recorder) -> None:
    """The decision was read before; told afterwards, it opens no contact, no event and no outcome."""
    decision = await take_turn(recorder, "track_order")
    await recorder.erase(KEY)

    with pytest.raises(NotFoundError):
        await recorder.report(a_report(decision, OutcomeResult.NOT_DONE, transfers=2))

    with pytest.raises(NotFoundError):
        await recorder.get_past(KEY, NOON)


async def test_what_has_expired_is_neither_shown_nor_kept(recorder: Recorder) -> None:
    """A contact that comes back after its time begins anew, purged or not; what is young stays."""
    decision = await take_turn(recorder, "track_order")
    await record_decision(
        recorder, a_decision(contact_key=KEY), idempotency=None, answer=b"{}", events=[an_event("e", decision)]
    )
    await recorder.report(a_report(decision, OutcomeResult.DONE))
    later = NOON + MONTH

    assert (await recorder.ledger(KEY, later)).turns == 0
    await take_turn(recorder, "get_refund", at=later)

    assert [goal.intent for goal in (await recorder.ledger(KEY, later)).agenda.goals] == ["get_refund"]
    assert await recorder.purge_expired(later, 3 * MONTH) == Purged(events=1, outcomes=1)
    assert await recorder.purge_expired(later + MONTH, 3 * MONTH) == Purged(contacts=1)
    assert await recorder.purge_expired(later + MONTH, 3 * MONTH) == Purged()
    assert (await recorder.ledger("nobody", later)).agenda == Agenda()


async def test_a_replay_is_found_without_writing(recorder: Recorder) -> None:
    """For the same body, while the key is held."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=timedelta(hours=1))
    await record_decision(recorder, a_decision(), idempotency=key, answer=b"first")

    found = await recorder.find_replay(key, NOON)

    assert found is not None
    assert (found.answer, found.replayed) == (b"first", True)
    assert await recorder.find_replay(replace(key, body_hash="other"), NOON) is None
    assert await recorder.find_replay(key, NOON + timedelta(hours=1)) is None
    with pytest.raises(IdempotencyConflictError):
        await record_decision(recorder, a_decision(), idempotency=replace(key, body_hash="other"), answer=b"second")


@pytest.mark.parametrize(
    ("result", "intents", "kind", "expected"),
    [
        pytest.param(OutcomeResult.DONE, ["track_order"], None, (1, 1), id="done at once"),
        pytest.param(OutcomeResult.DONE, ["track_order"], EventKind.CLARIFY, (1, 1), id="a question is no detour"),
        pytest.param(OutcomeResult.DONE, ["track_order", "get_invoice"], None, (1, 0), id="one of two"),
        pytest.param(OutcomeResult.PARTLY, ["track_order"], None, (1, 0), id="half"),
        pytest.param(OutcomeResult.DONE, ["track_order"], EventKind.TRANSFER, (1, 0), id="passed on"),
        pytest.param(OutcomeResult.DONE, ["track_order"], EventKind.REPEAT, (1, 0), id="came again"),
        pytest.param(None, ["track_order"], None, (0, 0), id="nobody has told"),
    ],
)
async def test_first_contact_resolution_is_told_and_counted(
    *,
    recorder: Recorder,
    migrated_url: str,
    result: OutcomeResult | None,
    intents: list[str],
    kind: EventKind | None,
    expected: tuple[int, int],
) -> None:
    """Only what was told counts, and only if all of it was done without a detour."""
    events = [] if kind is None else [an_event("e", a_decision(contact_key=KEY), kind)]
    decision = await take_turn(recorder, *intents, events=events)
    if result is not None:
        await recorder.report(a_report(decision, result))

    engines = open_engines(migrated_url, readers=1)
    with engines.reader.connect() as connection:
        found = select_resolution(connection, NOON, NOON + timedelta(days=1))
        before = select_resolution(connection, NOON - timedelta(days=1), NOON)
    engines.dispose()

    assert (found.told, found.resolved) == expected
    assert (before.told, before.share) == (0, None)
