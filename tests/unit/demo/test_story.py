"""When a story has ended as it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.demo.story import DOLL, HOTEL, STORIES, Came, Ending, differences
from service.domain.ledger import GoalState


def as_told(ending: Ending) -> Came:
    """What came, where all went well."""
    return Came(
        goal=ending.goal,
        wrong_door=ending.wrong_door,
        is_counted=ending.wrong_door,
        calls=ending.calls,
        at=ending.at,
        extra_miles=() if ending.extra_mile is None else (ending.extra_mile,),
        state=ending.state,
        asked=(),
    )


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_that_goes_as_it_is_told_has_no_differences(story: Any) -> None:
    """Neither of the two."""
    assert list(differences(story.ending, as_told(story.ending))) == []


DIFFERENT = [
    ({"goal": None}, "goal: none, and not find_product"),
    ({"wrong_door": True}, "wrong door: yes, and not no"),
    ({"is_counted": True}, "wrong door counted: yes, and not no"),
    ({"calls": DOLL.ending.calls[:1]}, "calls: stock-lookup, and not stock-lookup, nearby-stores, partner-stores"),
    ({"calls": DOLL.ending.calls[::-1]}, "calls: partner-stores, nearby-stores, stock-lookup, and not"),
    ({"at": "store-desk"}, "ends at: store-desk, and not partner-stores"),
    ({"extra_miles": ()}, "extra mile: none, and not hold-and-gift-wrap"),
    ({"extra_miles": ("hold-and-gift-wrap",) * 2}, "extra mile: hold-and-gift-wrap, hold-and-gift-wrap, and not"),
    ({"state": GoalState.OPEN}, "goal's state: open, and not done"),
    ({"asked": ("item",)}, "asked of the customer: item, and not none"),
]


@pytest.mark.parametrize(("change", "sentence"), DIFFERENT)
def test_a_difference_is_told(change: dict[str, Any], sentence: str) -> None:
    """In one sentence, and no other."""
    (told,) = differences(DOLL.ending, replace(as_told(DOLL.ending), **change))

    assert told.startswith(sentence)


def test_a_story_says_how_its_contact_comes() -> None:
    """As the body of a request; attributes only where there are any."""
    doll, hotel = DOLL.request("chat-1"), HOTEL.request("call-1")

    assert (doll["channel"], doll["attributes"], doll["contact_id"]) == ("chat", {"item": "Ottoline doll"}, "chat-1")
    assert (hotel["channel"], hotel["entry_point"]) == ("voice", "reservations-line")
    assert "attributes" not in hotel
