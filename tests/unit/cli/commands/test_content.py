"""`errand content check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PROMOTION = "Check out our amazing summer sale and treat yourself!"
ERRAND = "Your refund of 42 euros will be on your card by Friday."


@pytest.fixture
def run_with(run, starter_bundle: Path):
    """Run `errand content check` with the starter's bundle."""
    return lambda *arguments, stdin="": run("content", "check", "--bundle", starter_bundle, *arguments, stdin=stdin)


def test_what_may_be_said_is_allowed(run_with) -> None:
    """With exit code 0, its kind and its confidence."""
    ran = run_with(ERRAND)

    assert ran.code == 0
    assert "allowed  fulfilment (confidence 0." in ran.out
    assert ERRAND in ran.out


def test_what_may_not_be_said_is_refused(run_with) -> None:
    """With exit code 1, for a script that checks templates."""
    ran = run_with(PROMOTION)

    assert ran.code == 1
    assert "refused  relationship" in ran.out


def test_those_who_came_for_offers_may_be_told_of_them(run_with) -> None:
    """Their goal is named."""
    assert run_with(PROMOTION, "--goal", "cancel_order").code == 1
    assert run_with(PROMOTION, "--goal", "cancel_order", "--goal", "ask_offers").code == 0


@pytest.mark.parametrize("standard", [True, False], ids=["standard input", "file"])
def test_each_line_of_a_file_is_judged(run_with, tmp_path: Path, *, standard: bool) -> None:
    """Blank lines are left out; one line that may not be said is enough for exit code 1."""
    lines = f"{ERRAND}\n\n{PROMOTION}\n"
    (tmp_path / "templates.txt").write_text(lines, encoding="utf-8")

    ran = run_with("--input", "-", stdin=lines) if standard else run_with("--input", tmp_path / "templates.txt")

    assert ran.code == 1
    assert [line.split("  ")[0] for line in ran.out.splitlines() if "confidence" in line] == [
        "1: allowed",
        "3: refused",
    ]


def test_json_is_for_programs(run_with) -> None:
    """One object a line, as the service would answer it, with the number of its line."""
    told = [
        json.loads(line) for line in run_with("--json", "--input", "-", stdin=f"{ERRAND}\n{PROMOTION}").out.splitlines()
    ]

    assert [(each["line"], each["kind"], each["allowed"]) for each in told] == [
        (1, "fulfilment", True),
        (2, "relationship", False),
    ]
    assert all(each["clauses"] and each["content_policy"] == {"relationship": "deny"} for each in told)


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        ((), "", "Give either one text or --input FILE"),
        (("a", "--input", "b"), "", "Give either one text or --input FILE"),
        ((" ",), "", "There is no text to judge"),
        (("--input", "-"), "\n\n", "There is no text to judge"),
        (("--input", "absent.txt"), "", "absent.txt cannot be read"),
    ],
)
def test_without_a_text_there_is_nothing_to_do(run_with, arguments: tuple[str, ...], stdin: str, message: str) -> None:
    """Exit code 2, and the mend."""
    ran = run_with(*arguments, stdin=stdin)

    assert ran.code == 2
    assert message in ran.err


def test_a_bundle_of_an_older_version_is_refused(run, tmp_path: Path) -> None:
    """One that has no firewall has to be built anew."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"format": 2}', encoding="utf-8")

    ran = run("content", "check", ERRAND, "--bundle", folder)

    assert ran.code == 2
    assert "Build the bundle anew" in ran.err
