"""Count what makes docstrings hard to read: what/who clauses, semicolons and negations per 1,000 words of a file.

`python -m tests.house.prose` exits with 1 if a file is over a limit. A file that was over a limit before the check
existed stands in prose.json with the hash of its source and its counts. It is let through until somebody touches it.
`--table` prints the counts of each folder, `--write` takes files out of prose.json that meet the limits by now.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_DOWN = Path(__file__).with_name("prose.json")
FOLDERS = ("service", "models")

CLAUSE = re.compile(r"\b(?:what|who|whoever)\b", re.IGNORECASE)
NEGATION = re.compile(r"\b(?:not|no|none|never|nothing|nobody|neither|nor|cannot|\w+n't)\b", re.IGNORECASE)
CODE = re.compile(r"`[^`]*`")
PER_1000_WORDS = (4, 4, 14)
"""Most clauses with what or who, semicolons, and negations."""
NAMES = ("what/who clauses", "semicolons", "negations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Counts of one file's docstrings, those under fields and constants included."""

    words: int
    counts: tuple[int, int, int]

    @property
    def over(self) -> list[str]:
        """The limits that are exceeded, in words. A short text may have one of each."""
        found = zip(NAMES, self.counts, PER_1000_WORDS, strict=True)
        allowed = [(name, count, max(1, math.ceil(limit * self.words / 1000))) for name, count, limit in found]
        return [f"{count} {name} (at most {most})" for name, count, most in allowed if count > most]


def main() -> int:
    """Check every file, or print or write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="print the counts of each folder")
    parser.add_argument("--write", action="store_true", help="take files out of prose.json that meet the limits by now")
    arguments = parser.parse_args()
    if arguments.table:
        print_table()
        return 0
    kept = json.loads(WRITTEN_DOWN.read_text()) if WRITTEN_DOWN.exists() else {}
    if arguments.write:
        write({name: entry for name, entry in kept.items() if (ROOT / name).exists() and prose_of(name).over})
        return 0
    return report(kept)


def report(kept: dict[str, dict[str, object]]) -> int:
    mistakes = [line for name in sources() for line in mistakes_of(name, kept.get(name))]
    print("\n".join(mistakes) or f"prose: {len(sources())} files, {len(kept)} of them still to be rewritten")
    return 1 if mistakes else 0


def mistakes_of(name: str, kept: dict[str, object] | None) -> list[str]:
    """The limits that a file exceeds, unless it is written down and was not touched since."""
    over = prose_of(name).over
    if kept is not None and kept["sha256"] == hash_of(name):
        return []
    return [f"{name}: {each}" for each in over]


def sources() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def hash_of(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()[:16]


def prose_of(name: str) -> Prose:
    return counted((ROOT / name).read_text(encoding="utf-8"))


def counted(source: str) -> Prose:
    """Counts over all docstrings of a module, code in backquotes left out."""
    text = CODE.sub("code", "\n".join(docstrings(ast.parse(source))))
    counts = (len(CLAUSE.findall(text)), text.count(";"), len(NEGATION.findall(text)))
    return Prose(words=len(text.split()), counts=counts)


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Strings that stand alone: docstrings, and the ones under fields and constants."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text


def print_table() -> None:
    folders: dict[str, list[Prose]] = {}
    for name in sources():
        folders.setdefault("/".join(name.split("/")[:2]), []).append(prose_of(name))
    print(f"{'per 1,000 words':28} {'words':>7} {'what/who':>9} {'semicolon':>9} {'negation':>9} {'over':>6}")
    for folder, found in [*folders.items(), ("all", [each for some in folders.values() for each in some])]:
        words = sum(each.words for each in found)
        shares = [1000 * sum(each.counts[n] for each in found) / max(1, words) for n in range(3)]
        over = sum(bool(each.over) for each in found)
        print(f"{folder:28} {words:7} {shares[0]:9.1f} {shares[1]:9.1f} {shares[2]:9.1f} {over:3} of {len(found)}")


def write(kept: dict[str, dict[str, object]]) -> None:
    WRITTEN_DOWN.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
