"""The address that is served at: taken early, by nobody else, and quick to take new connections."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest
import uvloop

from service.errors import SettingsError
from service.server.listening import refuse_taken_port, taken_address
from tests.support.daemon import free_port

LOOPBACK = "127.0.0.1"
WAITING = 64


def test_a_port_in_use_is_refused() -> None:
    """With what to set instead."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{port}.*ERRAND_PORT"):
            refuse_taken_port(LOOPBACK, port)


def test_a_port_that_was_just_left_may_be_taken() -> None:
    """As the server itself may bind it."""
    with socket.create_server((LOOPBACK, 0)) as server:
        free = server.getsockname()[1]

    refuse_taken_port(LOOPBACK, free)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    """Nobody here can listen there."""
    with pytest.raises(SettingsError, match="Cannot listen"):
        refuse_taken_port(host, 8000)


def test_until_somebody_listens_connections_are_refused() -> None:
    """So that a probe is not kept waiting while the rest is made ready."""
    port = free_port()
    with taken_address(LOOPBACK, port) as sockets:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((LOOPBACK, port), timeout=10)
        sockets[0].listen()
        socket.create_connection((LOOPBACK, port), timeout=10).close()


def test_many_who_connect_at_once_are_let_in_within_a_few_rounds() -> None:
    """A round takes milliseconds under load, and a probe that connects last waits for all of them."""

    async def rounds_until_all_are_in() -> int:
        port, made = free_port(), 0

        class Counting(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                nonlocal made
                made += 1

        loop = asyncio.get_running_loop()
        with taken_address(LOOPBACK, port) as sockets, ExitStack() as stack:
            servers = [await loop.create_server(Counting, sock=each) for each in sockets]
            for _ in range(WAITING):  # the kernel takes them; nobody has looked yet
                stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=10))
            rounds = 0
            while made < WAITING:
                await asyncio.sleep(0)
                rounds += 1
            for server in servers:
                server.close()
        return rounds

    assert uvloop.run(rounds_until_all_are_in()) <= WAITING / 2
