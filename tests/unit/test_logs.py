"""Logs are lines on standard error, without words of customers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from service.logs import configure_logs
from service.settings import Settings

CANARY = "zebracanary"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Other tests have their own logs."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    before = (root.handlers[:], root.level, server.level)
    yield
    root.handlers[:], level, server_level = before
    root.setLevel(level)
    server.setLevel(server_level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    said = capsys.readouterr()
    assert said.out == ""
    return [json.loads(line) for line in said.err.splitlines()]


def test_a_line_is_json_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """A collector can read it."""
    configure_logs(Settings())

    structlog.get_logger().info("decided", decision_id="d-1")

    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["decision_id"]) == ("decided", "info", "d-1")
    assert line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Libraries are heard from warnings on."""
    configure_logs(Settings(log_level="info"))

    structlog.get_logger().debug("detail")
    logging.getLogger("library").info("detail")
    logging.getLogger("library").warning("trouble")

    assert [line["event"] for line in lines(capsys)] == ["trouble"]


def test_an_exception_of_a_library_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    """It may hold the text that it failed on."""
    configure_logs(Settings())

    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("library").exception("It failed.", extra={"text": CANARY})

    (line,) = lines(capsys)
    assert line.keys() == {"event", "level", "timestamp"}
    assert CANARY not in str(line)


def test_people_may_read_them_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """The console has lines for eyes."""
    configure_logs(Settings(log_format="console"))

    structlog.get_logger().info("decided", decision_id="d-1")

    assert "decision_id=d-1" in capsys.readouterr().err
