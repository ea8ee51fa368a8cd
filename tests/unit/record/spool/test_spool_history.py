"""Through any history, and a kill at any moment, a spool has all that it has acknowledged, in order."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.record.spool.codec import encoded
from service.record.spool.record_format import framed
from service.record.spool.spool import Spool
from tests.support.spooled import a_write
from tests.support.spooling import AMPLE, files_in, held_by, held_in

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 4)),
        st.tuples(st.just("crash"), st.integers(0, 400)),
        st.tuples(st.just("reopen"), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_whatever_happens_what_was_acknowledged_is_there_in_order(
    actions: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Groups are appended, the process dies while it appends, the spool is opened again: any number of times."""
    folder = tmp_path_factory.mktemp("spool")
    asyncio.run(live_through(actions, folder))


async def live_through(actions: list[tuple[str, int]], folder: Path) -> None:
    acknowledged: list[str] = []
    number = 0
    spool = Spool(folder, limit_bytes=AMPLE)
    for action, amount in actions:
        if action == "append":
            group = [a_write(number + each) for each in range(amount)]
            number += amount
            await asyncio.gather(*(spool.append(write) for write in group))
            acknowledged += [write.decision.decision_id for write in group]
            continue
        await spool.close()
        if action == "crash":  # of what was being written at the end, so many bytes are on the disk
            for path in files_in(folder)[-1:]:
                path.write_bytes(path.read_bytes() + framed(encoded(a_write(9_999)))[:amount])
        spool = Spool(folder, limit_bytes=AMPLE)
        await spool.take_over()
        assert await held_by(spool) == acknowledged
    await spool.close()
    assert await held_in(folder) == acknowledged


KILLED = """
import asyncio, sys
from pathlib import Path
from service.record.spool.spool import open_spool
from tests.support.spooled import a_write

async def client(spool, name):
    for number in range(1_000_000):
        write = a_write(name * 100_000 + number)
        await spool.append(write)
        print(write.decision.decision_id, flush=True)

async def main():
    async with open_spool(Path(sys.argv[1]), limit_bytes=2**30) as spool:
        await asyncio.gather(*(client(spool, name) for name in range(8)))

asyncio.run(main())
"""


def acknowledged_until_killed(folder: Path) -> list[str]:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(200)]
        process.kill()
        lines += process.stdout.readlines()  # not communicate, which would miss what readline has read ahead
    return [line.strip() for line in lines if line.endswith("\n")]  # the last one may be cut short


async def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A process that dies in the middle of appending leaves every decision of which it said that it is kept."""
    acknowledged = await asyncio.to_thread(acknowledged_until_killed, tmp_path)

    found = await held_in(tmp_path)

    assert len(acknowledged) >= 200
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))
