"""A checked catalogue as one text, read again elsewhere; and what changes from one to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.difference import Changes, difference
from service.catalogue.loader import check_catalogue, load_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.catalogue.serialised import of_text, read_text, to_text
from service.errors import CatalogueError, EditionError
from tests.support.catalogues import write_catalogue

LOOKUP = {"kind": "http", "name": "order-lookup", "url": "${ORDERS}/lookup", "capacity": {"url": "${ORDERS}/room"}}
EMAIL = {"kind": "email", "name": "order-desk-email", "within": "P1D"}
WITH_VARIABLES = {"track_order": {"rungs": [LOOKUP, EMAIL], "extra_mile": {**LOOKUP, "name": "survey"}}}
HERE = {"ORDERS": "https://orders.example"}


def written_in(folder: Path, environment: dict[str, str] | None = None, **overrides: Any) -> Catalogue:
    written = check_catalogue(write_catalogue(folder, **overrides), environment=environment or {}).written
    assert written is not None
    return written


def test_the_starter_comes_back_as_it_was() -> None:
    """Every rung, default and fingerprint."""
    catalogue = load_catalogue(starter_folder())

    again = of_text(to_text(catalogue), {})

    assert again == catalogue
    assert again.fingerprint() == catalogue.version


def test_variables_are_kept_as_they_are_written_and_filled_in_where_it_is_read(tmp_path: Path) -> None:
    """What one machine puts into an address does not reach the others."""
    there = {"ORDERS": "https://zebracanary.example"}

    text = to_text(written_in(tmp_path, there, paths=WITH_VARIABLES))

    assert "zebracanary" not in text
    assert of_text(text, HERE) == load_catalogue(tmp_path, environment=HERE)


def test_a_variable_that_is_not_set_here_is_named(tmp_path: Path) -> None:
    """In each of the places that need it."""
    text = to_text(written_in(tmp_path, HERE, paths=WITH_VARIABLES))

    with pytest.raises(CatalogueError, match="ORDERS") as refused:
        of_text(text, {})

    assert [problem.where for problem in refused.value.problems] == [
        "paths.track_order.order-lookup.url",
        "paths.track_order.order-lookup.capacity.url",
        "paths.track_order.survey.url",
        "paths.track_order.survey.capacity.url",
    ]


def test_a_catalogue_of_another_version_of_errand_is_refused(tmp_path: Path) -> None:
    """With the place that this version does not know, and without what is written there."""
    contents = json.loads(to_text(written_in(tmp_path)))
    contents["policy"]["mood"] = "zebracanary"

    with pytest.raises(EditionError, match=r"policy\.mood.*same version") as refused:
        read_text(json.dumps(contents))

    assert "zebracanary" not in str(refused.value)


def test_a_catalogue_with_mistakes_is_not_written(tmp_path: Path) -> None:
    """There is nothing to publish."""
    write_catalogue(tmp_path, paths={"track_order": {"rungs": [LOOKUP]}})

    assert check_catalogue(tmp_path, environment=HERE).written is None


def test_what_changes_is_told_by_name(tmp_path: Path) -> None:
    """Added, removed and changed, each in order; an intent that stays as it is is not told."""
    before = written_in(tmp_path / "before")
    after = written_in(
        tmp_path / "after",
        intents={"track_order": None, "cancel_booking": {"title": "Be free of a booking"}},
        paths={"track_order": None, "see_order": {"rungs": [EMAIL]}},
        policy={"timezone": "UTC"},
    )

    found = difference(before, after)

    assert found.intents == Changes(added=(), removed=("track_order",), changed=("cancel_booking",))
    assert found.paths == Changes(added=("see_order",), removed=("track_order",), changed=())
    assert found.entry_points == Changes(added=(), removed=(), changed=())
    assert found.policy
    assert not difference(after, after).policy
    assert difference(None, before).intents.added == tuple(sorted(before.intents))
