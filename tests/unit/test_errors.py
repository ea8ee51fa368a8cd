"""The tree of errors is drawn on top of its module, and every error says who must act."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from service import errors
from service.errors import CatalogueError, ErrandError, Problem, RefusalError

DRAWN = re.compile(r"^([│ ├└─]*)(\w+Error)\b +(?:(\d{3})  )?", re.MULTILINE)


def tree(root: type[ErrandError]) -> Iterator[type[ErrandError]]:
    yield root
    for each in root.__subclasses__():
        yield from tree(each)


EVERY = [each for each in tree(ErrandError) if each.__module__ == "service.errors"]


def test_the_drawing_shows_every_error() -> None:
    """Each stands under the one that it is a kind of, with its status."""
    above: list[tuple[int, str]] = []
    drawn = {}
    for branch, name, status in DRAWN.findall(f"    ErrandError \n{errors.__doc__}"):
        while above and above[-1][0] >= len(branch):
            above.pop()
        drawn[name] = (above[-1][1] if above else None, status)
        above.append((len(branch), name))

    assert drawn.keys() == {each.__name__ for each in EVERY}
    for each in EVERY[1:]:
        parent, status = drawn[each.__name__]
        assert parent == each.__mro__[1].__name__
        assert not status or int(status) == each.status  # type: ignore[attr-defined]


def test_codes_are_apart() -> None:
    """Programs match them. An error without a code of its own is the root of others."""
    codes = [each.code for each in EVERY if "code" in vars(each)]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", [each for each in EVERY if issubclass(each, RefusalError)])
def test_a_refusal_has_a_status_and_a_title(kind: type[RefusalError]) -> None:
    """Both are told to callers."""
    refusal = kind("No.", field="text", mend="Send another.", retry_after_seconds=2)

    assert 400 <= refusal.status < 600
    assert refusal.title
    assert not refusal.title.endswith(".")
    assert (str(refusal), refusal.field, refusal.mend, refusal.retry_after_seconds) == (
        "No.",
        "text",
        "Send another.",
        2,
    )


def test_a_refused_catalogue_lists_every_problem() -> None:
    """An editor can jump to each."""
    problem = Problem(
        severity="error",
        rule="unknown_path",
        file="a.yaml",
        line=3,
        where="intents.a.path",
        message="There is no path.",
        mend="Define it.",
    )

    error = CatalogueError([problem, problem])

    assert error.problems == (problem, problem)
    assert str(error).splitlines() == ["a.yaml:3: error: There is no path. Define it. [unknown_path]"] * 2
