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


EVERYTHING: dict[str, Any] = {
    "intents": {
        "track_order": {"urgent": True, "irreversible": True, "spoken": "Track it"},
        "make_booking": {"asks_for_offers": True},
    },
    "paths": {
        "track_order": {
            "otherwise": False,
            "rungs": [
                {**LOOKUP, "url": "https://orders.example", "capacity": None, "needs": [{"field": "order_number"}]},
                {"kind": "queue", "name": "desk", "max_wait_seconds": 60},
                {"kind": "phone", "name": "emergency", "number": "112", "say": "Ring 112 now."},
                {**EMAIL, "desk": "desk"},
            ],
            "extra_mile": {"kind": "http", "name": "wrap", "url": "https://a.example", "when": "details.gift"},
        }
    },
    "policy": {
        "urgent_miss_budget": 0.02,
        "irreversible_confidence": 0.99,
        "site": "https://www.shop.example/",
        "otherwise": [{"kind": "callback", "name": "later", "within": "P1D", "needs": [{"field": "order_number"}]}],
        "details_retention": "PT1H",
        "promise_detail_retention": "P1D",
    },
}
DETAILS = """\
details:
  order_number: {kind: reference, ask: Which order?, why: to find it, examples: ["order {4411}"]}
  gift: {kind: flag, examples: [for her birthday]}
"""


def test_every_key_comes_back_as_it_was(tmp_path: Path) -> None:
    """And counts for the version, and for what changes."""
    plain = written_in(tmp_path / "plain")
    folder = write_catalogue(tmp_path / "full", files={"details.yaml": DETAILS}, **EVERYTHING)
    written = check_catalogue(folder).written
    assert written is not None

    again = of_text(to_text(written), {})

    assert again == written
    assert again.fingerprint() == written.version != plain.version
    found = difference(plain, written)
    assert found.details == Changes(added=("gift", "order_number"), removed=(), changed=())
    assert found.intents.changed == ("make_booking", "track_order")
    assert found.policy


@pytest.mark.parametrize(
    "overrides",
    [{"intents": {name: marks}} for name, marks in EVERYTHING["intents"].items()]
    + [{"policy": {key: value}} for key, value in EVERYTHING["policy"].items() if key != "otherwise"],
    ids=str,
)
def test_each_key_counts_for_the_version(tmp_path: Path, overrides: dict[str, Any]) -> None:
    """Another value is another catalogue, and one that is left out is the catalogue of before."""
    plain, changed = written_in(tmp_path / "plain"), written_in(tmp_path / "changed", **overrides)

    assert changed.version != plain.version
    for key in (key for section in overrides.values() for key in section if key in EVERYTHING["policy"]):
        assert f'"{key}"' not in to_text(plain)


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
