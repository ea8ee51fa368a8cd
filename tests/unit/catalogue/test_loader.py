"""Folders and files become a catalogue, whatever is in them becomes a report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from service.catalogue.loader import CatalogueReport, check_catalogue, check_files, load_catalogue, starter_folder
from service.catalogue.schema import Capacity, Catalogue, HttpRung, ProbedRung
from service.domain.understanding import NO_GOAL_YET
from service.errors import CatalogueError
from tests.support.catalogues import minimal, write_catalogue
from tests.support.faulty import problems_in
from tests.support.processor import times_the_work


def as_files(contents: object) -> dict[str, bytes]:
    return {"catalogue.yaml": yaml.safe_dump(contents, sort_keys=False, allow_unicode=True).encode()}


def test_a_sound_folder_becomes_a_catalogue(tmp_path: Path) -> None:
    """Everything that was written is there, under its name and with its defaults."""
    catalogue = load_catalogue(write_catalogue(tmp_path))

    assert list(catalogue.intents) == ["cancel_booking", "make_booking", "speak_to_human", "track_order"]
    assert catalogue.intents["cancel_booking"].name == "cancel_booking"
    assert catalogue.intents["cancel_booking"].exit
    assert catalogue.path_of("track_order").label == "Track your order"
    assert catalogue.human_path.rungs[0].name == "front-desk"
    assert catalogue.policy.misroute_budget == 0.03
    assert catalogue.policy.retention_span == timedelta(days=30)
    assert len(catalogue.version) == 12


def test_errors_are_raised_all_together(tmp_path: Path) -> None:
    """`load_catalogue` refuses with every error, and leaves the warnings out."""
    folder = write_catalogue(
        tmp_path,
        intents={"track_order": {"path": "nowhere"}},
        policy={"timezone": "Mars/Base"},
    )

    with pytest.raises(CatalogueError) as refusal:
        load_catalogue(folder)

    assert [problem.rule for problem in refusal.value.problems] == ["unknown_path", "bad_timezone"]
    assert [problem.rule for problem in check_catalogue(folder).warnings] == ["unused_path"]


@pytest.mark.parametrize(
    ("name", "rule"), [("absent", "no_folder"), ("file.yaml", "no_folder"), ("empty", "empty_folder")]
)
def test_a_folder_that_is_none_is_a_problem(tmp_path: Path, name: str, rule: str) -> None:
    """A missing folder, a file in its place and an empty folder are reported, not raised."""
    (tmp_path / "file.yaml").write_text("intents:")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "deeper.yaml").mkdir()

    report = check_catalogue(tmp_path / name)

    assert [(problem.rule, problem.file, problem.line) for problem in report.problems] == [
        (rule, str(tmp_path / name), 0)
    ]
    assert report.catalogue is None


@pytest.mark.parametrize("files", [{}, {"a.yaml": b""}, {"a.yaml": b"policy: {timezone: UTC}"}])
def test_a_catalogue_of_no_intents_is_refused(files: dict[str, bytes]) -> None:
    """With no intents there is nothing to find out."""
    assert [problem.rule for problem in check_files(files).errors] == ["no_intents"]


def test_files_below_the_folder_and_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    """Only .yaml and .yml directly in the folder are read."""
    folder = write_catalogue(tmp_path, files={"README.md": "{{{", "more.yml": "intents:"})
    (folder / "deeper").mkdir()
    (folder / "deeper" / "broken.yaml").write_text("{{{")

    assert not problems_in(folder)


def test_variables_are_filled_in_from_the_environment_given() -> None:
    """Addresses get the values of their variables; other texts are left as they are."""
    contents = minimal()
    contents["paths"]["track_order"]["rungs"][0] |= {"url": "${ORDERS_URL}/${STAGE}/lookup", "say": "${STAGE}"}
    contents["paths"]["track_order"]["extra_mile"] = {"kind": "http", "name": "wrap", "url": "${ORDERS_URL}/wrap"}

    report = check_files(as_files(contents), environment={"ORDERS_URL": "https://orders.example", "STAGE": "live"})

    assert report.catalogue is not None
    path = report.catalogue.path_of("track_order")
    [lookup, _] = path.rungs
    assert isinstance(lookup, HttpRung)
    assert lookup.url == "https://orders.example/live/lookup"
    assert lookup.say == "${STAGE}"
    assert path.extra_mile is not None
    assert path.extra_mile.url == "https://orders.example/wrap"


def test_variables_in_the_address_of_a_probe_are_filled_in() -> None:
    """Of a queue and of a service; what else the probe says stays."""
    contents = minimal()
    probe = {"url": "${DESKS_URL}/capacity", "every": "PT30S"}
    contents["paths"]["track_order"]["rungs"][0] |= {"capacity": probe}
    contents["paths"]["speak_to_human"]["rungs"][0] |= {"capacity": probe}

    report = check_files(as_files(contents), environment={"DESKS_URL": "https://desks.example"})

    assert report.catalogue is not None
    for name in ("track_order", "speak_to_human"):
        rung = report.catalogue.path_of(name).rungs[0]
        assert isinstance(rung, ProbedRung)
        assert rung.capacity == Capacity(url="https://desks.example/capacity", every="PT30S")
        assert rung.capacity.believed_for == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("url", "origin", "reason"),
    [
        ("https://stock.example/lookup", "https://stock.example", "no path"),
        ("https://Stock.Example:8443", "https://stock.example:8443", "small letters, and the port"),
        ("http://stock.example?by=name", "http://stock.example", "no parameters"),
        ("https://us:er@stock.example/a@b", "https://stock.example", "no credentials"),
        ("https://[::1]:80/", "https://[::1]:80", "a numeric address"),
        ("https://[broken", "https://[broken", "what is odd does no harm"),
    ],
)
def test_a_service_is_known_by_where_it_is(url: str, origin: str, reason: str) -> None:
    """Scheme, host and port say which breaker an address is behind."""
    assert HttpRung(kind="http", name="lookup", url=url).origin == origin, reason


def test_a_variable_that_is_no_address_is_refused_without_showing_its_value() -> None:
    """What a variable holds may be a secret: the problem names its place only."""
    contents = minimal()
    contents["paths"]["track_order"]["rungs"][0]["url"] = "${ORDERS_URL}/lookup"

    [problem] = check_files(as_files(contents), environment={"ORDERS_URL": "s3cret"}).problems

    assert (problem.rule, problem.where) == ("bad_url", "paths.track_order.rungs.0.url")
    assert "s3cret" not in str(problem)


def version(contents: object, **environment: str) -> str:
    report = check_files(as_files(contents), environment=environment)
    assert report.catalogue is not None
    return report.catalogue.version


def test_the_version_follows_the_contents_only() -> None:
    """Order, defaults that are written out and values of variables change nothing; a word does."""
    plain, reworded = minimal(), minimal()
    reworded["intents"]["track_order"]["title"] = "Follow an order"
    shuffled = {section: dict(reversed(entries.items())) for section, entries in reversed(minimal().items())}
    shuffled["policy"] |= {"misroute_budget": 0.03, "human_intent": "speak_to_human"}
    variable = minimal()
    variable["paths"]["track_order"]["rungs"][0]["url"] = "${ORDERS_URL}"

    probed = minimal()
    probed["paths"]["speak_to_human"]["rungs"][0]["capacity"] = {"url": "https://desks.example"}

    assert version(plain) == version(shuffled)
    assert version(plain) != version(probed)
    assert version(plain) != version(reworded)
    assert version(variable, ORDERS_URL="https://a.example") == version(variable, ORDERS_URL="https://b.example")


def test_the_version_tells_whether_texts_are_kept() -> None:
    """Where nothing is said of them, or what goes without saying, it is the one from before anybody could say it."""
    said, one, all_of_them, longer = minimal(), minimal(), minimal(), minimal()
    said["policy"] |= {"store_text": "never", "text_retention": "P7D"}
    one["intents"]["track_order"]["store_text"] = "redacted"
    all_of_them["policy"]["store_text"] = "redacted"
    longer["policy"] |= {"store_text": "redacted", "text_retention": "P8D"}

    assert version(minimal()) == version(said) == "4b408c14b6e0"
    assert len({version(each) for each in (minimal(), one, all_of_them, longer)}) == 4


def test_texts_are_kept_only_where_a_catalogue_says_so() -> None:
    """An intent may say otherwise than the policy; the starter keeps none."""
    contents = minimal()
    contents["intents"]["track_order"]["store_text"] = "redacted"
    one = check_files(as_files(contents)).usable()
    contents["policy"]["store_text"] = "redacted"
    contents["intents"]["track_order"]["store_text"] = "never"
    all_but_one = check_files(as_files(contents)).usable()

    assert [name for name in one.intents if one.keeps_text_about(name)] == ["track_order"]
    assert [name for name in all_but_one.intents if not all_but_one.keeps_text_about(name)] == ["track_order"]
    assert (one.keeps_any_text, all_but_one.keeps_any_text) == (True, True)
    assert not load_catalogue(starter_folder()).keeps_any_text


def test_the_version_does_not_depend_on_how_files_are_split(tmp_path: Path) -> None:
    """The same entries in one file or in two are the same catalogue."""
    contents = minimal()
    paths = {"paths": contents.pop("paths")}
    split = as_files(contents) | {"another.yaml": yaml.safe_dump(paths).encode()}

    assert check_files(split).catalogue == check_files(as_files(minimal())).catalogue


def test_what_probes_nothing_has_the_version_it_had_before_there_were_probes() -> None:
    """A probe that is not there is left out of what the version is made of."""
    assert '"capacity"' not in sound(minimal()).model_dump_json()


def test_training_rows_carry_the_label_of_each_text() -> None:
    """Examples carry their intent, the boundaries no goal yet and none at all."""
    rows = sound(minimal()).training_rows()

    assert len(rows) == 4 * 25 + 3 + 2
    assert ("i want to track my order", "track_order") in rows
    assert ("hello", NO_GOAL_YET) in rows
    assert ("tell me a joke", None) in rows


def test_a_door_is_wrong_for_what_it_was_not_made_for() -> None:
    """A contact by an entry point made for other intents came by the wrong door; unknown doors are never wrong."""
    catalogue = sound(minimal())

    assert catalogue.is_wrong_door("reservations-line", "track_order")
    assert not catalogue.is_wrong_door("reservations-line", "make_booking")
    assert not catalogue.is_wrong_door("somewhere", "track_order")
    assert not catalogue.is_wrong_door(None, "track_order")


def test_hours_of_a_rung_are_read_in_the_zone_of_the_policy() -> None:
    """The hours of a rung are parsed once; a rung without hours has none to ask."""
    catalogue = sound(minimal())
    page, queue, *_ = catalogue.path_of("make_booking").rungs

    hours = catalogue.opening_hours(queue)

    assert hours is not None
    assert hours.zone.key == "Europe/London"
    assert catalogue.opening_hours(queue) is hours
    assert catalogue.opening_hours(page) is None


def sound(contents: object) -> Catalogue:
    report = check_files(as_files(contents))
    assert report.catalogue is not None
    return report.catalogue


def test_the_starter_folder_is_packaged() -> None:
    """The starter catalogue is where the code is, and its policy has no mistake of its own."""
    text = (starter_folder() / "policy.yaml").read_bytes()

    rules = {problem.rule for problem in check_files({"policy.yaml": text}).problems}

    assert rules == {"no_intents", "unknown_intent", "unknown_desk"}


def large(intents: int) -> dict[str, bytes]:
    """A sound catalogue with so many more intents of sixty examples."""
    contents = minimal()
    for number in range(intents):
        intent = contents["intents"]["track_order"] | {
            "examples": [f"text {index} that people write about errand {number}" for index in range(60)]
        }
        contents["intents"][f"do_errand_{number}"] = intent
    return as_files(contents)


def test_a_large_catalogue_takes_time_by_its_size() -> None:
    """Four times the intents are about four times the work, since no example is compared with all others."""
    assert check_files(large(60)).catalogue is not None
    assert times_the_work(check_files, large(80), large(20), rounds=2) < 10


def assert_reported(report: CatalogueReport) -> None:
    assert (report.catalogue is None) == bool(report.errors)
    assert all(problem.line >= 0 and problem.message and problem.mend for problem in report.problems)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
KEYS = st.sampled_from(
    [
        *("intents", "paths", "entry_points", "policy", "boundaries", "title", "scenario", "examples", "path", "rungs"),
        *("track_order", "kind", "hours", "name", "url", "needs", "extra_mile", "exit", "opposite", "no_goal_yet"),
        *("channels", "made_for", "timezone", "holidays", "within", "human_intent", "retention", "who", "queue"),
    ]
)
WORDS = st.sampled_from(["queue", "http", "email", "true", "track_order", "${A}", "24/7", "PT4H", "{", "{0}", "GB"])
CONTENTS = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=40,
)
SECTIONS = st.dictionaries(KEYS, st.dictionaries(KEYS, CONTENTS, max_size=3) | CONTENTS, max_size=6)


@given(text=st.text() | st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t~<", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_yields_a_report(text: str) -> None:
    """Whatever text is in a file, it is read or reported."""
    assert_reported(check_files({"a.yaml": text.encode("utf-8", "surrogatepass")}))


@given(data=st.binary())
@settings(max_examples=100, deadline=None)
def test_any_bytes_yield_a_report(data: bytes) -> None:
    """Whatever bytes are in a file, they are read or reported."""
    assert_reported(check_files({"a.yaml": data}))


@given(contents=SECTIONS, more=SECTIONS)
@settings(max_examples=100, deadline=None)
def test_any_values_in_the_right_places_yield_a_report(contents: object, more: object) -> None:
    """Values of every shape under the keys of a catalogue are read or reported."""
    files = {"a.yaml": yaml.safe_dump(contents).encode(), "b.yaml": yaml.safe_dump(more).encode()}
    assert_reported(check_files(files))


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_value_in_place_of_a_sound_one_yields_a_report(data: st.DataObject) -> None:
    """A sound catalogue with one value exchanged for any other is read or reported."""
    contents = minimal()
    holder: dict[str, object] = contents
    while True:
        key = data.draw(st.sampled_from(sorted(holder)))
        inner = holder[key]
        if not isinstance(inner, dict) or data.draw(st.booleans()):
            holder[key] = data.draw(CONTENTS)
            break
        holder = inner
    assert_reported(check_files(as_files(contents)))
