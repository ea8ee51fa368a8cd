"""The address that is served at: taken before anything is made ready, listened at only when it is."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeAlias

from service.errors import SettingsError

ACCEPTED_A_ROUND: Final = 8
"""New connections taken in one round of the event loop. uvloop takes one for each socket that it listens at, and under
load a round takes milliseconds: a probe would wait behind every connection that was opened before it."""


Address: TypeAlias = tuple[Any, ...]
"""As `socket` has it: host and port, and two more for IPv6."""


@contextmanager
def taken_address(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets for a server to listen at, several for each address of `host`. SettingsError if nobody could.

    Until one listens, whoever connects is refused.
    """
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        missing: OSError | None = None
        try:
            for family, address in _addresses(host, port):
                try:
                    bound = stack.enter_context(_bound(family, address))
                except OSError as error:
                    if error.errno != errno.EADDRNOTAVAIL:  # a name may have addresses that this machine has not
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
    """Raise SettingsError if nobody could listen there."""
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
