"""What a catalogue says to customers is found wherever it is written, with who sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service.catalogue.loader import CatalogueReport, check_catalogue, starter_folder
from tests.support.catalogues import write_catalogue

PROMISES = [
    {"kind": "callback", "name": "desk-callback", "within": "PT4H"},
    {"kind": "email", "name": "desk-mail", "within": "P1D"},
]
RUNGS: list[dict[str, Any]] = [
    {"kind": "queue", "name": "desk", "max_wait_seconds": 60, "say": "The desk will look for it now."},
    {
        "kind": "http",
        "name": "lookup",
        "url": "https://orders.example/lookup",
        "needs": [{"field": "order_number", "why": "So that the right one is found."}],
    },
    *PROMISES,
]
MILE = {"kind": "http", "name": "wrap", "url": "https://gifts.example/wrap", "say": "It is wrapped as well."}


def where(report: CatalogueReport) -> dict[str, str]:
    return {".".join(map(str, (*each.entry.place, *each.place))): each.text for each in report.sayings}


def test_titles_labels_rungs_and_needs_are_found(tmp_path: Path) -> None:
    """Each at its place, the extra mile's too."""
    path = {"label": "Track your order", "rungs": RUNGS, "extra_mile": MILE}
    report = check_catalogue(write_catalogue(tmp_path, paths={"track_order": path}))

    found = {place: text for place, text in where(report).items() if "track_order" in place}

    assert report.errors == ()
    assert found == {
        "intents.track_order.title": "Track an order",
        "paths.track_order.label": "Track your order",
        "paths.track_order.rungs.0.say": "The desk will look for it now.",
        "paths.track_order.rungs.1.needs.0.why": "So that the right one is found.",
        "paths.track_order.extra_mile.say": "It is wrapped as well.",
    }


def test_they_are_found_in_an_entry_that_has_a_mistake_elsewhere(tmp_path: Path) -> None:
    """So that one run tells of everything."""
    folder = write_catalogue(
        tmp_path,
        intents={"track_order": {"urgent": "perhaps"}},
        paths={"track_order": {"rungs": [{**RUNGS[0], "priority": 70}, {**PROMISES[0], "say": "We call you."}]}},
    )

    report = check_catalogue(folder)

    assert report.catalogue is None
    assert {"intents.track_order.title", "paths.track_order.rungs.1.say"} <= where(report).keys()


def test_who_sees_a_path_are_those_whose_intents_take_it(tmp_path: Path) -> None:
    """Several intents may take one, and the way to a person is for everybody."""
    report = check_catalogue(write_catalogue(tmp_path, intents={"cancel_booking": {"path": "make_booking"}}))
    seen_by = {each.text: each.intents for each in report.sayings}

    assert seen_by["Book a stay"] == {"make_booking", "cancel_booking"}
    assert seen_by["Make a booking"] == {"make_booking"}
    assert seen_by["Speak to a person"] == frozenset()


def test_the_way_to_a_person_is_for_everybody_whichever_intent_it_is(tmp_path: Path) -> None:
    """A policy that names another intent cannot make its sentences somebody's own."""
    report = check_catalogue(write_catalogue(tmp_path, policy={"human_intent": "track_order"}))

    assert {each.text: each.intents for each in report.sayings}["Track your order"] == frozenset()


def test_a_promotion_is_told_with_its_place_and_its_clause(tmp_path: Path) -> None:
    """File, line, rule, and what to write instead; a very long clause is cut."""
    folder = write_catalogue(tmp_path, paths={"track_order": {"rungs": RUNGS}})
    (saying,) = [each for each in check_catalogue(folder).sayings if each.text == "The desk will look for it now."]

    problem, long = saying.promotes("look for it now"), saying.promotes("x" * 1_000)

    lines = (folder / problem.file).read_text().splitlines()
    assert "The desk will look for it now." in lines[problem.line - 1]
    assert (problem.severity, problem.rule) == ("error", "promotional_sentence")
    assert problem.where == "paths.track_order.rungs.0.say"
    assert "“look for it now”" in problem.message
    assert len(long.message) < 250


def test_the_starter_says_something_on_every_path() -> None:
    """Titles for all intents, and more besides."""
    report = check_catalogue(starter_folder())

    assert report.catalogue is not None
    assert len(report.sayings) > 2 * len(report.catalogue.intents)
