"""Nobody is told of offers who did not ask for them, whatever else is set, written or wanted."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decide import firewall
from service.decide.firewall import is_allowed, is_for_all, relationship
from service.domain.content import ContentKind, Judgement

OFFER_GOALS = frozenset({"ask_offers", "join_newsletter"})
OTHERS = ("cancel_booking", "track_order", "switch_plan", "speak_to_human", "ask_price", "find_product", "leave_review")
goals = st.lists(st.sampled_from(OTHERS) | st.text(max_size=12) | st.sampled_from(sorted(OFFER_GOALS)), max_size=8)


def judged(kind: ContentKind) -> Judgement:
    return Judgement(kind=kind, confidence=0.9, clauses=())


@given(goals)
def test_offers_are_allowed_to_those_who_came_for_them_and_to_nobody_else(accepted: list[str]) -> None:
    """Whatever the goals."""
    came_for_offers = "ask_offers" in accepted or "join_newsletter" in accepted

    assert relationship(accepted, OFFER_GOALS) == ("allow" if came_for_offers else "deny")


@given(st.sampled_from(ContentKind), goals)
def test_a_text_is_refused_only_if_it_promotes_to_somebody_else(kind: ContentKind, accepted: list[str]) -> None:
    """Fulfilment and notices may always be said."""
    refused = kind is ContentKind.RELATIONSHIP and relationship(accepted, OFFER_GOALS) == "deny"

    assert is_allowed(judged(kind), accepted, OFFER_GOALS) is not refused


SEEN_BY = [
    pytest.param(set(), True, id="by everybody"),
    pytest.param({"ask_offers"}, False, id="by those who ask for offers"),
    pytest.param({"ask_offers", "join_newsletter"}, False, id="by those of either goal"),
    pytest.param({"ask_offers", "cancel_order"}, True, id="by others as well"),
    pytest.param({"track_order"}, True, id="by others"),
]


@pytest.mark.parametrize(("intents", "expected"), SEEN_BY)
def test_a_sentence_is_for_all_unless_all_who_see_it_came_for_offers(intents: set[str], *, expected: bool) -> None:
    """One that others see as well is judged."""
    assert is_for_all(intents, OFFER_GOALS) is expected


def test_the_rule_knows_of_nothing_that_could_turn_it_off() -> None:
    """It is given goals, a judgement and the goals that ask for offers, and reads no setting, environment or clock."""
    rules = [
        rule for _, rule in inspect.getmembers(firewall, inspect.isfunction) if rule.__module__ == firewall.__name__
    ]

    assert {name for rule in rules for name in inspect.signature(rule).parameters} == {
        "goals", "judgement", "intents", "offer_goals",
    }  # fmt: skip
    assert {name for rule in rules for name in rule.__code__.co_names} <= {
        "Relationship", "ALLOW", "DENY", "isdisjoint", "issuperset", "kind", "ContentKind",
        "RELATIONSHIP", "relationship",
    }  # fmt: skip


def test_no_goal_allows_offers_unless_a_goal_asks_for_them() -> None:
    """A catalogue may have no such goal."""
    assert relationship(["ask_offers"], frozenset()) == "deny"
    assert is_for_all({"ask_offers"}, frozenset())
