"""Processes that are watched together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.demo.processes import Child, Company, free_ports
from service.errors import DemoError


def child(name: str, code: str, folder: Path) -> Child:
    """A process that runs this code."""
    log = folder / f"{name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=said, stderr=said)
    return Child(name=name, process=process, log=log)


@pytest.fixture
def steady(tmp_path: Path) -> Iterator[Child]:
    """Ends when it is told to."""
    steady = child("Steady", "input()", tmp_path)
    yield steady
    steady.process.communicate(b"\n")


def test_the_one_that_ended_is_named_with_its_last_words(steady: Child, tmp_path: Path) -> None:
    """Its exit code and its log as well."""
    ended = child("Brief", "import sys; sys.exit('out of ink')", tmp_path)
    ended.process.communicate()
    company = Company(errand="", shop="", children=(steady, ended), ready_within_seconds=60)

    with pytest.raises(DemoError) as raised:
        company.watch()

    first, *rest = str(raised.value).splitlines()
    assert first == f"Brief has ended (exit code 1). Its log: {ended.log}"
    assert rest == ["out of ink"]


@pytest.mark.parametrize(("within_seconds", "says"), [(0.0, "Not ready within 0 s"), (600.0, "Brief has ended")])
def test_waiting_has_an_end(steady: Child, tmp_path: Path, within_seconds: float, says: str) -> None:
    """By the clock, and at once where nobody is left to wait for."""
    ended = child("Brief", "", tmp_path)
    if within_seconds:
        ended.process.communicate()
    silent = f"http://127.0.0.1:{free_ports(1)[0]}"
    watched = (steady, ended) if within_seconds else (steady,)
    company = Company(errand=silent, shop=silent, children=watched, ready_within_seconds=within_seconds)

    with pytest.raises(DemoError, match=says):
        company.wait_until_ready()
    ended.process.communicate()


def test_free_ports_are_different_ones() -> None:
    """Nobody is given the port of another."""
    ports = free_ports(8)

    assert len(set(ports)) == 8
