"""Nobody is told of offers who did not ask for them, whatever else is set, written or wanted."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decide import firewall
from service.decide.firewall import RELATIONSHIP_GOALS, is_allowed, is_for_all, relationship
from service.domain.content import ContentKind, Judgement

OTHERS = ("cancel_booking", "track_order", "switch_plan", "speak_to_human", "ask_price", "find_product", "leave_review")
goals = st.lists(
    st.sampled_from(OTHERS) | st.text(max_size=12) | st.sampled_from(sorted(RELATIONSHIP_GOALS)), max_size=8
)


def judged(kind: ContentKind) -> Judgement:
    return Judgement(kind=kind, confidence=0.9, clauses=())


@given(goals)
def test_offers_are_allowed_to_those_who_came_for_them_and_to_nobody_else(accepted: list[str]) -> None:
    """Whatever the goals."""
    came_for_offers = "ask_offers" in accepted or "manage_newsletter" in accepted

    assert relationship(accepted) == ("allow" if came_for_offers else "deny")


@given(st.sampled_from(ContentKind), goals)
def test_a_text_is_refused_only_if_it_promotes_to_somebody_else(kind: ContentKind, accepted: list[str]) -> None:
    """Fulfilment and notices may always be said."""
    refused = kind is ContentKind.RELATIONSHIP and relationship(accepted) == "deny"

    assert is_allowed(judged(kind), accepted) is not refused


SEEN_BY = [
    pytest.param(set(), True, id="by everybody"),
    pytest.param({"ask_offers"}, False, id="by those who ask for offers"),
    pytest.param({"ask_offers", "manage_newsletter"}, False, id="by those of either goal"),
    pytest.param({"ask_offers", "cancel_order"}, True, id="by others as well"),
    pytest.param({"track_order"}, True, id="by others"),
]


@pytest.mark.parametrize(("intents", "expected"), SEEN_BY)
def test_a_sentence_is_for_all_unless_all_who_see_it_came_for_offers(intents: set[str], *, expected: bool) -> None:
    """One that others see as well is judged."""
    assert is_for_all(intents) is expected


def test_the_rule_knows_of_nothing_that_could_turn_it_off() -> None:
    """It is given goals and a judgement, and reads no setting, catalogue, environment or clock."""
    rules = [
        rule for _, rule in inspect.getmembers(firewall, inspect.isfunction) if rule.__module__ == firewall.__name__
    ]

    assert {name for rule in rules for name in inspect.signature(rule).parameters} == {"goals", "judgement", "intents"}
    assert {name for rule in rules for name in rule.__code__.co_names} <= {
        "Relationship", "ALLOW", "DENY", "RELATIONSHIP_GOALS", "isdisjoint", "issuperset", "kind", "ContentKind",
        "RELATIONSHIP", "relationship",
    }  # fmt: skip
    assert isinstance(RELATIONSHIP_GOALS, frozenset)
