"""The structure of the house, drawn from its imports, stays small and without circles."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.structure import BESIDE, ROOT, Structure, circles, drawn, floors

MOST_ROOMS = 26
MOST_FLOORS = 8

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
LAYER_OF = {
    module.strip(): height
    for height, layer in enumerate(reversed(LAYERS))
    for module in layer.split("|")
}  # fmt: skip
"""Modules and packages that pyproject.toml places, with the height of their layer. The lowest has the height 0."""
WITHOUT_A_LAYER = {
    "logs": "writes lines for every room and imports the settings only",
    "models": "a contract of its own keeps it from importing the service",
    "migrations": "a contract of its own keeps it from importing the service",
}


@pytest.fixture(scope="module")
def structure() -> Structure:
    """The structure of this checkout."""
    return drawn(ROOT)


def placed(module: str) -> str | None:
    """The part of the layers that a module belongs to: the longest name that it begins with."""
    names = [name for name in LAYER_OF if module == name or module.startswith(f"{name}.")]
    return max(names, key=len, default=None)


def upward(structure: Structure) -> Iterator[tuple[str, str]]:
    """Imports that lead to another part of the same layer, or to a layer above."""
    for module, others in structure.modules.items():
        here = placed(module)
        for other in others:
            there = placed(other)
            if here and there and here != there and LAYER_OF[there] >= LAYER_OF[here]:
                yield module, other


def test_rooms_and_floors_are_few(structure: Structure) -> None:
    """A newcomer can hold the whole house in view."""
    assert len(structure.rooms) <= MOST_ROOMS
    assert max(floors(structure.rooms).values()) <= MOST_FLOORS


def test_no_rooms_and_no_modules_import_each_other(structure: Structure) -> None:
    """There is no circle, imports for type checkers and imports inside functions included."""
    assert circles(structure.rooms) == []
    assert circles(structure.modules) == []


def test_every_import_leads_to_a_layer_below(structure: Structure) -> None:
    """The order of the layers in pyproject.toml holds for every module that they place."""
    assert list(upward(structure)) == []


def test_every_room_has_a_layer(structure: Structure) -> None:
    """A new room is placed in the layers of pyproject.toml, or is exempt with a reason."""
    in_layers = {name.split(".")[1] for name in LAYER_OF}

    assert set(structure.rooms) - in_layers == WITHOUT_A_LAYER.keys()
    assert in_layers <= set(structure.rooms)


@pytest.mark.parametrize(
    ("graph", "expected", "found"),
    [
        ({"ground": set(), "first": {"ground"}}, {"first": 2, "ground": 1}, []),
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, {"a": 3, "b": 2, "c": 1}, []),
        ({"a": {"b"}, "b": {"a", "c"}, "c": set()}, {"a": 2, "b": 2, "c": 1}, [["a", "b"]]),
    ],
    ids=["one above the other", "the highest counts", "a circle shares a floor"],
)
def test_floors_follow_from_imports(
    graph: dict[str, set[str]], expected: dict[str, int], found: list[list[str]]
) -> None:
    """A name stands one floor above the highest name that it imports."""
    frozen = {name: frozenset(others) for name, others in graph.items()}

    assert floors(frozen) == expected
    assert circles(frozen) == found


@pytest.mark.parametrize(
    "line", ["from service import low", "import service.low", "def f():\n    from service.low import x"]
)
def test_every_kind_of_import_draws_an_arrow(tmp_path: Path, line: str) -> None:
    """At the top or inside a function, of a module or of a name in a module."""
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").write_text("")
    (tmp_path / "service" / "low.py").write_text("x = 1\n")
    (tmp_path / "service" / "high.py").write_text(f"{line}\n")

    assert drawn(tmp_path).rooms == {"high": {"low"}, "low": frozenset()}


def test_the_command_prints_the_same_for_programs_and_people() -> None:
    """`--json` holds the counts of the first line of the page."""
    command = (sys.executable, "-m", "tests.house.structure")
    page, written = (
        subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for options in ((), ("--json",))
    )
    facts = json.loads(written)

    counts = f"{facts['rooms']} rooms · {facts['floors']} floors · {facts['arrows']} arrows · 0 circles"
    assert page.startswith(counts)
    assert set(BESIDE) <= facts["by_room"].keys()
