"""The firewall on sentences whose author never saw the examples: 360 single ones, and 60 that hide a promotion.

No number of it was chosen on them. Run with `-s` to see the figures.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import check_catalogue, starter_folder
from service.domain.content import ContentKind, JudgedClause, Judgement
from service.edition.catalogue_firewall import vetted
from service.understand.bundle import open_bundle
from service.understand.firewall.content_judge import ContentJudge
from tests.support.bundles import ROOT, clean_environment

DATA = Path(__file__).parent.parent / "data" / "content_held_out.jsonl"
RELATIONSHIP, MIXED = "relationship", "mixed"

LEAST_RECALL = 0.84
"""Of single promotional sentences; measured 0.875."""
MOST_FALSE_REFUSALS = 0.04
"""Of fulfilment and notices; measured 0.025, and 0.02 is promised on sentences like the examples."""
LEAST_RIGHT = 0.88
"""Of all three kinds; measured 0.917."""
LEAST_FOUND = 0.78
"""Of promotions hidden in another sentence, at their place; measured 0.833."""
LEAST_INSIDE = 0.85
"""Share of the characters pointed at that are the promotion's; measured 0.887."""


@pytest.fixture(scope="module")
def judge(starter_bundle: Path) -> ContentJudge:
    return open_bundle(starter_bundle).judge


@pytest.fixture(scope="module")
def judged(judge: ContentJudge) -> list[tuple[dict[str, Any], Judgement]]:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [(row, judge.judge(row["text"])) for row in rows]


def share(flags: list[bool], what: str) -> float:
    print(f"{what}: {sum(flags)} of {len(flags)} ({sum(flags) / len(flags):.1%})")  # noqa: T201
    return sum(flags) / len(flags)


def promoting(judgement: Judgement) -> list[JudgedClause]:
    return [clause for clause in judgement.clauses if clause.kind is ContentKind.RELATIONSHIP]


def overlap(clause: JudgedClause, start: int, end: int) -> int:
    return max(0, min(clause.end, end) - max(clause.start, start))


def test_promotion_is_found_and_little_else_is_refused(judged: list[tuple[dict[str, Any], Judgement]]) -> None:
    """Sentences that are of one kind."""
    refused = [(row["kind"], judgement.kind is ContentKind.RELATIONSHIP) for row, judgement in judged]

    recall = share([flag for kind, flag in refused if kind == RELATIONSHIP], "promotions refused")
    false = share([flag for kind, flag in refused if kind not in {RELATIONSHIP, MIXED}], "others refused")
    right = share([judgement.kind == row["kind"] for row, judgement in judged if row["kind"] != MIXED], "kinds right")

    assert recall >= LEAST_RECALL
    assert false <= MOST_FALSE_REFUSALS
    assert right >= LEAST_RIGHT


def test_a_hidden_promotion_is_pointed_at(judged: list[tuple[dict[str, Any], Judgement]]) -> None:
    """What is pointed at lies in the promotion, and not in the errand beside it."""
    mixed = [(row["promotion"], promoting(judgement)) for row, judgement in judged if row["kind"] == MIXED]
    inside = sum(overlap(clause, *place) for place, clauses in mixed for clause in clauses)
    pointed_at = sum(clause.end - clause.start for _, clauses in mixed for clause in clauses)

    found = share([any(overlap(clause, *place) for clause in clauses) for place, clauses in mixed], "hidden ones found")
    print(f"characters pointed at that promote: {inside / pointed_at:.1%}")  # noqa: T201

    assert found >= LEAST_FOUND
    assert inside / pointed_at >= LEAST_INSIDE


def test_the_starter_says_nothing_promotional(judge: ContentJudge) -> None:
    """All of its sentences pass."""
    assert vetted(check_catalogue(starter_folder()), judge.promotion_in).errors == ()


def test_a_catalogue_is_checked_without_a_bundle(starter_bundle: Path, tmp_path: Path) -> None:
    """By a firewall fitted for it, on the encoder that is there already; it says so."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(starter_bundle.parent / "cache")
    environment = {**clean_environment(), "ERRAND_HOME": str(home), "COLUMNS": "200"}

    ran = subprocess.run(
        [sys.executable, "-m", "service.cli", "catalogue", "check", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "No bundle" in ran.stderr
    report = json.loads(ran.stdout)
    assert report["usable"] is True
    assert report["judged_by"] == "a firewall fitted now"
    assert [path.name for path in home.iterdir()] == ["cache"]
