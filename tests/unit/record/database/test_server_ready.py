"""Whether the server of a database is there, asked of sockets and of what a PostgreSQL answers first."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from service.errors import SettingsError
from service.record.database.server_ready import Server, find_server
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


def server_at(place: str) -> Server:
    server = find_server(f"postgresql://errand:{PASSWORD}@{place}/errand")
    assert server is not None
    return server


@pytest.mark.parametrize(
    ("answer", "is_ready", "reason"),
    [
        (failure("57P03"), False, "it starts up"),
        (b"", False, "what is in front of it takes connections, and has nowhere to lead them"),
        (failure("28P01"), True, "a wrong password: waiting does not mend it"),
        (failure("3D000"), True, "no such database"),
        (failure("53300"), True, "too many sessions"),
        (b"R\0\0\0\x08\0\0\0\x03", True, "it asks for the password"),
    ],
)
def test_it_is_ready_unless_it_starts_up(*, answer: bytes, is_ready: bool, reason: str) -> None:
    """Told by the code of its first answer, whatever language its message is in."""
    with answering(answer) as port:
        assert server_at(f"127.0.0.1:{port}").is_ready() is is_ready, reason


@pytest.mark.parametrize("place", ["127.0.0.1:1", "no..name:5432", "127.0.0.1:99999"])
def test_it_is_not_ready_where_nobody_listens(place: str) -> None:
    """Nor by a name that cannot be one."""
    assert not server_at(place).is_ready()


def test_one_of_several_is_enough() -> None:
    """As libpq goes on to the next."""
    with answering(failure("28P01")) as port:
        url = f"postgresql://errand@/errand?host=127.0.0.1:{free_port()}&host=127.0.0.1:{port}"
        server = find_server(url)

        assert server is not None
        assert server.is_ready()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://jo:{PASSWORD}@db.example/errand", "db.example:5432"),
        (f"postgresql+psycopg://jo:{PASSWORD}@[2001:db8::7]:6543/errand", "[2001:db8::7]:6543"),
        (f"postgresql://jo:{PASSWORD}@/errand?host=a:7000&host=b", "a:7000, b:5432"),
        (f"postgresql://jo:{PASSWORD}@/errand?host=/run/postgresql", "a local socket"),
        (f"postgresql://jo:{PASSWORD}@/errand", "a local socket"),
    ],
)
def test_it_is_told_by_its_place(url: str, told: str) -> None:
    """Neither who is let in nor the password."""
    server = find_server(url)

    assert str(server) == told
    assert PASSWORD not in repr(server)
    assert server is not None
    assert PASSWORD.encode() not in server.conninfo


@pytest.mark.parametrize("url", ["sqlite:////srv/errand.db", "postgresql://db/errand?no_such_option=1"])
def test_no_server_is_looked_for(url: str) -> None:
    """In a file's place there is none; what is wrong with an URL is said when it is connected to."""
    assert find_server(url) is None


def test_a_database_of_another_kind_is_refused() -> None:
    """At once."""
    with pytest.raises(SettingsError, match="mysql"):
        find_server("mysql://db/errand")
