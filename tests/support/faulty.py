"""A sound intent and a sound path for tests to spoil, and what is found in a catalogue then."""

from __future__ import annotations

from pathlib import Path

from service.catalogue.loader import check_catalogue
from service.errors import Problem

Found = tuple[str, int, str]
"""Rule, line, place."""
ADVICE = frozenset({"silent_rung", "no_way_without_details"})
"""Warnings about the small catalogues of tests: they say nothing, and end with promises."""

INTENT = """\
intents:
  ask_price:
    title: Ask a price
    scenario: {who: a shopper, goal: to know a price, done_when: it is known}
    path: speak_to_human
    examples: [a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, b3, b4, b5, b6, b7, b8, b9, c1, c2, c3, c4, c5, c6, c7]
"""
"""A sound intent; line 7 is free."""

PATH = """\
paths:
  track_order:
    label: Track
    rungs:
      - kind: queue
        name: order-desk
        max_wait_seconds: 60
        hours: "Mo-Sa 08:00-20:00"
      - kind: callback
        name: order-callback
        within: PT4H
      - {kind: email, name: order-email, within: P1D}
"""
"""A sound path that takes the place of the one in the minimal catalogue; line 13 is free."""


def found_in(folder: Path, file: str = "faulty.yaml") -> list[Found]:
    return [(problem.rule, problem.line, problem.where) for problem in problems_in(folder) if problem.file == file]


def problems_in(folder: Path) -> tuple[Problem, ...]:
    """All problems but `ADVICE`."""
    report = check_catalogue(folder)
    assert all(problem.message.endswith(".") for problem in report.problems)
    assert all(problem.mend.endswith(".") for problem in report.problems)
    return tuple([problem for problem in report.problems if problem.rule not in ADVICE])
