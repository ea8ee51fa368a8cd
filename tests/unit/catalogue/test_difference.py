"""What a new catalogue adds, takes away and changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.catalogue.difference import Changes, difference
from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue
from tests.support.catalogues import minimal, write_catalogue

NOTHING = Changes(added=(), removed=(), changed=())


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_catalogue(write_catalogue(tmp_path_factory.mktemp("before")))


def test_the_same_catalogue_differs_in_nothing(before: Catalogue) -> None:
    """Nobody has to look at anything."""
    found = difference(before, before)

    assert (found.intents, found.paths, found.entry_points, found.policy) == (NOTHING, NOTHING, NOTHING, False)


def test_of_a_first_catalogue_everything_is_new(before: Catalogue) -> None:
    """Names are in order."""
    found = difference(None, before)

    assert found.intents.added == ("cancel_booking", "make_booking", "speak_to_human", "track_order")
    assert found.entry_points == Changes(added=("reservations-line",), removed=(), changed=())
    assert found.policy


@pytest.mark.parametrize(
    ("overrides", "part", "changes"),
    [
        (
            {"intents": {"track_order": {"title": "See"}}},
            "intents",
            Changes(added=(), removed=(), changed=("track_order",)),
        ),
        (
            {"paths": {"track_order": {"label": "See"}}},
            "paths",
            Changes(added=(), removed=(), changed=("track_order",)),
        ),
        (
            {"entry_points": {"reservations-line": None, "desk": {"made_for": ["track_order"]}}},
            "entry_points",
            Changes(added=("desk",), removed=("reservations-line",), changed=()),
        ),
    ],
)
def test_a_change_is_told_by_name(
    before: Catalogue, tmp_path: Path, overrides: dict[str, Any], part: str, changes: Changes
) -> None:
    """The other parts stay as they are."""
    found = difference(before, load_catalogue(write_catalogue(tmp_path, **overrides)))

    assert getattr(found, part) == changes
    assert [each for each in (found.intents, found.paths, found.entry_points) if each != NOTHING] == [changes]
    assert not found.policy


@pytest.mark.parametrize(
    "overrides",
    [
        {"policy": {"misroute_budget": 0.01}},
        {"boundaries": {"no_goal_yet": [*minimal()["boundaries"]["no_goal_yet"], "morning"]}},
    ],
)
def test_rules_are_told_together(before: Catalogue, tmp_path: Path, overrides: dict[str, Any]) -> None:
    """The policy and the boundaries are about every contact."""
    assert difference(before, load_catalogue(write_catalogue(tmp_path, **overrides))).policy
