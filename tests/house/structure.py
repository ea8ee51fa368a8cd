"""Draw the structure of the house from its imports: rooms, floors, arrows and circles.

A room is a folder of service/, a module that stands loose in service/, or a package beside it. An arrow leads from a
room to a room that it imports. A room stands one floor above the highest room that it imports, and floor 1 is the
ground. All imports count, imports inside functions and imports for type checkers included.

`python -m tests.house.structure` draws this checkout, `--root DIR` another one. `--json` prints JSON.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "service"
BESIDE = ("models", "migrations")

Graph = Mapping[str, frozenset[str]]
"""Names with the names that each of them imports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Rooms and modules of one checkout."""

    lines: Mapping[str, int]
    """Lines of every room."""
    rooms: Graph
    modules: Graph

    @property
    def arrows(self) -> int:
        """Number of pairs of an importing and an imported room."""
        return sum(map(len, self.rooms.values()))


def main() -> None:
    """Print the structure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder that holds service/ (default: this checkout)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    structure = drawn(arguments.root)
    print(json.dumps(facts(structure), indent=1) if arguments.json else page(structure))


def drawn(root: Path) -> Structure:
    """Read every module of a checkout."""
    paths = {module_name(path.relative_to(root)): path for path in sources(root)}
    modules = {name: frozenset(imported(path, paths)) for name, path in paths.items()}
    rooms: dict[str, set[str]] = {room: set() for name in paths if (room := room_of(name))}
    lines = dict.fromkeys(rooms, 0)
    for name, path in paths.items():
        if room := room_of(name):
            rooms[room] |= {other for each in modules[name] if (other := room_of(each)) and other != room}
            lines[room] += len(path.read_text(encoding="utf-8").splitlines())
    return Structure(
        lines=lines, rooms={room: frozenset(others) for room, others in sorted(rooms.items())}, modules=modules
    )


def sources(root: Path) -> Iterator[Path]:
    for package in (PACKAGE, *BESIDE):
        yield from sorted((root / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str | None:
    """The room of a module. `service/__init__.py` holds the version only and stands in no room."""
    package, _, rest = module.partition(".")
    return package if package in BESIDE else rest.partition(".")[0] or None


def imported(path: Path, known: Collection[str]) -> Iterator[str]:
    """Modules of the house that a module imports. `from package import module` imports the module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name in known)
            case ast.ImportFrom(module=str(origin), names=names):
                inner = {f"{origin}.{each.name}" for each in names}
                yield from inner & set(known)
                if origin in known and inner - set(known):
                    yield origin
            case ast.ImportFrom():
                raise ValueError(f"{path}: line {node.lineno}: a relative import hides its room")


def reached(graph: Graph) -> dict[str, set[str]]:
    """Every name that a name imports, directly or by way of others. A name in a circle reaches itself."""
    found: dict[str, set[str]] = {}
    for name in graph:
        seen, waiting = set[str](), list(graph[name])
        while waiting:
            if (each := waiting.pop()) not in seen:
                seen.add(each)
                waiting.extend(graph[each])
        found[name] = seen
    return found


def circles(graph: Graph) -> list[list[str]]:
    """Groups of names that reach each other."""
    ways = reached(graph)
    found = {frozenset(other for other in ways[name] if name in ways[other]) for name in graph if name in ways[name]}
    return sorted(sorted(circle) for circle in found)


def floors(graph: Graph) -> dict[str, int]:
    """The floor of every name, highest first. Names of one circle share a floor."""
    ways, found = reached(graph), dict[str, int]()
    for name in sorted(graph, key=lambda each: len(ways[each])):  # fewer are reached from below than from above
        below = (found[other] for other in ways[name] if name not in ways[other])
        found[name] = 1 + max(below, default=0)
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def page(structure: Structure) -> str:
    """The counts in one line, the circles, and a table of rooms by floor."""
    by_room = floors(structure.rooms)
    counts = (len(structure.rooms), max(by_room.values()), structure.arrows, len(circles(structure.rooms)))
    lines = ["{} rooms · {} floors · {} arrows · {} circles".format(*counts)]
    lines += [f"circle: {', '.join(circle)}" for circle in circles(structure.rooms)]
    lines += ["", f"{'floor':>5}  {'room':24} {'lines':>6}  imports"]
    for room, floor in by_room.items():
        others = ", ".join(sorted(structure.rooms[room]))
        lines.append(f"{floor:5}  {room:24} {structure.lines[room]:6}  {others}".rstrip())
    return "\n".join(lines)


def facts(structure: Structure) -> dict[str, object]:
    """The same for a program to read."""
    by_room = floors(structure.rooms)
    return {
        "rooms": len(by_room),
        "floors": max(by_room.values()),
        "arrows": structure.arrows,
        "circles": circles(structure.rooms),
        "by_room": {
            room: {"floor": floor, "lines": structure.lines[room], "imports": sorted(structure.rooms[room])}
            for room, floor in by_room.items()
        },
    }


if __name__ == "__main__":
    main()
