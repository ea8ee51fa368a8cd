"""Digits as people group them."""

from __future__ import annotations

import pytest

from service.redact.digits import chunks_with_digits, count_digits, runs_of_digits


@pytest.mark.parametrize(
    ("text", "runs", "reason"),
    [
        ("no digit", [], "there is nothing to find"),
        ("4111-1111 1111.1111", ["4111111111111111"], "usual separators join groups"),
        ("7 7 4 1", ["7741"], "single digits are groups as well"),
        ("(020) 7946/0123", ["02079460123"], "brackets and slashes are separators"),
        ("12    34", ["12", "34"], "four blanks are too many"),
        ("12 - 34", ["1234"], "three characters may stand between"),
        ("12 x 34", ["12", "34"], "a letter parts them"),
        ("12;34", ["12", "34"], "a semicolon is no separator"),
    ],
)
def test_groups_are_joined_by_few_separators(text: str, runs: list[str], reason: str) -> None:
    """A run is all digits that belong together."""
    assert [run.digits for run in runs_of_digits(text)] == runs, reason


def test_a_run_knows_its_groups() -> None:
    """A detector may take some groups, and leave the rest."""
    (run,) = runs_of_digits("call 07700 900-142 now")

    assert len(run) == 3
    assert [run.size(group) for group in range(3)] == [5, 3, 3]
    assert run.digits_of(1, 2) == "900142"
    assert (run.starts[0], run.ends[-1]) == (5, 18)


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("order a-4471/b please", ["a-4471/b"]),
        ("jo1@example.com, 12.50", ["jo1@example.com", "12.50"]),
        ("(ab12)", ["ab12"]),
        ("a1b2c3", ["a1b2c3"]),
        ("nothing", []),
    ],
)
def test_a_chunk_reaches_from_blank_to_blank(text: str, chunks: list[str]) -> None:
    """Each chunk comes once, however many groups of digits it has."""
    found = chunks_with_digits(text, list(runs_of_digits(text)))

    assert [text[start:end] for start, end in found] == chunks


def test_digits_are_counted() -> None:
    """Letters and marks are none."""
    assert count_digits("a-4471/b2") == 5
