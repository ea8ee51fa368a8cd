"""What is found only when all files of a catalogue are read together, and told in one report."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from service.catalogue.loader import check_catalogue, check_files
from tests.support.catalogues import examples, write_catalogue
from tests.support.faulty import ADVICE, INTENT, PATH, Found, found_in, problems_in


@pytest.mark.parametrize(
    ("faulty", "expected"),
    [
        ("policy: {timezone: UTC}", ("defined_twice", 1, "policy")),
        ("boundaries: {no_goal_yet: [hi]}", ("defined_twice", 1, "boundaries")),
        ("paths:\n\n  make_booking: {}", ("defined_twice", 3, "paths.make_booking")),
        ("intents:\n\n  track_order: {}", ("defined_twice", 3, "intents.track_order")),
        ("entry_points:\n  reservations-line: {}", ("defined_twice", 2, "entry_points.reservations-line")),
    ],
)
def test_what_two_files_define_is_reported_with_both_places(tmp_path: Path, faulty: str, expected: Found) -> None:
    """The second definition is the mistake, and names the first."""
    folder = write_catalogue(tmp_path, files={"faulty.yaml": faulty})

    assert expected in found_in(folder)
    [problem] = [problem for problem in problems_in(folder) if problem.rule == "defined_twice"]
    assert "catalogue.yaml:" in problem.message


def test_a_path_that_nobody_takes_is_a_warning(tmp_path: Path) -> None:
    """An unused path is told, and does not stand in the way."""
    path = PATH.replace("track_order", "ask_price")

    report = check_catalogue(write_catalogue(tmp_path, files={"faulty.yaml": path}))

    assert [
        (problem.rule, problem.line, problem.file) for problem in report.warnings if problem.rule not in ADVICE
    ] == [("unused_path", 2, "faulty.yaml")]
    assert report.catalogue is not None


def test_hours_without_a_policy_are_a_warning(tmp_path: Path) -> None:
    """Without a policy the time zone is a guess, and that is told."""
    folder = write_catalogue(tmp_path)
    text = (folder / "catalogue.yaml").read_text("utf-8").replace("policy:\n  timezone: Europe/London\n", "")
    (folder / "catalogue.yaml").write_text(text, "utf-8")

    assert [problem.rule for problem in problems_in(folder)] == ["no_policy"]


def test_a_catalogue_in_which_nobody_reaches_a_person_is_refused(tmp_path: Path) -> None:
    """The intent that means a person cannot be left out."""
    folder = write_catalogue(tmp_path, intents={"speak_to_human": None})

    assert "no_human_intent" in [problem.rule for problem in check_catalogue(folder).errors]


@pytest.mark.parametrize(
    ("boundaries", "first"),
    [
        ({"no_goal_yet": ["hello", "HELLO"]}, "boundaries.no_goal_yet.0"),
        ({"no_goal_yet": ["hello"], "out_of_scope": ["  hello"]}, "boundaries.no_goal_yet.0"),
        ({"no_goal_yet": [examples("track my order")[0]]}, "intents.track_order.examples.0"),
    ],
)
def test_boundaries_share_no_example(tmp_path: Path, boundaries: dict[str, list[str]], first: str) -> None:
    """A text cannot both have a goal and have none; both places are named."""
    folder = write_catalogue(tmp_path, boundaries=boundaries)

    [problem] = check_catalogue(folder).problems
    assert problem.rule == "duplicate_example"
    assert f"{first} at catalogue.yaml:" in problem.message


def test_no_problem_repeats_the_text_of_an_example(tmp_path: Path) -> None:
    """Examples may be taken from customers, and problems end up in logs."""
    private = "my number is 4711"
    folder = write_catalogue(
        tmp_path,
        intents={"track_order": {"examples": [private, private.upper(), f"{private} {'x' * 2_000}"]}},
        boundaries={"no_goal_yet": [private]},
    )

    problems = check_catalogue(folder).problems

    assert {"duplicate_example", "too_long", "too_few_examples"} <= {problem.rule for problem in problems}
    assert not [problem for problem in problems if "4711" in str(problem)]


def test_every_mistake_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    """Mistakes of all kinds in several files come in one report, by file and line."""
    folder = write_catalogue(
        tmp_path,
        files={
            "a.yaml": INTENT.replace("title:", "titel:").replace("a2", "A1").replace("path: speak", "path: squeak"),
            "d.yaml": dedent(
                """\
                paths:
                  track_order: {}
                  ask_price:
                    label: Ask
                    rungs:
                      - {kind: queue, name: Desk, max_wait_seconds: 5, hours: never}
                      - {kind: http, name: lookup, url: "${A_URL}/${B_URL}"}
                  ask_price: {}
                """
            ),
            "notes.txt": "{{{",
        },
    )

    found = [(problem.file, problem.line, problem.rule) for problem in problems_in(folder)]

    assert found == [
        ("a.yaml", 2, "missing_key"),
        ("a.yaml", 3, "unknown_key"),
        ("a.yaml", 5, "unknown_path"),
        ("a.yaml", 6, "duplicate_example"),
        ("d.yaml", 2, "missing_key"),
        ("d.yaml", 2, "defined_twice"),
        ("d.yaml", 3, "unused_path"),
        ("d.yaml", 6, "bad_name"),
        ("d.yaml", 6, "bad_hours"),
        ("d.yaml", 7, "unset_variable"),
        ("d.yaml", 7, "unset_variable"),
        ("d.yaml", 8, "duplicate_key"),
    ]


def test_a_broken_file_does_not_make_others_look_wrong(tmp_path: Path) -> None:
    """What the broken file would have defined is not reported as missing elsewhere."""
    folder = write_catalogue(tmp_path, paths={"track_order": None}, files={"faulty.yaml": PATH + "  x: y: z\n"})

    assert [(problem.file, problem.rule) for problem in problems_in(folder)] == [("faulty.yaml", "yaml_syntax")]


def wrong_names(count: int) -> dict[str, bytes]:
    """Intents that each name a path by a slip of the pen, and as many paths."""
    intents = "".join(f"  ask_{number}: {{path: pth_{number}}}\n" for number in range(count))
    paths = "".join(f"  path_{number}: {{}}\n" for number in range(count))
    return {"a.yaml": f"intents:\n{intents}paths:\n{paths}".encode()}


@pytest.mark.parametrize(("count", "is_suggested"), [(20, True), (2_000, False)])
def test_of_thousands_of_names_none_is_suggested(count: int, *, is_suggested: bool) -> None:
    """Comparing each wrong name with each known name would take the square of their number, which is minutes."""
    found = [problem for problem in check_files(wrong_names(count)).problems if problem.rule == "unknown_path"]

    assert len(found) == count
    assert all(("Write 'path_" in problem.mend) == is_suggested for problem in found)
