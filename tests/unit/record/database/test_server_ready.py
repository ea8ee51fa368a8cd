"""How long a database server that is away is waited for, what is told, and when the server counts as ready."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
from collections.abc import Iterator

import pytest

from service.errors import SettingsError
from service.record.database.engine import parse_url
from service.record.database.server_ready import address_of, conninfo_of, is_ready, wait_for_server, wait_until
from tests.support.daemon import free_port

PASSWORD = "tangerine" + "4711"

ANSWERER = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        while connection.recv(4096)[4:8] in (b"\\x04\\xd2\\x16\\x2f", b"\\x04\\xd2\\x16\\x30"):
            connection.sendall(b"N")  # neither TLS nor GSSAPI
        connection.sendall(bytes.fromhex(sys.argv[1]))
        connection.close()
"""


def failure(sqlstate: str) -> bytes:
    """An ErrorResponse of the protocol."""
    fields = b"SFATAL\0VFATAL\0C" + sqlstate.encode() + b"\0Mno\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of a process that says `answer` to whoever would begin a session: libpq would hold a thread of ours."""
    command = [sys.executable, "-c", ANSWERER, answer.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def is_ready_at(url: str) -> bool:
    conninfo = conninfo_of(parse_url(url))
    assert conninfo is not None
    return is_ready(conninfo)


class Time:
    """Passes when somebody sleeps, and by `asking` for every look at it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def wait(answers: Iterator[bool], time: Time, *, seconds: float, draws: Iterator[float] | None = None) -> bool:
    draws = draws or itertools.repeat(0.5)
    return wait_until(
        lambda: next(answers), seconds=seconds, sleep=time.sleep, clock=time.clock, draw=lambda: next(draws)
    )


def test_one_that_is_there_is_not_waited_for() -> None:
    """Not even where no time is given."""
    time = Time()

    assert wait(iter([True]), time, seconds=0)

    assert time.slept == []


def test_it_is_asked_again_about_every_second() -> None:
    """A little sooner or later, so that replicas do not ask together."""
    time = Time()

    assert wait(iter([False, False, False, True]), time, seconds=60, draws=iter([0.0, 0.5, 1.0]))

    assert time.slept == pytest.approx([0.8, 1.0, 1.2])


def test_it_is_asked_a_last_time_when_the_time_is_over() -> None:
    """And no later: the last sleep ends with the time."""
    time = Time()
    answers = iter([False, False, False, False, True])

    assert not wait(answers, time, seconds=2.5)

    assert time.slept == pytest.approx([1.0, 1.0, 0.5])
    assert next(answers)


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        (failure("57P03"), False, "it starts up"),
        (b"", False, "what is in front of it takes connections, and has nowhere to lead them"),
        (failure("28P01"), True, "a wrong password: waiting does not mend it"),
        (failure("3D000"), True, "no such database"),
        (failure("53300"), True, "too many sessions"),
        (b"R\0\0\0\x08\0\0\0\x03", True, "it asks for the password"),
    ],
)
def test_it_is_ready_unless_it_starts_up(*, answer: bytes, expected: bool, reason: str) -> None:
    """Told by the code of its first answer, whatever language its message is in."""
    with answering(answer) as port:
        assert is_ready_at(f"postgresql://errand@127.0.0.1:{port}/errand") is expected, reason


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no..name:5432", "127.0.0.1:99999"])
def test_it_is_not_ready_where_nobody_listens(place: str) -> None:
    """Nor by a name that cannot be one."""
    assert not is_ready_at(f"postgresql://errand@{place}/errand")


def test_one_of_several_is_enough() -> None:
    """As libpq goes on to the next."""
    with answering(failure("28P01")) as port:
        assert is_ready_at(f"postgresql://errand@/errand?host=127.0.0.1:{free_port()}&host=127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://jo:{PASSWORD}@db.example/errand", "db.example:5432"),
        (f"postgresql+psycopg://jo:{PASSWORD}@[2001:db8::7]:6543/errand", "[2001:db8::7]:6543"),
        (f"postgresql://jo:{PASSWORD}@/errand?host=a:7000&host=b", "a:7000, b"),
        (f"postgresql://jo:{PASSWORD}@/errand?host=/run/postgresql", "/run/postgresql"),
        (f"postgresql://jo:{PASSWORD}@/errand", "a local socket"),
        (f"postgresql://jo@db.example/errand?password={PASSWORD}", "db.example:5432"),
    ],
)
def test_it_is_told_by_its_place(url: str, told: str) -> None:
    """Neither who is let in nor the password."""
    conninfo = conninfo_of(parse_url(url))

    assert address_of(parse_url(url)) == told
    assert conninfo is not None
    assert PASSWORD.encode() not in conninfo


def test_what_is_waited_for_is_told_once() -> None:
    """By its address, without user and password. The next query tells the reason."""
    port, told = free_port(), list[str]()

    wait_for_server(f"postgresql://jo:{PASSWORD}@127.0.0.1:{port}/errand", seconds=0.01, tell=told.append)

    assert told == [f"The database at 127.0.0.1:{port} cannot be reached; waiting for it, at most 0.01 s …"]


@pytest.mark.parametrize(
    ("url", "seconds", "reason"),
    [
        ("postgresql://jo@127.0.0.1:1/errand", 0, "no time to wait is given"),
        ("sqlite:////srv/errand.db", 60, "a file has no server"),
        ("postgresql://db/errand?no_such_option=1", 60, "connecting reports the mistake"),
    ],
)
def test_nothing_is_told_without_waiting(url: str, seconds: float, reason: str) -> None:
    """The next query refuses at once."""
    told = list[str]()

    wait_for_server(url, seconds=seconds, tell=told.append)

    assert told == [], reason


def test_a_database_of_another_kind_is_refused() -> None:
    """At once."""
    with pytest.raises(SettingsError, match="mysql"):
        wait_for_server("mysql://db/errand", seconds=60, tell=print)
