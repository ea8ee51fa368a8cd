"""What is asked of a fulfilment system, and which of its answers can be used."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.catalogue.schema import Need
from service.domain.delivery import DeliveryOutcome
from service.fulfil.call_body import (
    MAX_DATA_BYTES,
    MAX_LEARNED_BYTES,
    Answer,
    InvalidAnswer,
    handed_on,
    read_answer,
)
from tests.support.fulfilment import a_delivery

CANARY = "Ottoline-4471"
RESULTS = (
    DeliveryOutcome.SERVED,
    DeliveryOutcome.CANNOT_SERVE,
    DeliveryOutcome.RETRY_LATER,
    DeliveryOutcome.NEEDS_CUSTOMER,
)
NEED = {"field": "order_number", "why": "So that we find your order."}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(content: Any) -> Answer | InvalidAnswer:
    return read_answer(orjson.dumps(content))


def nested(levels: int) -> Any:
    return {"in": nested(levels - 1)} if levels else 1


def test_the_request_is_as_documented() -> None:
    """All that the documentation names, and nothing else."""
    delivery = a_delivery(
        delivery_id="d-1", attempt=2, channel="voice", details={"product": "kettle"}, learned={"sku": "K-12"}
    )

    assert orjson.loads(delivery.body(deadline_ms=1_500)) == {
        "delivery_id": "d-1",
        "attempt": 2,
        "decision_id": "decision-1",
        "intent": "find_product",
        "path": "find_product",
        "rung": "stock-lookup",
        "channel": "voice",
        "details": {"product": "kettle"},
        "learned": {"sku": "K-12"},
        "deadline_ms": 1_500,
    }


@pytest.mark.parametrize(
    ("overrides", "field", "reason"),
    [
        ({"attempt": 0}, "attempt", "the first attempt is 1"),
        ({"delivery_id": ""}, "delivery_id", "nothing to know a repeated one by"),
        ({"delivery_id": "a\r\nHost: b"}, "delivery_id", "it goes into a header"),
        ({"delivery_id": "a" * 256}, "delivery_id", "too long"),
        ({"channel": "pigeon"}, "channel", "no such channel"),
        ({"details": {"a": "x" * MAX_DATA_BYTES}}, "details", "too much"),
        ({"details": nested(5)}, "details", "too deep"),
        ({"details": {"a": {1, 2}}}, "details", "no JSON"),
        ({"learned": {"a": "x" * MAX_LEARNED_BYTES}}, "learned", "too much"),
        ({"surname": "x"}, "surname", "not part of the request"),
    ],
)
def test_a_delivery_has_limits(overrides: dict[str, Any], field: str, reason: str) -> None:
    """What goes out is bounded, and fit to be sent."""
    with pytest.raises(ValidationError) as caught:
        a_delivery(**overrides)

    assert [error["loc"][0] for error in caught.value.errors()] == [field], reason


def test_what_customers_told_is_in_no_representation() -> None:
    """Values end up in logs by accident; what is in them does not."""
    delivery = a_delivery(details={"a": CANARY}, learned={"b": CANARY})
    answer = read(
        {"result": "needs_customer", "say": CANARY, "data": {"a": CANARY}, "needs": [{**NEED, "why": CANARY}]}
    )

    assert isinstance(answer, Answer)
    assert CANARY not in f"{delivery!r} {delivery} {answer!r} {answer}"


@pytest.mark.parametrize(
    ("content", "expected", "reason"),
    [
        ({"result": "served"}, Answer(result=DeliveryOutcome.SERVED), "the least"),
        (
            {"result": "cannot_serve", "say": None, "data": {}, "needs": []},
            Answer(result=DeliveryOutcome.CANNOT_SERVE),
            "empty",
        ),
        (
            {"result": "served", "say": "  It is on its way. "},
            Answer(result=DeliveryOutcome.SERVED, say="It is on its way."),
            "",
        ),
        ({"result": "served", "trace": {"a": [1]}}, Answer(result=DeliveryOutcome.SERVED), "they add fields"),
        (
            {"result": "retry_later", "retry_after_seconds": 30},
            Answer(result=DeliveryOutcome.RETRY_LATER, retry_after_seconds=30.0),
            "a whole number is a number",
        ),
        (
            {"result": "cannot_serve", "data": {"sku": "K-12", "shops": [{"km": 2}]}},
            Answer(result=DeliveryOutcome.CANNOT_SERVE, data={"sku": "K-12", "shops": [{"km": 2}]}),
            "handed on",
        ),
        (
            {"result": "served", "data": nested(4)},
            Answer(result=DeliveryOutcome.SERVED, data=nested(4)),
            "as deep as may be",
        ),
    ],
)
def test_a_usable_answer_is_read(content: Any, expected: Answer, reason: str) -> None:
    """With what it leaves out as nothing, and what nobody knows left out."""
    assert read(content) == expected, reason


@pytest.mark.parametrize("outcome", DeliveryOutcome)
def test_a_system_answers_with_four_of_the_outcomes(outcome: DeliveryOutcome) -> None:
    """Any other is told as a mistake, with those that may be answered."""
    answer = read({"result": outcome, "needs": [NEED]})

    if outcome in RESULTS:
        assert isinstance(answer, Answer)
        assert answer.result is outcome
    else:
        told = "result: Input should be one of 'served', 'cannot_serve', 'retry_later', 'needs_customer'."
        assert str(answer) == told


def test_needs_are_those_of_a_rung() -> None:
    """What an answer needs of the customer is said as a catalogue says it; new fields beside it do no harm."""
    answer = read({"result": "needs_customer", "needs": [{**NEED, "example": "4471"}]})

    assert isinstance(answer, Answer)
    (need,) = answer.needs
    assert isinstance(need, Need)
    assert need.model_dump() == NEED


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        ([], "", "a list"),
        ("served", "", "a text"),
        (None, "", "null"),
        ({}, "result", "nothing in it"),
        ({"result": CANARY}, "result", "no such result"),
        ({"result": ["served"]}, "result", "a list of them"),
        ({"result": "served", "say": ""}, "say", "empty"),
        ({"result": "served", "say": CANARY * 50}, "say", "not one or two sentences"),
        ({"result": "served", "say": {"en": CANARY}}, "say", "not a text"),
        ({"result": "served", "data": [CANARY]}, "data", "not an object"),
        ({"result": "served", "data": nested(5)}, "data", "too deep"),
        ({"result": "served", "data": {"a": CANARY * 1_000}}, "data", "too large"),
        ({"result": "needs_customer"}, "needs", "it does not say what"),
        ({"result": "needs_customer", "needs": []}, "needs", "it does not say what"),
        ({"result": "needs_customer", "needs": [{"field": CANARY}]}, "needs.0.why", "not why"),
        ({"result": "needs_customer", "needs": [NEED, {"field": " ", "why": CANARY}]}, "needs.1.field", "blank"),
        ({"result": "needs_customer", "needs": [NEED] * 11}, "needs", "an interrogation"),
        ({"result": "retry_later", "retry_after_seconds": -1}, "retry_after_seconds", "the past"),
        ({"result": "retry_later", "retry_after_seconds": CANARY}, "retry_after_seconds", "no number"),
    ],
)
def test_an_invalid_answer_names_the_field_and_not_what_is_in_it(content: Any, field: str, reason: str) -> None:
    """The place is enough to mend it by; the content may be a customer's."""
    answer = read(content)

    assert isinstance(answer, InvalidAnswer), reason
    assert answer.field == field
    assert answer.problem
    assert CANARY not in str(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b'{"result": "served"',
        b'{"result": "served", "retry_after_seconds": NaN}',
        '{"result": "served", "say": "Grüße"}'.encode("latin-1"),
        b"[" * 60_000,
    ],
    ids=["empty", "page", "cut", "not a number", "latin-1", "brackets"],
)
def test_what_is_no_json_is_an_invalid_answer(body: bytes) -> None:
    """RFC 8259, and nothing that only looks like it."""
    assert read_answer(body) == InvalidAnswer(field="", problem="Not JSON in UTF-8.")


