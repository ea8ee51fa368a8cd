"""Finds out whether the server of a database is there, before anything is asked of it. Nobody is let in here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg import ProgrammingError, pq
from psycopg.conninfo import make_conninfo
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import ArgumentError

from service.record.database.engine import parse_url

TIMEOUT_SECONDS = 2
"""For one attempt; libpq knows no shorter time."""
POSTGRESQL_PORT = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a PostgreSQL is looked for."""

    addresses: tuple[tuple[str, int], ...]
    """Hosts and ports; none where it is reached by a socket of this machine alone."""
    conninfo: bytes = field(repr=False)
    """How libpq is told of it, without a password."""

    def __str__(self) -> str:
        """For people: no user and no password."""
        hosts = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.addresses)
        return ", ".join(hosts) or "a local socket"

    def is_ready(self) -> bool:
        """Whether it takes connections now. No for a name that cannot be resolved, no answer, or one that starts up.

        Yes where it refuses for another reason, such as a wrong password: waiting would not help.
        """
        # libpq holds every thread while it waits, so that it is asked only where somebody listens.
        if self.addresses and not any(map(listens, self.addresses)):
            return False
        return pq.PGconn.ping(self.conninfo) not in {pq.Ping.REJECT, pq.Ping.NO_RESPONSE}


def find_server(url: str) -> Server | None:
    """`None` for a file, and for an URL that no server could be reached by. SettingsError if `url` cannot be used."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return None
    try:
        _, options = PGDialect_psycopg().create_connect_args(parsed)  # type: ignore[no-untyped-call]
        options.pop("password", None)
        conninfo = make_conninfo(**{**options, "connect_timeout": TIMEOUT_SECONDS})
    except (ArgumentError, ProgrammingError):  # what is wrong is said when it is connected to
        return None
    return Server(addresses=tuple(split(options)), conninfo=conninfo.encode())


def split(options: dict[str, object]) -> Iterator[tuple[str, int]]:
    """Hosts and ports as libpq pairs them: one port is for every host."""
    hosts = [host for host in str(options.get("host") or "").split(",") if host]
    ports = [int(port or POSTGRESQL_PORT) for port in str(options.get("port") or POSTGRESQL_PORT).split(",")]
    for host, port in zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False):
        if not host.startswith("/"):
            yield host, port


def listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=TIMEOUT_SECONDS).close()
    except (OSError, UnicodeError, OverflowError):  # the latter: no name, and no port, that could be
        return False
    return True
