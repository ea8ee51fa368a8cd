"""Details are declared once, named by needs, and conditions are about flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.catalogue.loader import load_catalogue
from service.domain.detail import DetailKind
from tests.support.catalogues import write_catalogue
from tests.support.faulty import Found, found_in

DETAILS = """\
details:
  order_number: {kind: reference, ask: Which order is it?, why: to find it, examples: ["order {4411}"]}
  gift: {kind: flag, examples: [for her birthday]}
  size: {kind: choice, options: [small, large]}
"""
LOOKUP = {"kind": "http", "name": "order-lookup", "url": "https://orders.example/lookup"}
MAIL = {"kind": "email", "name": "order-mail", "within": "P1D"}
NEEDING = {
    "rungs": [{**LOOKUP, "needs": [{"field": "order_number"}, {"field": "size", "why": "to send it"}]}, MAIL],
    "extra_mile": {**LOOKUP, "name": "wrap", "when": "details.gift"},
}


def test_details_that_rungs_need_are_sound(tmp_path: Path) -> None:
    """A need takes the reason of its detail."""
    folder = write_catalogue(tmp_path, paths={"track_order": NEEDING}, files={"faulty.yaml": DETAILS})

    catalogue = load_catalogue(folder)

    assert found_in(folder) == []
    assert [need.why for need in catalogue.paths["track_order"].rungs[0].needs] == ["to find it", "to send it"]
    assert [detail.name for detail in catalogue.details_of("track_order")] == ["order_number", "size", "gift"]
    assert catalogue.details_of("make_booking") == ()


def test_a_detail_is_asked_for_in_its_own_words(tmp_path: Path) -> None:
    """Or in plain ones made of its name. A field that is no detail has none."""
    folder = write_catalogue(tmp_path, paths={"track_order": NEEDING}, files={"faulty.yaml": DETAILS})
    catalogue = load_catalogue(folder)

    assert catalogue.ask_for("order_number") == "Which order is it?"
    assert catalogue.ask_for("size") == "Please tell us the size."
    assert catalogue.ask_for("email") is None


def test_the_finder_is_told_of_a_detail(tmp_path: Path) -> None:
    """With its examples and options. Only a reference may come from the redactor."""
    folder = write_catalogue(tmp_path, paths={"track_order": NEEDING}, files={"faulty.yaml": DETAILS})
    details = load_catalogue(folder).details

    number, size = details["order_number"].spec, details["size"].spec
    assert (number.kind, number.examples) == (DetailKind.REFERENCE, ("order {4411}",))
    assert [option.name for option in size.options] == ["small", "large"]
    assert [name for name, detail in details.items() if detail.may_be_redacted] == ["order_number"]


@pytest.mark.parametrize(
    ("faulty", "expected", "reason"),
    [
        ("  Order: {kind: phrase}", ("bad_name", 2, "Order"), "capitals"),
        ("  item: phrase", ("wrong_type", 2, "item"), "no keys"),
        ("  item: {}", ("missing_key", 2, "item.kind"), "no kind"),
        ("  item: {kind: colour}", ("not_in_list", 2, "item.kind"), "no such kind"),
        ("  item: {kind: phrase, aks: Which?}", ("unknown_key", 2, "item.aks"), "a misspelt key"),
        ("  item: {kind: phrase, ask: ''}", ("empty_text", 2, "item.ask"), "a question without words"),
        ("  item: {kind: phrase, options: [a, b]}", ("unknown_key", 2, "item"), "options of what is no choice"),
        ("  item: {kind: choice}", ("missing_key", 2, "item"), "a choice of nothing"),
        ("  item: {kind: choice, options: [a, a]}", ("missing_key", 2, "item"), "a choice of one"),
        ("  item: {kind: phrase}", ("unused_detail", 2, "item"), "nobody needs it"),
        ("  gift: {kind: flag}", ("few_examples", 2, "gift"), "nobody could hear it"),
    ],
)
def test_a_mistake_in_a_detail_is_found_on_its_line(tmp_path: Path, faulty: str, expected: Found, reason: str) -> None:
    """Each under its rule."""
    rule, line, inner = expected

    found = found_in(write_catalogue(tmp_path, files={"faulty.yaml": f"details:\n{faulty}\n"}))

    assert (rule, line, f"details.{inner}") in found, reason


@pytest.mark.parametrize(
    ("rung", "mile", "expected", "reason"),
    [
        ("needs: [{field: size}]", "", ("missing_key", "rungs.0.needs.0.why"), "the detail has no reason either"),
        ("needs: [{field: shelf}]", "", ("missing_key", "rungs.0.needs.0.why"), "no detail"),
        ("when: details.gift", "", ("condition_on_rung", "rungs.0.when"), "a ladder has no conditions"),
        ("timeout_seconds: 1", "when: details.gifts", ("unknown_detail", "extra_mile.when"), "a misspelt flag"),
        ("timeout_seconds: 1", "when: details.size", ("condition_on_value", "extra_mile.when"), "no flag"),
        ("timeout_seconds: 1", "when: is a gift", ("bad_condition", "extra_mile.when"), "no condition"),
    ],
)
def test_a_mistake_about_a_detail_is_found_in_its_path(
    tmp_path: Path, rung: str, mile: str, expected: tuple[str, str], reason: str
) -> None:
    """A need without a reason, and a condition that is none."""
    path = f"""\
paths:
  track_order:
    rungs:
      - {{kind: http, name: lookup, url: https://orders.example, {rung}}}
      - {{kind: email, name: mail, within: P1D}}
    extra_mile: {{kind: http, name: wrap, url: https://orders.example, {mile}}}
"""
    files = {"faulty.yaml": path, "details.yaml": DETAILS}

    found = found_in(write_catalogue(tmp_path, paths={"track_order": None}, files=files))

    assert (expected[0], f"paths.track_order.{expected[1]}") in [(rule, where) for rule, _, where in found], reason
