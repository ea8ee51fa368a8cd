"""Takes the address of the service before anything is made ready. Listening starts only when all is ready."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeAlias

from service.errors import SettingsError

ACCEPTED_A_ROUND: Final = 8
"""New connections accepted in one round of the event loop. uvloop accepts one connection for each listening socket.
Under load a round takes milliseconds, and a probe would wait behind every connection that was opened before it."""


Address: TypeAlias = tuple[Any, ...]
"""An address as `socket` has it: host and port, and two more values for IPv6."""


@contextmanager
def taken_address(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Open sockets for a server to listen at, several for each address of `host`.

    Raises SettingsError if listening there is impossible. Until the server listens, connections are refused.
    """
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        missing: OSError | None = None
        try:
            for family, address in _addresses(host, port):
                try:
                    bound = stack.enter_context(_bound(family, address))
                except OSError as error:
                    if error.errno != errno.EADDRNOTAVAIL:  # a name may have addresses that this machine lacks
                        raise
                    missing = error
                else:
                    sockets += [bound, *(stack.enter_context(bound.dup()) for _ in range(ACCEPTED_A_ROUND - 1))]
            if missing is not None and not sockets:
                raise missing
        except OSError as error:
            raise SettingsError(
                f"Cannot listen on {host}:{port} ({error.strerror}). "
                "Stop what uses it, or choose another ERRAND_PORT or ERRAND_HOST."
            ) from error
        yield sockets


def refuse_taken_port(host: str, port: int) -> None:
    """Raise SettingsError if listening there is impossible, for example because the port is in use."""
    with taken_address(host, port):
        pass


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, Address]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(family: socket.AddressFamily, address: Address) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound
