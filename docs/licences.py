"""Writes docs/licences.md: what Errand needs to run, at which release, under which licence, as the packages say.

`make licences` runs it in the virtual environment of the service. It asks nobody else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<release>[^ ;\\]+)", re.MULTILINE)
LONGEST = 60
"""Characters of a licence's name; longer ones are its text."""
CLASSIFIER = "License :: OSI Approved :: "
ELSEWHERE = "not installed here: for other systems"
UNKNOWN = "not said in its metadata"
HEAD = """# Licences

What Errand needs to run (requirements.txt), under the licences that the packages name themselves. `make licences` makes
this page; `make sbom` writes the same packages with their hashes as a CycloneDX document.

| Package | Release | Licence |
|---|---|---|
"""


class Package(NamedTuple):
    name: str
    release: str
    licence: str


def packages(requirements: str) -> Iterator[Package]:
    """In the order of the file."""
    for found in PINNED.finditer(requirements):
        yield Package(found["name"], found["release"], licence_of(found["name"]))


def licence_of(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE
    return " ".join((expression(told) or UNKNOWN).split()).replace("|", "/")


def expression(told: PackageMetadata) -> str:
    """The SPDX expression; else the short name, else what it is classified as."""
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [each.removeprefix(CLASSIFIER) for each in told.get_all("Classifier", []) if CLASSIFIER in each]
    named = [each for each in told.get_all("License", []) if 0 < len(each) <= LONGEST]
    return ", ".join(named or classified)


def page(requirements: str) -> str:
    return HEAD + "".join(f"| {each.name} | {each.release} | {each.licence} |\n" for each in packages(requirements))


if __name__ == "__main__":
    text = page((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    (ROOT / "docs" / "licences.md").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text.count(chr(10)) - HEAD.count(chr(10))} packages\n")
