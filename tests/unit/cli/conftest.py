"""`errand …` run in this process as its entry point runs it, with a home of its own."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from service.cli.app import main
from service.domain.understanding import NO_GOAL_YET
from tests.support.encoders import ROWS, tiny_kit, train_tiny, write_encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that does not exist yet, in an environment without other settings."""
    for name in [name for name in os.environ if name.startswith("ERRAND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ERRAND_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `errand` with arguments and standard input; an error that nobody has caught fails the test."""

    def run(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["errand", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Ran(code=int(ended.value.code or 0), out=told.out, err=told.err)

    return run


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle that no test may change."""
    folder = tmp_path_factory.mktemp("trained")
    return train_tiny(tiny_kit(folder), folder / "bundle").folder


@pytest.fixture(scope="session")
def catalogue_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle that keeps its examples; no test may change it."""
    folder = tmp_path_factory.mktemp("trained")
    pleasantries = tuple((" ".join(pair), NO_GOAL_YET) for pair in product(("hello", "yes", "thanks"), repeat=2))
    return train_tiny(tiny_kit(folder), folder / "bundle", rows=ROWS + pleasantries, catalogue="tiny").folder


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for `--encoder`."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Two examples an intent, as a file for `--examples`."""
    rows = [row for intent in {intent for _, intent in ROWS} for row in [row for row in ROWS if row[1] == intent][:2]]
    path = tmp_path / "examples.jsonl"
    path.write_text("".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in sorted(rows)))
    return path
