"""The command line as a whole: help, versions, and how mistakes are told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from service import __version__
from service.cli.app import app

ROOT = Path(__file__).resolve().parents[3]


def commands(application: typer.Typer, *group: str) -> Iterator[tuple[str, ...]]:
    """Every command by its words."""
    for command in application.registered_commands:
        assert command.callback is not None
        yield (*group, command.name or command.callback.__name__)
    for inner in application.registered_groups:
        assert inner.typer_instance is not None
        assert inner.name is not None
        yield from commands(inner.typer_instance, *group, inner.name)


def plain(text: str) -> str:
    """Without colours, frames and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("words", sorted(commands(app)), ids=" ".join)
def test_help_of_every_command_holds_an_example(run, words: tuple[str, ...]) -> None:
    """It exits with 0, and the example begins with the command that it is about."""
    ran = run(*words, "--help")

    assert ran.code == 0
    assert re.search(rf"Examples?: .*errand {' '.join(words)}", plain(ran.out)), ran.out


def test_every_command_is_known() -> None:
    """The commands of this version; a new one needs tests of its own."""
    assert set(commands(app)) == {
        ("serve",), ("demo",), ("train",), ("evaluate",), ("classify",), ("catalogue", "check"), ("content", "check"),
        ("db", "upgrade"), ("db", "current"), ("deliveries", "list"), ("deliveries", "show"), ("deliveries", "replay"),
        ("keys", "create"), ("keys", "list"), ("keys", "rotate"), ("keys", "revoke"), ("audit", "list"),
        ("audit", "export"),
        ("promises", "list"), ("promises", "claim"), ("promises", "keep"), ("promises", "release"),
        ("promises", "fail"), ("config", "show"), ("config", "settings"), ("config", "metrics"),
        ("report", "outcomes"), ("purge",), ("spool", "list"), ("spool", "replay"),
        ("publish",), ("editions", "list"), ("editions", "rollback"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "says", "reason"),
    [
        (["--help"], 0, "classify", "what there is"),
        (["--version"], 0, f"errand {__version__}", "the version"),
        ([], 2, "COMMAND [ARGS]", "nothing asked for: what there is"),
        (["catalogue"], 2, "check", "half a command"),
        (["nonsense"], 2, "No such command", "no command"),
        (["classify", "--nonsense"], 2, "No such option", "no option"),
        (["train", "--seed", "often"], 2, "Invalid value", "not a number"),
        (["evaluate"], 2, "Missing option", "a required option"),
        (["classify"], 2, "Give either one message or --input FILE", "nothing to classify"),
        (["classify", "hello", "--input", "-"], 2, "Give either one message or --input FILE", "two things to classify"),
        (["classify", "--input", "-"], 2, "--output FILE", "nowhere to write"),
    ],
)
def test_usage(run, arguments: list[str], code: int, says: str, reason: str) -> None:
    """What was meant wrongly is told with exit code 2."""
    ran = run(*arguments)

    assert ran.code == code, reason
    assert says in plain(ran.out + ran.err), reason


MENDABLE = [
    (["classify", " "], {}, "The message is empty", "nothing was said"),
    (["classify", "hello"], {"ERRAND_BUNDLE": "elsewhere"}, "No bundle at elsewhere", "a bundle that is not there"),
    (["classify", "--input", "absent.csv", "--output", "-"], {}, "", "a file that is not there, and no bundle"),
    (["train", "--examples", "absent.jsonl"], {}, "absent.jsonl", "examples that are not there"),
    (["train", "--catalogue", "x", "--examples", "y"], {}, "either --catalogue or --examples", "two sources"),
    (["train", "--misroute-budget", "0"], {}, "--misroute-budget", "no budget at all"),
    (["train", "--misroute-budget", "0.51"], {}, "--misroute-budget", "more wrong than right"),
    (["evaluate", "--test", "absent.jsonl"], {}, "absent.jsonl", "rows that are not there"),
    (["serve", "--host", "::"], {}, "errand keys create", "open to all"),
    (["serve", "--port", "0"], {}, "ERRAND_PORT", "no port"),
    (["db", "current"], {"ERRAND_WORKERS": "many"}, "ERRAND_WORKERS", "a setting that is no number"),
    (["db", "upgrade"], {"ERRAND_DATABASE_URL": "mysql://u:hunter2@h/d"}, "not a database", "another database"),
    (["db", "upgrade"], {"ERRAND_DATABASE_URL": "::hunter2::"}, "The database URL", "no URL"),
    (["db", "upgrade"], {"ERRAND_HOME": "file/home"}, "file", "a home below a file"),
    (["db", "current"], {"ERRAND_HOME": "file/home"}, "file", "the same, only looked at"),
    (["catalogue", "check"], {"ERRAND_PORT": "-1"}, "ERRAND_PORT", "a setting of another command"),
]


@pytest.mark.parametrize(("arguments", "environment", "says", "reason"), MENDABLE)
def test_what_a_user_can_mend_is_one_line(
    *, run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], environment: dict[str, str], says: str, reason: str
) -> None:
    """On standard error, with exit code 2, nothing on standard output and no secret in it."""
    Path("file").touch()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    ran = run(*arguments)

    assert ran.code == 2, reason
    assert ran.out == ""
    assert ran.err.startswith("errand: ")
    assert len(ran.err.splitlines()) == 1
    assert says in ran.err, reason
    assert "hunter2" not in ran.err


def test_mistakes_of_a_catalogue_are_all_told(run) -> None:
    """A command that needs the catalogue lists what is wrong with it, a line each."""
    folder = Path("mine")
    folder.mkdir()
    (folder / "a.yaml").write_text("intents: 5\npaths: 6\n", encoding="utf-8")

    ran = run("train", "--catalogue", folder)

    assert ran.code == 2
    assert "The catalogue cannot be used" in ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("a.yaml:")]) >= 2


def test_help_loads_nothing_heavy() -> None:
    """Commands import what they need when they run, so that asking for help is quick."""
    heavy = ("numpy", "onnxruntime", "sklearn", "fastapi", "sqlalchemy", "transformers")
    script = f"import sys, service.cli; print([name for name in {heavy} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert loaded.stdout == "[]\n"


def test_the_module_can_be_run() -> None:
    """As `errand` does where the package is installed; `errand serve` trains in a process of its own this way."""
    ran = subprocess.run(
        [sys.executable, "-m", "service.cli", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (0, f"errand {__version__}\n")


def test_json_of_a_catalogue_is_for_programs(run, starter_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but one JSON value on standard output."""
    monkeypatch.setenv("ERRAND_BUNDLE", str(starter_bundle))

    assert json.loads(run("catalogue", "check", "--json").out)["usable"] is True
