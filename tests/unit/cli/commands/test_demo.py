"""What `errand demo` refuses before anything is begun, which bundle it takes, and how it tells a story."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from service.cli.commands import demo
from service.cli.commands.demo import read_switch, show, usable_bundle
from service.demo.play import Played
from service.demo.shop import Behaviour
from service.errors import SettingsError
from service.settings import read_settings


def test_a_switch_is_a_system_and_its_behaviour() -> None:
    """Or a desk."""
    assert read_switch("partner-stores=closed") == ("partner-stores", Behaviour.CLOSED)
    assert read_switch("tech-desk=slow") == ("tech-desk", Behaviour.SLOW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("moon=closed", "no system: moon.*stock-lookup"),
        ("stock-lookup", "one of: normal"),
        ("tech-desk=x", "tech-desk="),
    ],
)
def test_a_switch_that_is_none_is_refused(text: str, says: str) -> None:
    """With those that there are."""
    with pytest.raises(SettingsError, match=says):
        read_switch(text)


def test_what_is_wrong_with_a_command_is_one_line(run, home: Path) -> None:
    """Before anything is begun; a port in use as well, or the demo would take who listens there for its own Errand."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("demo", "--port", port)
    wrong = run("demo", "--switch", "moon=closed")
    alone = run("demo", "--json")

    assert (ran.code, wrong.code, alone.code) == (2, 2, 2)
    assert ran.err.startswith(f"errand: Cannot listen on 127.0.0.1:{port}")
    assert wrong.err.startswith("errand: --switch names no system: moon")
    assert "--play" in alone.err
    assert not home.exists()


def test_a_bundle_of_other_rows_is_left_alone(home: Path, bundle: Path) -> None:
    """As is one of another format, and none; the demo builds its own then."""
    other = home / "bundle"
    other.mkdir(parents=True)
    (other / "manifest.json").write_text(json.dumps({"format": 0}), encoding="utf-8")

    assert usable_bundle(read_settings(home=home, bundle=bundle)) is None
    assert usable_bundle(read_settings(home=home)) is None
    assert usable_bundle(read_settings(home=home / "nothing")) is None


def test_a_story_that_ended_otherwise_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a system said is shown as it is, whatever it means to the terminal."""
    said = ["[bold]We look.[/bold]"]
    played = Played(
        story="doll",
        title="The doll",
        text="hi",
        channel="chat",
        entry_point="website",
        goal=None,
        goal_title=None,
        confidence=None,
        why="",
        wrong_door=False,
        destination={"kind": "queue", "name": "desk"},
        must_not_ask=["channel"],
        needs=[],
        calls=[{"system": "stock-lookup", "attempt": 2, "answered": "cannot_serve"}],
        steps=[{"name": "stock-lookup", "state": "cannot_serve", "learned": {"shop": {"shelf": 0}}}],
        extra_miles=[],
        said=said,
        ledger={},
        outcome=None,
        counted=[],
        differences=["goal: none, and not find_product"],
    )

    with demo.console.capture() as told:
        show(played)

    assert "no goal" in told.get()
    assert "1. stock-lookup (attempt 2): cannot_serve (shelf: 0)" in told.get()
    assert said[0] in told.get()
    assert "goal: none, and not find_product" in told.get()
