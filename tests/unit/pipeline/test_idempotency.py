"""Two requests are the same by the caller's key, or by the contact and its turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from service.domain.recording import IdempotencyKey, Recorded
from service.pipeline.idempotency import REPEATED_WITHIN, idempotency_key_of, stale_turn, tokens_of, with_own
from service.record.identity import Identity
from tests.support.spine import a_contact

IDENTITY = Identity(b"k" * 32)
DAY = timedelta(days=1)
PARCEL = {"text": "where is my parcel", "contact_id": "call-1"}
KEYED = {"idempotency_key": "k", "body": b"{}"}
CHOSEN = {"contact_id": "call-1", "choice": "make_booking"}


def key_of(fields: dict[str, Any], *, turns_before: int = 0) -> IdempotencyKey | None:
    return idempotency_key_of(a_contact(**fields), IDENTITY, DAY, turns_before=turns_before)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (PARCEL, PARCEL, "the same words of the same contact"),
        (PARCEL, {**PARCEL, "top_k": 1}, "how the answer is written is not what was said"),
        ({**PARCEL, "turn": 2}, {**PARCEL, "turn": 2}, "the same number with the same words"),
        ({**PARCEL, **KEYED}, {"text": "other", **KEYED}, "the caller's key and body stand for the request"),
        (CHOSEN, CHOSEN, "the same option"),
    ],
)
def test_the_same_request_has_the_same_key(one: dict[str, Any], other: dict[str, Any], reason: str) -> None:
    """Key and body are both equal, so the first answer is sent again."""
    assert key_of(one) == key_of(other) is not None, reason


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (PARCEL, {**PARCEL, "text": "book a room"}, "other words without a number are another turn"),
        (PARCEL, {**PARCEL, "contact_id": "call-2"}, "the same words of another contact"),
        (PARCEL, {**PARCEL, "dispatch": False}, "advice made no call, so the real request needs its own decision"),
        ({**PARCEL, "turn": 1}, {**PARCEL, "turn": 2}, "the customer said the same twice"),
        (KEYED, {**KEYED, "idempotency_key": "l"}, "another key of the caller"),
        (CHOSEN, {**CHOSEN, "choice": "track_order"}, "another option"),
    ],
)
def test_another_request_has_another_key(one: dict[str, Any], other: dict[str, Any], reason: str) -> None:
    """Each gets a decision of its own."""
    first, second = key_of(one), key_of(other)

    assert first is not None
    assert second is not None
    assert first.key_hash != second.key_hash, reason


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({**PARCEL, "turn": 1}, {**PARCEL, "turn": 1, "text": "book a room"}, "one number for two texts"),
        (KEYED, {**KEYED, "body": b"[]"}, "one key of the caller for two bodies"),
    ],
)
def test_a_key_that_is_used_for_something_else_can_be_told(
    one: dict[str, Any], other: dict[str, Any], reason: str
) -> None:
    """The keys are equal and the bodies differ, which is a conflict."""
    first, second = key_of(one), key_of(other)

    assert first is not None
    assert second is not None
    assert first.key_hash == second.key_hash, reason
    assert first.body_hash != second.body_hash, reason


def test_a_request_without_key_and_contact_is_never_a_repeat() -> None:
    """Two strangers may say the same."""
    assert key_of({"text": "where is my parcel"}) is None


def test_a_key_holds_nothing_of_what_was_sent() -> None:
    """Only hashes are kept, for as long as was asked."""
    key = key_of({"text": "zebracanary", "contact_id": "zebracanary"})

    assert "zebracanary" not in repr(key)


@pytest.mark.parametrize(
    ("fields", "retention", "reason"),
    [
        (PARCEL, REPEATED_WITHIN, "later the customer says the same again"),
        ({**PARCEL, "turn": 2}, DAY, "the number tells a repeat at any time"),
        ({**PARCEL, **KEYED}, DAY, "the caller's key tells a repeat at any time"),
        ({**PARCEL, "dispatch": False}, DAY, "advice is no turn"),
    ],
)
def test_a_turn_without_a_number_is_a_repeat_for_seconds_only(
    fields: dict[str, Any], retention: timedelta, reason: str
) -> None:
    """The other keys are held as long as the caller asked."""
    key = key_of(fields)

    assert key is not None
    assert key.retention == retention, reason


@pytest.mark.parametrize(
    ("fields", "differs", "reason"),
    [
        (PARCEL, True, "the newest turn alone is repeated"),
        ({**PARCEL, "turn": 2}, False, "the number is the key"),
        ({**PARCEL, **KEYED}, False, "the caller's key is the key"),
        ({**PARCEL, "dispatch": False}, False, "advice is no turn"),
    ],
)
def test_turns_before_are_part_of_the_key_of_an_unnumbered_turn(
    fields: dict[str, Any], *, differs: bool, reason: str
) -> None:
    """The same words are another turn if other turns came in between."""
    assert (key_of(fields) != key_of(fields, turns_before=1)) == differs, reason


def test_the_tokens_of_an_answer_can_be_derived_again() -> None:
    """A contact without an id is given one that comes of its decision."""
    named, unnamed = tokens_of("d-1", "call-1", IDENTITY), tokens_of("d-1", None, IDENTITY)

    assert named["contact_id"] == "call-1"
    assert unnamed["contact_id"] == IDENTITY.anonymous_contact_id("d-1")
    assert unnamed == tokens_of("d-1", None, IDENTITY)
    assert named["outcome_token"] == unnamed["outcome_token"] == IDENTITY.outcome_token("d-1")
    for tokens in (named, unnamed):
        assert IDENTITY.is_contact_token(tokens["contact_id"], tokens["contact_token"])


def test_an_answer_is_joined_with_what_belongs_to_its_request() -> None:
    """The stored answer stays as it is, up to its last byte."""
    recorded = Recorded(decision_id="d-1", answer=b'{"why": "It is \\"there\\"."}', replayed=False)

    joined = with_own(recorded, {"contact_id": 'call "1"'})

    assert joined.startswith(recorded.answer[:-1])
    assert orjson.loads(joined) == {"why": 'It is "there".', "contact_id": 'call "1"'}


def test_a_stale_turn_says_its_number_and_the_mend() -> None:
    """The caller learns which number was used, and how to go on."""
    refusal = stale_turn(7)

    assert (refusal.field, refusal.status) == ("turn", 409)
    assert "Turn 7" in refusal.detail
    assert refusal.mend is not None
