"""The image can be built with extras, from pins that go with what the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = re.findall(r"requirements[a-z-]*\.txt", re.findall(r"^COPY (requirements.+)$", DOCKERFILE, re.MULTILINE)[0])
FOR_EXTRAS = [name for name in COPIED if name not in {"requirements.txt", "requirements-build.txt"}]
PINS = re.compile(r"^([\w.-]+)==\S+.*\\(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+$", re.MULTILINE)


def pinned(name: str) -> set[str]:
    """Packages of a file of requirements, each with its hashes."""
    return set(PINS.findall((ROOT / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    """Registries are the machine's own affair."""
    text = (ROOT / name).read_text(encoding="utf-8")

    assert len(pinned(name)) >= len({line.split("==")[0] for line in text.splitlines() if not line.startswith(" ")})
    assert "://" not in text
    assert "--index-url" not in text


def test_there_are_extras_for_the_image() -> None:
    """Those that serving needs; torch and the multilingual weights serve to train."""
    assert FOR_EXTRAS == ["requirements-limits.txt", "requirements-events.txt"]


@pytest.mark.parametrize("name", FOR_EXTRAS)
def test_an_extra_is_pinned_whole(name: str) -> None:
    """With each package that the project's extra of the name asks for, and its own extras."""
    extra = name.removeprefix("requirements-").removesuffix(".txt")
    asked = {
        found
        for need in PROJECT["optional-dependencies"][extra]
        for found in re.findall(r"[\w-]+", re.split(r"[<>=!~;]", need)[0])
    }

    assert asked <= pinned(name)


@pytest.mark.parametrize("name", COPIED)
def test_the_build_finds_the_pins(name: str) -> None:
    """They lie in the repository, and get into the context of the build."""
    assert (ROOT / name).is_file()
    assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_distribution_has_a_name_of_its_own() -> None:
    """The package `errand` on the public index is somebody else's; the command keeps the name."""
    assert PROJECT["name"] == "errand-service"
    assert PROJECT["scripts"] == {"errand": "service.cli.app:main"}