def test_an_answer_may_be_as_deep_as_a_parser_bears() -> None:
    """It is refused for its depth, and nothing runs out of stack."""
    body = b'{"result": "served", "data": ' + b'{"in": ' * 1_000 + b"1" + b"}" * 1_001

    answer = read_answer(body)

    assert isinstance(answer, InvalidAnswer)
    assert answer.field == "data"


@given(st.binary(max_size=200) | json_values.map(lambda value: repr(value).encode()))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    """Whatever bytes come, they are an answer or an invalid one."""
    assert isinstance(read_answer(body), Answer | InvalidAnswer)


@given(
    st.fixed_dictionaries(
        {"result": st.sampled_from(RESULTS) | json_values},
        optional=dict.fromkeys(("say", "data", "needs", "retry_after_seconds", "other"), json_values),
    )
)
def test_no_json_breaks_the_reader_and_answers_keep_the_limits(content: dict[str, Any]) -> None:
    """Any values in the named fields; what is read as an answer is within every limit."""
    answer = read(content)

    if isinstance(answer, Answer):
        assert answer.result in RESULTS
        assert answer.say is None or 1 <= len(answer.say) <= 500
        assert len(orjson.dumps(answer.data)) <= MAX_DATA_BYTES
        assert len(answer.needs) <= 10
        assert answer.needs or answer.result is not DeliveryOutcome.NEEDS_CUSTOMER
    else:
        assert answer.field.split(".")[0] in Answer.model_fields


@pytest.mark.parametrize(
    ("learned", "data", "expected", "reason"),
    [
        ({}, {}, {}, "nothing"),
        ({"sku": "K-12"}, {}, {"sku": "K-12"}, "what was known stays"),
        ({"sku": "K-12"}, {"shop": "north"}, {"sku": "K-12", "shop": "north"}, "both"),
        ({"sku": "K-12", "left": 3}, {"left": 0}, {"sku": "K-12", "left": 0}, "the new goes before the old"),
    ],
)
def test_later_rungs_are_told_what_earlier_ones_learned(
    learned: dict[str, Any], data: dict[str, Any], expected: dict[str, Any], reason: str
) -> None:
    """In one object, so that a system need not know which rung told it."""
    assert handed_on(learned, data) == expected, reason


def test_what_was_learned_first_gives_way() -> None:
    """However many rungs a ladder has, what is handed on fits into a delivery, and the newest is always in it."""
    learned: dict[str, Any] = {}
    for rung in range(20):
        learned = handed_on(learned, {f"from-{rung}": "x" * 8_000})
        assert f"from-{rung}" in learned
        assert a_delivery(learned=learned).learned == learned

    assert list(learned) == ["from-16", "from-17", "from-18", "from-19"]
    assert list(handed_on(learned, {"from-16": "y" * 8_000, "shop": "x" * 2_000})) == [
        "from-18", "from-19", "from-16", "shop",
    ], "what is told again is new"  # fmt: skip
