"""Every rule of a catalogue has a case that breaks it, reported in the right file, on the right line."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.catalogue.loader import check_catalogue
from tests.support.catalogues import write_catalogue
from tests.support.faulty import INTENT, PATH, Found, found_in, problems_in

LAST = "policy.otherwise.0"


def test_the_minimal_catalogue_has_no_problem(tmp_path: Path) -> None:
    """What the other tests break is sound before they break it."""
    assert not problems_in(write_catalogue(tmp_path))


def test_the_sound_intent_and_path_of_this_file_have_no_problem(tmp_path: Path) -> None:
    """What the tables below spoil is sound before they spoil it."""
    folder = write_catalogue(tmp_path, paths={"track_order": None}, files={"a.yaml": INTENT, "b.yaml": PATH})

    assert not problems_in(folder)


@pytest.mark.parametrize(
    ("written", "spoiled", "expected", "reason"),
    [
        ("title: Ask a price", "titel: Ask a price", ("unknown_key", 3, "titel"), "a misspelt key"),
        ("title: Ask a price", "titel: Ask a price", ("missing_key", 2, "title"), "and so the right one is missing"),
        ("    title: Ask a price\n", "", ("missing_key", 2, "title"), "a missing key"),
        ("title: Ask a price", "title:", ("wrong_type", 3, "title"), "a key without a value"),
        ("title: Ask a price", "title: ''", ("empty_text", 3, "title"), "an empty title"),
        ("title: Ask a price", "title: [a]", ("wrong_type", 3, "title"), "a list for a text"),
        ("title: Ask a price", f"title: {'x' * 501}", ("too_long", 3, "title"), "an endless title"),
        ("title: Ask a price", "name: x", ("unknown_key", 3, "name"), "the name is the key, not in it"),
        ("ask_price:", "askprice:", ("bad_name", 2, ""), "not verb_object"),
        ("ask_price:", "Ask_Price:", ("bad_name", 2, ""), "capitals"),
        ("ask_price:", "no_goal_yet:", ("bad_name", 2, ""), "a reserved name"),
        ("ask_price:", "out_of_scope:", ("bad_name", 2, ""), "another reserved name"),
        ("who: a shopper, ", "", ("missing_key", 4, "scenario.who"), "a scenario of nobody"),
        ("who: a shopper", "whom: a shopper", ("unknown_key", 4, "scenario.whom"), "a misspelt key inside"),
        ("{who: a shopper, goal: to know a price, done_when: it is known}", "x", ("wrong_type", 4, "scenario"), "text"),
        ("path: speak_to_human", "path: speak_to_humans", ("unknown_path", 5, "path"), "a path that is not there"),
        ("a2", "''", ("empty_text", 6, "examples.1"), "an empty example"),
        ("a2", "'  '", ("empty_text", 6, "examples.1"), "an example of spaces"),
        ("a2", "~", ("wrong_type", 6, "examples.1"), "an example of nothing"),
        ("a2", "x" * 2001, ("too_long", 6, "examples.1"), "more than a contact may say"),
        ("a2", "'A  1'", None, "other words"),
        ("a2", "' A1 '", ("duplicate_example", 6, "examples.1"), "capitals and spaces do not tell examples apart"),
        ("a2", "Track  MY order", None, "only part of an example elsewhere"),
        ("a2", "i want to track  MY order", ("duplicate_example", 6, "examples.1"), "an example of another intent"),
        ("a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, ", "", ("few_examples", 6, "examples"), "fourteen"),
        (
            "b1, b2, b3, b4, b5, b6, b7, b8, b9, c1, c2, c3, c4, c5, c6, c7",
            "",
            ("too_few_examples", 6, "examples"),
            "9",
        ),
        ("\n    path: speak_to_human", "", ("missing_key", 2, "path"), "nowhere to go"),
    ],
)
def test_a_mistake_in_an_intent_is_found_on_its_line(
    tmp_path: Path, written: str, spoiled: str, expected: Found | None, reason: str
) -> None:
    """Each mistake in an intent is reported under its rule, where it stands."""
    assert written in INTENT
    faulty = INTENT.replace(written, spoiled, 1)

    found = found_in(write_catalogue(tmp_path, files={"faulty.yaml": faulty}))

    if expected is None:
        assert found == [], reason
    else:
        rule, line, inner = expected
        name = spoiled.rstrip(":") if rule == "bad_name" else "ask_price"
        assert (rule, line, f"intents.{name}.{inner}".rstrip(".")) in found, reason


@pytest.mark.parametrize(
    ("added", "rule", "where"),
    [
        ("exit: maybe", "wrong_type", "exit"),
        ("urgent: [yes]", "wrong_type", "urgent"),
        ("opposite: make_bookings", "unknown_intent", "opposite"),
        ("title: again", "duplicate_key", "title"),
        ("color: red", "unknown_key", "color"),
        ("irreversible: perhaps", "wrong_type", "irreversible"),
        ("irreversible: true", "irreversible_without_call", "irreversible"),
        ("spoken: ''", "empty_text", "spoken"),
        ("spoken: Ask a price or a size", "spoken_or", "spoken"),
        ("asks_for_offers: maybe", "wrong_type", "asks_for_offers"),
    ],
)
def test_a_line_too_many_in_an_intent_is_found(tmp_path: Path, added: str, rule: str, where: str) -> None:
    """Optional keys are checked as the others are."""
    folder = write_catalogue(tmp_path, files={"faulty.yaml": f"{INTENT}    {added}\n"})

    assert found_in(folder) == [(rule, 7, f"intents.ask_price.{where}")]


@pytest.mark.parametrize(
    ("written", "spoiled", "expected", "reason"),
    [
        ("track_order:", "Track-Order:", ("bad_name", 2, ""), "not snake_case"),
        ("label: Track", "label: ''", ("empty_text", 3, "label"), "a button with nothing on it"),
        ("kind: queue", "kind: fax", ("not_in_list", 5, "rungs.0"), "no such kind of rung"),
        ("kind: queue\n        name", "name", ("missing_key", 5, "rungs.0"), "no kind at all"),
        ("name: order-desk", "name: Order Desk", ("bad_name", 6, "rungs.0.name"), "capitals and blanks"),
        ("max_wait_seconds: 60", "max_wait_seconds: soon", ("wrong_type", 7, "rungs.0.max_wait_seconds"), "no number"),
        ("max_wait_seconds: 60", "max_wait_seconds: 0", ("out_of_range", 7, "rungs.0.max_wait_seconds"), "too small"),
        ("max_wait_seconds: 60", "max_wait: 60", ("unknown_key", 7, "rungs.0.max_wait"), "a misspelt key"),
        ("max_wait_seconds: 60", "max_wait: 60", ("missing_key", 5, "rungs.0.max_wait_seconds"), "and a missing one"),
        ('"Mo-Sa 08:00-20:00"', "Mo-Sa 8-2o", ("bad_hours", 8, "rungs.0.hours"), "hours that cannot be read"),
        ('hours: "Mo-Sa 08:00-20:00"', "priority: 0", ("out_of_range", 8, "rungs.0.priority"), "above the first"),
        ('hours: "Mo-Sa 08:00-20:00"', "priority: 10", ("out_of_range", 8, "rungs.0.priority"), "below the last"),
        ('hours: "Mo-Sa 08:00-20:00"', "channels: [fax]", ("not_in_list", 8, "rungs.0.channels.0"), "no such channel"),
        ('hours: "Mo-Sa 08:00-20:00"', "channels: []", ("empty_list", 8, "rungs.0.channels"), "serves nobody"),
        ('hours: "Mo-Sa 08:00-20:00"', "purpose: sell", ("not_in_list", 8, "rungs.0.purpose"), "no such purpose"),
        ('hours: "Mo-Sa 08:00-20:00"', "needs: [{field: x}]", ("missing_key", 8, "rungs.0.needs.0.why"), "no reason"),
        ('"Mo-Sa 08:00-20:00"', "Mo-Fr 09:00-17:00; PH off", ("no_holidays", 8, "rungs.0.hours"), "whose holidays"),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: /desk}",
            ("bad_url", 8, "rungs.0.capacity.url"),
            "nowhere to ask",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: '${DESK_URL}/now'}",
            ("unset_variable", 8, "rungs.0.capacity.url"),
            "a variable that nobody set, to ask a desk",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: https://x, every: PT0.5S}",
            ("out_of_range", 8, "rungs.0.capacity.every"),
            "asked twice a second",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: https://x, every: often}",
            ("bad_duration", 8, "rungs.0.capacity.every"),
            "no duration",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: https://x, timeout_seconds: 20}",
            ("out_of_range", 8, "rungs.0.capacity"),
            "asked again before it has answered",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {adress: https://x}",
            ("unknown_key", 8, "rungs.0.capacity.adress"),
            "a misspelt key of a probe",
        ),
        (
            "within: PT4H",
            "within: PT4H\n        capacity: {url: https://x}",
            ("unknown_key", 12, "rungs.1.capacity"),
            "there is no end of promises",
        ),
        (
            "max_wait_seconds: 60",
            "max_wait_seconds: 60\n        capacity: {url: https://x, every: PT1M, timeout_seconds: 0.5}",
            None,
            "a desk that tells whether it has room",
        ),
        ("within: PT4H", "within: 4h", ("bad_duration", 11, "rungs.1.within"), "not ISO 8601"),
        ("within: PT4H", "within: PT0S", ("bad_duration", 11, "rungs.1.within"), "a promise of no time"),
        ("within: PT4H", "hours: Mo-Sa", ("missing_key", 9, "rungs.1.within"), "by when is not said"),
        ("within: PT4H", "within: PT4H\n        hours: Mo-Sa", ("dead_end", 4, "rungs"), "Sundays"),
        ("within: PT4H", 'within: PT4H\n        hours: "24/7"', None, "hours that are always"),
        ("within: PT4H", "within: PT4H\n        desk: order-desk", None, "the desk that keeps it"),
        ("within: PT4H", "within: PT4H\n        desk: order-dsk", ("unknown_desk", 12, "rungs.1.desk"), "no such desk"),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            'kind: phone\n        name: ring\n        number: "112"\n        say: Ring 112.',
            ("wrong_door", 9, "rungs.1"),
            "nobody with a parcel is sent to another line",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: phone\n        name: ring\n        number: emergency\n        say: Ring.",
            ("bad_number", 11, "rungs.1.number"),
            "not to be dialled",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            'kind: phone\n        name: ring\n        number: "112"',
            ("missing_key", 9, "rungs.1.say"),
            "nothing is told",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            'kind: phone\n        name: ring\n        number: "112"\n        say: .\n        needs: [{field: a, why: b}]',  # noqa: E501
            ("needs_first", 9, "rungs.1"),
            "danger waits for no question",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: http\n        name: lookup\n        url: https://x\n        when: details.gift",
            ("condition_on_rung", 12, "rungs.1.when"),
            "a ladder has no conditions",
        ),
        (
            "    rungs:",
            "    extra_mile: {kind: http, name: wrap, url: https://x, when: gift}\n    rungs:",
            ("bad_condition", 4, "extra_mile.when"),
            "not a detail",
        ),
        (
            "    rungs:",
            "    extra_mile: {kind: http, name: wrap, url: https://x, when: details.gift}\n    rungs:",
            ("unknown_detail", 4, "extra_mile.when"),
            "a flag that nobody declared",
        ),
        ("    rungs:", "    otherwise: maybe\n    rungs:", ("wrong_type", 4, "otherwise"), "neither true nor false"),
        (
            "within: PT4H",
            "within: PT4H\n        channels: [voice, chat]",
            ("dead_end", 4, "rungs"),
            "a letter writer is turned away",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: self_service\n        name: page\n        url: /orders",
            ("dead_end", 4, "rungs"),
            "a page cannot be opened by a caller",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: http\n        name: lookup\n        url: https://orders.example",
            None,
            "another service may be away, but not when an e-mail is what cannot be sent",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: self_service\n        name: page\n        url: javascript:alert(1)",
            ("bad_url", 11, "rungs.1.url"),
            "not a page",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: http\n        name: lookup\n        url: /orders",
            ("bad_url", 11, "rungs.1.url"),
            "nowhere to call",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: http\n        name: lookup\n        url: '${ORDERS_URL}/lookup'",
            ("unset_variable", 11, "rungs.1.url"),
            "a variable that nobody set",
        ),
        (
            "kind: callback\n        name: order-callback\n        within: PT4H",
            "kind: http\n        name: lookup\n        url: https://x\n        timeout_seconds: inf",
            ("wrong_type", 12, "rungs.1.timeout_seconds"),
            "waiting for ever",
        ),
        (
            "    rungs:",
            "    extra_mile: {kind: queue, name: wrap, url: https://x}\n    rungs:",
            ("not_in_list", 4, "extra_mile.kind"),
            "the extra mile is a call",
        ),
        ("    rungs:", "    rungs: []\n    steps:", ("empty_list", 4, "rungs"), "a path of no steps"),
        ("    rungs:", "    rung:", ("unknown_key", 4, "rung"), "a misspelt key"),
    ],
)
def test_a_mistake_in_a_path_is_found_on_its_line(
    tmp_path: Path, written: str, spoiled: str, expected: Found | None, reason: str
) -> None:
    """Each mistake in a path is reported under its rule, where it stands."""
    assert written in PATH
    faulty = PATH.replace(written, spoiled, 1)
    folder = write_catalogue(tmp_path, paths={"track_order": None}, files={"faulty.yaml": faulty})

    found = found_in(folder)

    if expected is None:
        assert found == [], reason
    else:
        rule, line, inner = expected
        name = "Track-Order" if "Track-Order" in faulty else "track_order"
        assert (rule, line, f"paths.{name}.{inner}".rstrip(".")) in found, reason


@pytest.mark.parametrize(
    ("faulty", "expected"),
    [
        ("entry_points:\n  main-line:\n    made_for: [track_orders]", ("unknown_intent", 3, "main-line.made_for.0")),
        ("entry_points:\n  main-line:\n    made_for: []", ("empty_list", 3, "main-line.made_for")),
        ("entry_points:\n  main-line: {}", ("missing_key", 2, "main-line.made_for")),
        ("entry_points:\n  Main:\n    made_for: [track_order]", ("bad_name", 2, "Main")),
        ("entry_points:\n  main-line: track_order", ("wrong_type", 2, "main-line")),
        ("entry_points: [main-line]", ("wrong_type", 1, "")),
    ],
)
def test_a_mistake_in_an_entry_point_is_found_on_its_line(tmp_path: Path, faulty: str, expected: Found) -> None:
    """Entry points are named in small letters and made for intents that exist."""
    rule, line, inner = expected

    found = found_in(write_catalogue(tmp_path, files={"faulty.yaml": faulty}))

    assert found == [(rule, line, f"entry_points.{inner}".rstrip("."))]


@pytest.mark.parametrize(
    ("line", "rule", "where"),
    [
        ("timezone: Mars/Base", "bad_timezone", "policy.timezone"),
        ("holidays: ZZ", "bad_country", "policy.holidays"),
        ("misroute_budget: 0", "out_of_range", "policy.misroute_budget"),
        ("misroute_budget: 0.51", "out_of_range", "policy.misroute_budget"),
        ("misroute_budget: little", "wrong_type", "policy.misroute_budget"),
        ("store_text: always", "not_in_list", "policy.store_text"),
        ("text_retention: a week", "bad_duration", "policy.text_retention"),
        ("text_retention: P31D", "out_of_range", "policy.text_retention"),
        ("details_retention: P31D", "out_of_range", "policy.details_retention"),
        ("details_retention: a day", "bad_duration", "policy.details_retention"),
        ("promise_detail_retention: PT0S", "bad_duration", "policy.promise_detail_retention"),
        ("urgent_miss_budget: 0", "out_of_range", "policy.urgent_miss_budget"),
        ("urgent_miss_budget: 0.6", "out_of_range", "policy.urgent_miss_budget"),
        ("irreversible_confidence: 1.1", "out_of_range", "policy.irreversible_confidence"),
        ("irreversible_confidence: 0", "out_of_range", "policy.irreversible_confidence"),
        ("site: www.shop.example", "bad_url", "policy.site"),
        ("site: http://www.shop.example", "bad_url", "policy.site"),
        ("site: https://www.shop.example/?a=1", "bad_url", "policy.site"),
        ("site: https://user@shop.example", "bad_url", "policy.site"),
        ("otherwise: [{kind: callback, name: later}]", "missing_key", f"{LAST}.within"),
        ("otherwise: [{kind: callback, name: later, witin: P1D}]", "unknown_key", f"{LAST}.witin"),
        ("otherwise: [{kind: fax, name: later}]", "not_in_list", LAST),
        (
            "otherwise: [{kind: email, name: m, within: P1D, purpose: offer}]",
            "exit_not_straight",
            f"{LAST}.purpose",
        ),
        (
            "otherwise: [{kind: email, name: m, within: P1D, purpose: verify}]",
            "exit_not_straight",
            f"{LAST}.purpose",
        ),
        ('otherwise: [{kind: phone, name: p, number: "112", say: ring}]', "wrong_door", LAST),
        ("otherwise: [{kind: email, name: m, within: P1D, desk: nobody}]", "unknown_desk", f"{LAST}.desk"),
        ("otherwise: [{kind: http, name: h, url: '${ORDERS}/h'}]", "unset_variable", f"{LAST}.url"),
        (
            "otherwise: [{kind: http, name: h, url: https://h, when: details.gift}]",
            "condition_on_rung",
            f"{LAST}.when",
        ),
        (
            "otherwise: [{kind: queue, name: q, max_wait_seconds: 9, hours: Mo-Fr; PH off}]",
            "no_holidays",
            f"{LAST}.hours",
        ),
        ("retention: thirty days", "bad_duration", "policy.retention"),
        ("human_intent: get_agent", "no_human_intent", "policy.human_intent"),
        ("time_zone: UTC", "unknown_key", "policy.time_zone"),
    ],
)
def test_a_mistake_in_the_policy_is_found_on_its_line(tmp_path: Path, line: str, rule: str, where: str) -> None:
    """Each setting of the policy is checked."""
    folder = write_catalogue(tmp_path)
    text = (folder / "catalogue.yaml").read_text("utf-8").replace("policy:\n  timezone: Europe/London\n", "")
    (folder / "catalogue.yaml").write_text(text, "utf-8")
    (folder / "faulty.yaml").write_text(f"policy:\n  # remark\n  {line}\n", "utf-8")

    assert (rule, 3, where) in found_in(folder)


def test_norway_has_public_holidays(tmp_path: Path) -> None:
    """`NO` is a country here, although YAML 1.1 takes it for false."""
    folder = write_catalogue(tmp_path)
    text = (folder / "catalogue.yaml").read_text("utf-8").replace("Europe/London", "Europe/Oslo\n  holidays: NO")
    (folder / "catalogue.yaml").write_text(text, "utf-8")

    report = check_catalogue(folder)

    assert report.catalogue is not None
    assert report.catalogue.policy.holidays == "NO"


@pytest.mark.parametrize(
    ("faulty", "expected"),
    [
        ("intent: {}", ("unknown_key", 1, "intent")),
        ("- intents", ("wrong_type", 1, "")),
        ("intents: track_order", ("wrong_type", 1, "intents")),
        ("intents:\n  ask_price:", ("wrong_type", 2, "intents.ask_price")),
        ("paths:\n  a: b: c", ("yaml_syntax", 2, "")),
    ],
)
def test_a_file_of_another_shape_is_reported(tmp_path: Path, faulty: str, expected: Found) -> None:
    """Only the six sections may stand in a file, each with keys and values."""
    assert found_in(write_catalogue(tmp_path, files={"faulty.yaml": faulty})) == [expected]


@pytest.mark.parametrize("faulty", ["", "# nothing yet", "intents:", "intents:\npaths:\n"])
def test_an_empty_file_or_section_is_no_mistake(tmp_path: Path, faulty: str) -> None:
    """A file may be prepared before it is filled."""
    assert found_in(write_catalogue(tmp_path, files={"faulty.yaml": faulty})) == []


def test_suggestions_name_the_nearest_known_word(tmp_path: Path) -> None:
    """A slip of the pen is answered with the word that was meant."""
    faulty = INTENT.replace("title:", "titel:").replace("path: speak_to_human", "path: speak_to_humans")

    mends = [problem.mend for problem in problems_in(write_catalogue(tmp_path, files={"faulty.yaml": faulty}))]

    assert "Write 'title' instead." in mends
    assert "Write 'speak_to_human' instead, or define it." in mends
