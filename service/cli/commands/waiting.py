"""Waits for a database that is away when the service starts, as one that starts beside it is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from service.cli.commands.interruption import ending_at_sigterm, interruptibly
from service.record.database.server_ready import find_server
from service.settings import Settings

RETRY_SECONDS = 1.0
SPREAD = 0.4
"""Of the time between attempts, so that replicas which start together do not ask together."""


def wait_for_database(settings: Settings, tell: Callable[[str], None]) -> None:
    """Return when the database can be asked, or has been away as long as the settings wait; who asks it then says why.

    What it is asked, such as who is let in or which schema there is, is none of its concern.
    """
    seconds = settings.database_wait_seconds
    server = find_server(settings.resolved_database_url)
    if server is None or not seconds:
        return
    with ending_at_sigterm():
        if interruptibly(server.is_ready):
            return
        tell(f"The database at {server} cannot be reached; waiting for it, at most {seconds:g} s …")
        if wait_until(lambda: interruptibly(server.is_ready), seconds=seconds):
            tell("The database is there.")


def wait_until(
    is_there: Callable[[], bool],
    *,
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    draw: Callable[[], float] = random.random,
) -> bool:
    """Whether it was there within so many seconds. It is asked at least once, and a last time when they are over."""
    until = clock() + seconds
    while not is_there():
        left = until - clock()
        if left <= 0:
            return False
        sleep(min(left, RETRY_SECONDS * (1 + SPREAD * (draw() - 0.5))))
    return True
