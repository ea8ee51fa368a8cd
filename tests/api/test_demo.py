"""Both stories from end to end, by the command that shows them and over real processes."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.demo.play import play
from service.demo.story import DOLL, STORIES
from tests.support.app import eventually
from tests.support.bundles import ROOT, clean_environment
from tests.support.daemon import children_of, free_port
from tests.support.server import LIMIT_SECONDS, command_of, run_command


def test_both_stories_end_as_they_should(starter_bundle: Path, tmp_path: Path) -> None:
    """The doll is found at a competitor's, held and wrapped; the guest of the hotel is at the tech desk at once."""
    ran = run_command("demo", "--play", "--json", home=tmp_path, ERRAND_BUNDLE=str(starter_bundle))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    assert told["ended_as_they_should"] is True
    doll, hotel = told["stories"]
    assert_found_held_and_wrapped(doll)
    assert_at_the_tech_desk_at_once(hotel)
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}


def assert_found_held_and_wrapped(doll: dict[str, Any]) -> None:
    calls = {call["delivery_id"]: (call["system"], call["answered"]) for call in doll["calls"]}
    assert list(calls.values()) == [
        ("stock-lookup", "cannot_serve"),
        ("nearby-stores", "cannot_serve"),
        ("partner-stores", "served"),
        ("hold-and-gift-wrap", "served"),
    ]
    assert [step["state"] for step in doll["steps"]] == ["cannot_serve", "cannot_serve", "served"]
    found_at = doll["steps"][-1]["learned"]["found_at"]
    assert found_at == "Brindlewick Toys on Fountain Square"
    (wrap,) = doll["extra_miles"]
    assert (wrap["kind"], wrap["name"], wrap["state"]) == ("extra_mile", "hold-and-gift-wrap", "served")
    assert wrap["learned"] == {"held_at": found_at, "gift_wrapped": True}
    assert any(found_at in said for said in doll["said"])
    assert "wrapped" in doll["said"][-1]
    assert doll["ledger"] == {"find_product": "done"}
    assert (doll["outcome"]["result"], doll["outcome"]["still_wanted"]) == ("done", [])
    assert (doll["wrong_door"], doll["counted"], doll["needs"]) == (False, [], [])


def assert_at_the_tech_desk_at_once(hotel: dict[str, Any]) -> None:
    assert (hotel["channel"], hotel["entry_point"], hotel["wrong_door"]) == ("voice", "reservations-line", True)
    assert (hotel["destination"]["kind"], hotel["destination"]["name"]) == ("queue", "tech-desk")
    assert (hotel["calls"], hotel["steps"], hotel["needs"]) == ([], [], [])
    assert {"channel", "goal"} <= set(hotel["must_not_ask"])
    assert hotel["counted"] == [
        'errand_wrong_door_total{entry_point="reservations-line",intent="get_technical_help"} 1.0'
    ]
    assert hotel["outcome"]["state"] == "done"


class Demo:
    """`errand demo` in a process of its own, until it is ended."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.port = free_port()
        self._said = home / "said"
        home.mkdir()
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "demo", "--port", str(self.port), *options],
                cwd=ROOT,
                env={**clean_environment(), "ERRAND_HOME": str(home), **environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[str]:
        return self.said.splitlines()

    def wait_until_told(self) -> None:
        """Until it has said what to try."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while "Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    @property
    def shop(self) -> str:
        """Where it said that the shop serves."""
        (line,) = (line for line in self.lines if line.startswith("The shop"))
        return line.split(" serves at ")[1].split()[0]

    def children(self) -> dict[str, int]:
        """Process ids by what the processes run."""
        own = children_of(self.process.pid)
        return {"shop" if b"service.demo" in command_of(pid) else "errand": pid for pid in own}


@pytest.fixture
def demo(starter_bundle: Path, tmp_path: Path) -> Iterator[Demo]:
    """One whose partner is closed from the beginning."""
    home = tmp_path / "home"
    demo = Demo(home, "--switch", "partner-stores=closed", ERRAND_BUNDLE=str(starter_bundle))
    try:
        demo.wait_until_told()
        yield demo
    finally:
        for pid in [demo.process.pid, *demo.children().values()] if demo.process.poll() is None else []:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demo.process.wait(LIMIT_SECONDS)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_SECONDS) as http:
        yield http


async def test_where_a_partner_is_closed_the_ladder_goes_on(demo: Demo, http: httpx.AsyncClient) -> None:
    """To the store desk, and nothing is wrapped; the lines to try work; and the end of one process is that of all."""
    (doll,) = await asyncio.to_thread(lambda: [*play([DOLL], errand=f"http://127.0.0.1:{demo.port}", shop=demo.shop)])
    calls = [(call["system"], call["answered"]) for call in doll.calls]
    assert [system for system, _ in calls] == ["stock-lookup", "nearby-stores", "partner-stores"]
    assert {answered for _, answered in calls} == {"cannot_serve"}
    assert (doll.steps[-1]["name"], doll.steps[-1]["state"]) == ("store-desk", "handed_over")
    assert (doll.extra_miles, doll.ledger, doll.outcome) == ([], {"find_product": "being_served"}, None)
    assert not doll.ended_as_it_should

    answers = [await as_told(http, line) for line in demo.lines if line.startswith("curl -s -X")]
    assert [answer.get("goal") for answer in answers] == [*(story.ending.goal for story in STORIES), None]
    assert answers[-1]["partner-stores"] == "closed"

    children = demo.children()
    os.kill(children["shop"], signal.SIGKILL)
    code = await asyncio.to_thread(demo.process.wait, LIMIT_SECONDS)
    assert code == 1
    assert "The shop has ended (exit code -9)." in demo.said
    await eventually(lambda: is_gone(children["errand"]))


async def as_told(http: httpx.AsyncClient, line: str) -> dict[str, Any]:
    """The answer to a line copied from the screen."""
    _, _, _, method, url, _, header, _, body = shlex.split(line)
    name, _, value = header.partition(": ")
    response = await http.request(method, url, content=body.encode(), headers={name: value})
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer


async def is_gone(pid: int) -> bool:
    return command_of(pid) == b""
