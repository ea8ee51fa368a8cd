"""`errand catalogue check`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from service.catalogue.loader import load_catalogue
from tests.support.catalogues import write_catalogue

VARIABLE = {"track_order": {"rungs": [
    {"kind": "http", "name": "order-lookup", "url": "https://${ORDERS_HOST}/lookup"},
    {"kind": "callback", "name": "order-callback", "within": "PT4H"},
]}}  # fmt: skip


@pytest.fixture(autouse=True)
def _a_bundle_is_set(home: Path, starter_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose firewall judges what the catalogues say."""
    monkeypatch.setenv("ERRAND_BUNDLE", str(starter_bundle))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "good")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A path that is not there, and a title that is empty."""
    return write_catalogue(tmp_path / "bad", intents={"track_order": {"path": "absent", "title": ""}})


def test_a_good_catalogue_can_be_used(run, good: Path) -> None:
    """With exit code 0, its counts and its version."""
    ran = run("catalogue", "check", good)

    assert ran.code == 0
    assert "can be used: 4 intents" in " ".join(ran.out.split())
    assert load_catalogue(good).version in ran.out


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("never", "Texts are kept: of 1 intent(s), redacted, for P7D."),
        ("redacted", "Texts are kept: of 4 intent(s) and of contacts without a goal, redacted, for P7D."),
        (None, "No text is kept."),
    ],
)
def test_whether_texts_are_kept_is_told(run, tmp_path: Path, policy: str | None, told: str) -> None:
    """With how many intents it concerns, and for how long."""
    words = {} if policy is None else {"intents": {"track_order": {"store_text": "redacted"}}}
    folder = write_catalogue(tmp_path / "kept", policy={"store_text": policy or "never"}, **words)

    assert told in " ".join(run("catalogue", "check", folder).out.split())


def test_how_much_was_proved_is_told(run, good: Path) -> None:
    """For people and, with the figures apart, for programs."""
    told = " ".join(run("catalogue", "check", good).out.split())
    proof = json.loads(run("catalogue", "check", good, "--json").out)["proof"]

    assert "No path ends nowhere: 4 intents, at each of 576,000 minutes (400 days" in told
    assert (proof["intents"], proof["days"], proof["channels"], proof["dead_ends"]) == (4, 400, 6, [])


def test_a_promotional_sentence_cannot_be_used(run, tmp_path: Path, starter_bundle: Path) -> None:
    """It is told like any other mistake, with the clause that promotes; otherwise it is told who judged."""
    label = "Cancel your booking, or have a look at our dreamy winter escapes"
    folder = write_catalogue(tmp_path / "sale", paths={"cancel_booking": {"label": label}})

    ran, report = run("catalogue", "check", folder), json.loads(run("catalogue", "check", folder, "--json").out)

    (problem,) = report["problems"]
    assert ran.code == 1
    assert "1 error(s)" in ran.out
    assert (problem["rule"], problem["where"]) == ("promotional_sentence", "paths.cancel_booking.label")
    assert "“or have a look at our dreamy winter escapes”" in problem["message"]
    assert report["judged_by"] == f"bundle {json.loads((starter_bundle / 'manifest.json').read_text())['version']}"


def test_who_judged_is_told(run, good: Path) -> None:
    """And how much there was to judge."""
    assert "Nothing promotes: 8 sentences, judged by bundle " in " ".join(run("catalogue", "check", good).out.split())


def test_every_mistake_of_a_bad_one_is_told(run, bad: Path) -> None:
    """With exit code 1, and each on a line that an editor can jump to."""
    ran = run("catalogue", "check", bad)

    assert ran.code == 1
    assert len([line for line in ran.out.splitlines() if re.search(r"catalogue\.yaml:\d+: error: ", line)]) == 2
    assert "2 error(s)" in ran.out


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_json_is_for_programs(run, request: pytest.FixtureRequest, kind: str) -> None:
    """The same facts and the same exit codes."""
    ran = run("catalogue", "check", request.getfixturevalue(kind), "--json")

    report = json.loads(ran.out)
    assert ran.code == int(kind == "bad")
    assert report["usable"] is (kind == "good")
    assert (report["version"] is None) is (kind == "bad")
    assert all({"rule", "file", "line", "message", "mend"} <= problem.keys() for problem in report["problems"])
    assert bool(report["problems"]) is (kind == "bad")


def test_an_absent_folder_cannot_be_used(run) -> None:
    """Exit code 1: the catalogue is at fault."""
    assert run("catalogue", "check", "absent").code == 1


def test_without_a_folder_the_catalogue_in_use_is_checked(run, bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter, unless another one is set."""
    assert run("catalogue", "check").code == 0

    monkeypatch.setenv("ERRAND_CATALOGUE", str(bad))
    assert run("catalogue", "check").code == 1


def test_only_named_variables_are_filled_in(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes a catalogue cannot read the environment of who runs it."""
    folder = write_catalogue(tmp_path / "catalogue", paths=VARIABLE)
    monkeypatch.setenv("ORDERS_HOST", "orders.example")
    assert run("catalogue", "check", folder).code == 1

    monkeypatch.setenv("ERRAND_CATALOGUE_VARIABLES", "ORDERS_HOST")
    assert run("catalogue", "check", folder).code == 0
