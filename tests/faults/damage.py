"""What is done to an installation, once a cycle. Whatever it is, it is mended before the function returns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from dataclasses import dataclass
from typing import Final

import httpx

from service.fulfil.deliverer import LEASE_MARGIN_SECONDS
from tests.faults.installation import CALL_SECONDS, Database, Installation, Layout, start
from tests.faults.load import PATIENCE_SECONDS, Load, StalledError
from tests.faults.proxy import DARK, Weather
from tests.support.server import Server

ALONE = Layout()
BOTH = (Database.SQLITE, Database.POSTGRESQL)
POSTGRESQL = (Database.POSTGRESQL,)
STANDSTILL_SECONDS = 1.0
LEASE_SECONDS = CALL_SECONDS + LEASE_MARGIN_SECONDS
DATABASE_AWAY_SECONDS = 1.5
BAD_WEATHER_SECONDS = 2.0
DARK_SECONDS = 3.0
FULL_SECONDS = 5.0
"""At most; shorter where somebody was refused before."""
POLL_SECONDS = 0.5
"""Between two questions that cost the service something."""
LAST_CHARACTERS = 1_000
"""Of what a process said that did not start again."""
JUMPS_SECONDS = (3_600, -3_600, 0)
FAR = Weather(delay_seconds=0.1)
NARROW = Weather(bytes_per_second=20_000)
REFUSING = Weather(is_refusing=True)

Damage = Callable[[Installation, Load, int], Awaitable[None]]
"""Is told the number of the cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    name: str
    what: str
    damage: Damage
    databases: tuple[Database, ...] = BOTH
    layout: Layout = ALONE


async def kill_api(installation: Installation, _: Load, cycle: int) -> None:
    server = installation.servers[cycle % len(installation.servers)]
    await asyncio.to_thread(server.kill)
    await restart(server)


async def stop_api(installation: Installation, _: Load, __: int) -> None:
    [server] = installation.servers
    await stop(server, STANDSTILL_SECONDS)


async def stop_replica(installation: Installation, _: Load, cycle: int) -> None:
    """What it was delivering is delivered by the other one as well, which must not count twice."""
    await stop(installation.servers[cycle % len(installation.servers)], LEASE_SECONDS + STANDSTILL_SECONDS)


async def stop(server: Server, seconds: float) -> None:
    server.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        server.send(signal.SIGCONT)


async def kill_worker(installation: Installation, _: Load, __: int) -> None:
    [server] = installation.servers
    before = server.workers()
    os.kill(min(before), signal.SIGKILL)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_replaced(server, before):  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise StalledError("No other worker came to serve.") from error


async def is_replaced(server: Server, before: Set[int]) -> bool:
    """Whether a worker that is none of these serves."""
    new = server.workers() - before
    with contextlib.suppress(httpx.TransportError):  # the connection was the killed worker's
        samples = (await server.metrics()).samples
        serving = {int(sample.labels["pid"]) for sample in samples if sample.name == "errand_info"}
        return bool(new) and new <= serving
    return False


async def stop_worker(installation: Installation, _: Load, __: int) -> None:
    [server] = installation.servers
    worker = min(server.workers())
    os.kill(worker, signal.SIGSTOP)
    try:
        await asyncio.sleep(STANDSTILL_SECONDS)
    finally:
        os.kill(worker, signal.SIGCONT)


