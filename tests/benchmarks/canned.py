"""Bytes for bytes, without any HTTP: what it reaches is the load generator's own ceiling, or close below it.

Run it with the port as its argument.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from typing import cast

from tests.benchmarks.answer import ANSWER

RESPONSE = (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\ncontent-type: application/json\r\n\r\n" % len(ANSWER)) + ANSWER


class Canned(asyncio.Protocol):
    """One answer for each packet; a request of the load generator is one packet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.WriteTransport", transport).write

    def data_received(self, data: bytes) -> None:
        self._write(RESPONSE)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    loop_factory = None
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve(int(sys.argv[1])))
