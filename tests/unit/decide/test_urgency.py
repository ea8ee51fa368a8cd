"""An urgent goal carries its contact forward, in whatever queue the contact stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue
from service.decide.urgency import Urgency, find_urgency
from service.domain.ledger import Agenda, GoalState, HeldGoal
from tests.support.catalogues import write_catalogue
from tests.support.decisions import NOON

CALLBACK = {"kind": "callback", "name": "call-back", "within": "PT4H"}
EMAIL = {"kind": "email", "name": "email", "within": "P1D"}


def a_desk(name: str, priority: int) -> dict[str, object]:
    return {"kind": "queue", "name": name, "max_wait_seconds": 60, "priority": priority}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Two urgent intents of different priority, an urgent one without a queue, and one that can wait."""
    return load_catalogue(
        write_catalogue(
            tmp_path_factory.mktemp("urgent"),
            intents={name: {"urgent": True} for name in ("track_order", "make_booking", "cancel_booking")},
            paths={
                "track_order": {"rungs": [a_desk("late-desk", 4), a_desk("order-desk", 2), CALLBACK]},
                "make_booking": {"rungs": [a_desk("booking-desk", 1), CALLBACK]},
                "cancel_booking": {"rungs": [CALLBACK, EMAIL]},
                "speak_to_human": {"rungs": [a_desk("front-desk", 3), CALLBACK]},
            },
        )
    )


def wanting(*intents: str, state: GoalState = GoalState.OPEN) -> Agenda:
    goals = [HeldGoal(intent=each, state=state, turn=1, opened_at=NOON, changed_at=NOON) for each in intents]
    return Agenda(goals=tuple(goals))


@pytest.mark.parametrize(
    ("agenda", "expected", "reason"),
    [
        (wanting(), None, "nothing is wanted"),
        (wanting("speak_to_human"), None, "a person is no urgent goal"),
        (wanting("track_order"), (2, "track_order"), "the best queue of the goal's own path counts"),
        (wanting("track_order", "make_booking"), (1, "make_booking"), "of two, the more urgent"),
        (wanting("cancel_booking"), None, "its own path has no queue, so no priority is known"),
        (wanting("track_order", state=GoalState.BEING_SERVED), (2, "track_order"), "it is still wanted"),
        (wanting("track_order", state=GoalState.DONE), None, "the customer has it"),
        (wanting("track_order", state=GoalState.DROPPED), None, "the customer took it back"),
    ],
)
def test_an_urgent_goal_lends_its_priority(
    catalogue: Catalogue, agenda: Agenda, expected: tuple[int, str] | None, reason: str
) -> None:
    """The queue of a person is entered at the priority of the goal's own queue."""
    found = find_urgency(catalogue.human_path.rungs[0], agenda, catalogue)

    assert (None if found is None else (found.priority, found.intent)) == expected, reason


@pytest.mark.parametrize(
    ("path", "rung", "expected", "reason"),
    [
        ("speak_to_human", 1, None, "a callback has no priority"),
        ("make_booking", 0, None, "the queue is ahead already"),
        ("track_order", 1, None, "the queue has that priority by itself"),
        ("track_order", 0, 2, "a lower queue of its own path is entered ahead"),
    ],
)
def test_only_a_queue_behind_it_changes(
    catalogue: Catalogue, path: str, rung: int, expected: int | None, reason: str
) -> None:
    """1 is the highest priority, so nothing is ever put back."""
    found = find_urgency(catalogue.paths[path].rungs[rung], wanting("track_order"), catalogue)

    assert (None if found is None else found.priority) == expected, reason


def test_the_reason_names_the_goal() -> None:
    """Agents and customers may read it."""
    assert Urgency(priority=2, intent="track_order").reason == (
        "It goes ahead in the queue (priority 2), since track_order is urgent."
    )


def test_a_catalogue_without_urgent_goals_changes_nothing(tmp_path: Path) -> None:
    """Every queue keeps its own priority."""
    plain = load_catalogue(write_catalogue(tmp_path))

    assert find_urgency(plain.human_path.rungs[0], wanting(*plain.intents), plain) is None
