"""Waits for a database server that is away when the service starts, such as a server that starts beside the service.

Waiting needs no login. If the server stays away or refuses, the next query tells the reason.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from psycopg import ProgrammingError, pq
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import ArgumentError

from service.record.database.engine import parse_url

TIMEOUT_SECONDS = 2
"""Limit for one attempt, and the shortest that libpq knows. Signals wait as long, because libpq blocks the process."""
RETRY_SECONDS = 1.0
SPREAD = 0.4
"""Share by which the time between attempts varies, so that replicas that start together ask at different times."""


def wait_for_server(url: str, *, seconds: float, tell: Callable[[str], None]) -> None:
    """Return when the server of `url` is ready, or after `seconds`. Raise SettingsError if `url` is unusable."""
    parsed = parse_url(url)
    conninfo = conninfo_of(parsed)
    if conninfo is None or not seconds or is_ready(conninfo):
        return
    tell(f"The database at {address_of(parsed)} cannot be reached; waiting for it, at most {seconds:g} s …")
    if wait_until(lambda: is_ready(conninfo), seconds=seconds):
        tell("The database is there.")


def wait_until(
    is_there: Callable[[], bool],
    *,
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    draw: Callable[[], float] = random.random,
) -> bool:
    """Whether `is_there` became true within so many seconds. It is asked at least once, and a last time at the end."""
    until = clock() + seconds
    while not is_there():
        left = until - clock()
        if left <= 0:
            return False
        sleep(min(left, RETRY_SECONDS * (1 + SPREAD * (draw() - 0.5))))
    return True


def is_ready(conninfo: bytes) -> bool:
    """Return False if the name fails to resolve, nothing answers, or the server is starting up.

    A server that refuses for another reason, such as a wrong password, is ready: waiting would be in vain.
    """
    return pq.PGconn.ping(conninfo) not in {pq.Ping.REJECT, pq.Ping.NO_RESPONSE}


def conninfo_of(url: URL) -> bytes | None:
    """Return the connection string for libpq without a password, or `None` for a file or unusable options."""
    if url.get_backend_name() == "sqlite":
        return None
    try:
        _, options = PGDialect_psycopg().create_connect_args(url)  # type: ignore[no-untyped-call]
        options.pop("password", None)
        return make_conninfo(**{**options, "connect_timeout": TIMEOUT_SECONDS}).encode()
    except (ArgumentError, ProgrammingError):  # connecting will report the mistake
        return None


def address_of(url: URL) -> str:
    """Return the hosts for people to read, without user and password."""
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host
    return f"{host}:{url.port or 5432}" if host else ", ".join(url.normalized_query.get("host", ["a local socket"]))