@contextlib.asynccontextmanager
async def database_away(installation: Installation) -> AsyncIterator[None]:
    await asyncio.to_thread(installation.database.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(installation.database.start)


async def kill_database(installation: Installation, _: Load, __: int) -> None:
    async with database_away(installation):
        await asyncio.sleep(DATABASE_AWAY_SECONDS)


async def stop_database(installation: Installation, _: Load, __: int) -> None:
    with installation.database.standing_still():
        await asyncio.sleep(DARK_SECONDS)


async def kill_session(installation: Installation, _: Load, __: int) -> None:
    await asyncio.to_thread(installation.kill_session)


async def kill_both(installation: Installation, load: Load, _: int) -> None:
    """The process that took contacts while the database was away dies before it could hand them over."""
    [server] = installation.servers
    before = load.degraded
    async with database_away(installation):
        await wait(DATABASE_AWAY_SECONDS, lambda: load.degraded >= before + 20)
        await asyncio.to_thread(server.kill)
    await restart(server)


async def cut(installation: Installation, _: Load, __: int) -> None:
    with installation.network.weather(REFUSING):
        installation.network.cut()
        await asyncio.sleep(STANDSTILL_SECONDS)


async def black_hole(installation: Installation, _: Load, cycle: int) -> None:
    with installation.network.weather(DARK):
        await asyncio.sleep(DARK_SECONDS)
        if cycle % 2:  # what was in between has forgotten the connections
            installation.network.cut()


async def delay(installation: Installation, _: Load, __: int) -> None:
    with installation.network.weather(FAR):
        await asyncio.sleep(BAD_WEATHER_SECONDS)


async def narrow(installation: Installation, _: Load, __: int) -> None:
    with installation.network.weather(NARROW):
        await asyncio.sleep(BAD_WEATHER_SECONDS)


async def fill_disk(installation: Installation, load: Load, _: int) -> None:
    """The local disk; where the database has another, it is away in the meantime."""
    assert installation.disk is not None
    before = load.refused.total()
    is_local = installation.postgresql is None
    with installation.disk.full():
        async with contextlib.nullcontext() if is_local else database_away(installation):
            await wait(FULL_SECONDS, lambda: load.refused.total() > before)
            await asyncio.sleep(STANDSTILL_SECONDS)


async def kill_fulfilment(installation: Installation, _: Load, __: int) -> None:
    """The next cycle waits until it is called again, and with it the breaker."""
    system = installation.fulfilment
    await asyncio.to_thread(system.kill)
    await asyncio.sleep(STANDSTILL_SECONDS)
    await asyncio.to_thread(system.start)
    before = system.calls
    await until(lambda: system.calls > before, "a call of the fulfilment system")


async def jump_clock(installation: Installation, _: Load, cycle: int) -> None:
    assert installation.clock is not None
    draft = installation.clock.with_suffix(".new")
    draft.write_text(str(JUMPS_SECONDS[cycle % len(JUMPS_SECONDS)]), encoding="ascii")
    draft.replace(installation.clock)
    await asyncio.sleep(STANDSTILL_SECONDS)


async def restart(server: Server) -> None:
    """StalledError if it does not become ready."""
    try:
        await start(server)
    except AssertionError as error:
        raise StalledError(f"It did not start again:\n{server.said[-LAST_CHARACTERS:]}") from error


async def wait(seconds: float, has_come: Callable[[], bool]) -> None:
    """No longer than `seconds`, come or not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not has_come():  # noqa: ASYNC110 - it is counted elsewhere, without an event
                await asyncio.sleep(0.02)


async def until(has_come: Callable[[], bool], what: str) -> None:
    """StalledError if it never comes."""
    await wait(PATIENCE_SECONDS, has_come)
    if not has_come():
        raise StalledError(f"There was no sign of {what}.")


FAULTS: Final = (
    Fault(name="kill-api", what="kill -9 of the process", damage=kill_api),
    Fault(
        name="kill-replica",
        what="kill -9 of one of two replicas",
        damage=kill_api,
        databases=POSTGRESQL,
        layout=Layout(replicas=2),
    ),
    Fault(name="stop-api", what="SIGSTOP of the process, then SIGCONT", damage=stop_api),
    Fault(
        name="stop-replica",
        what="SIGSTOP of one of two replicas, for longer than it may deliver",
        damage=stop_replica,
        databases=POSTGRESQL,
        layout=Layout(replicas=2),
    ),
    Fault(name="kill-worker", what="kill -9 of one of two workers", damage=kill_worker, layout=Layout(workers=2)),
    Fault(name="stop-worker", what="SIGSTOP of one of two workers", damage=stop_worker, layout=Layout(workers=2)),
    Fault(name="kill-database", what="PostgreSQL stops as in a crash", damage=kill_database, databases=POSTGRESQL),
    Fault(
        name="stop-database",
        what="SIGSTOP of PostgreSQL, then SIGCONT",
        damage=stop_database,
        databases=POSTGRESQL,
    ),
    Fault(name="kill-session", what="kill -9 of one session of PostgreSQL", damage=kill_session, databases=POSTGRESQL),
    Fault(name="kill-both", what="PostgreSQL goes, then the process", damage=kill_both, databases=POSTGRESQL),
    Fault(name="cut", what="connections to the database are reset", damage=cut, databases=POSTGRESQL),
    Fault(name="black-hole", what="nothing gets to the database or back", damage=black_hole, databases=POSTGRESQL),
    Fault(name="delay", what="the database is 0.1 s away, each way", damage=delay, databases=POSTGRESQL),
    Fault(name="narrow", what="20 kB/s to the database", damage=narrow, databases=POSTGRESQL),
    Fault(
        name="disk-full",
        what="no space left on the local disk",
        damage=fill_disk,
        layout=Layout(has_small_disk=True),
    ),
    Fault(name="kill-fulfilment", what="kill -9 of the system that is called", damage=kill_fulfilment),
    Fault(
        name="clock",
        what="the service's clock jumps by an hour",
        damage=jump_clock,
        layout=Layout(has_moving_clock=True),
    ),
)
