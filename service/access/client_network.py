"""Finds the network of a request. Addresses of people are cut to networks before anything is counted by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.types import Scope

Network: TypeAlias = IPv4Network | IPv6Network
PREFIXES = {4: 24, 6: 48}
NOWHERE = "local"
"""Network of requests without an address, such as requests over a Unix socket."""


def network_of(scope: Scope, headers: Mapping[bytes, bytes], proxies: Sequence[Network]) -> str:
    """Return the network of the caller: of the peer, or of the address for which a trusted proxy speaks."""
    client = scope.get("client")
    peer = parsed(client[0]) if client else None
    if peer is None:
        return NOWHERE
    if is_trusted(peer, proxies):
        peer = behind_proxies(peer, headers.get(b"x-forwarded-for", b"").decode("latin-1"), proxies)
    return cut(peer)


@lru_cache(maxsize=4096)
def cut(address: IPv4Address | IPv6Address) -> str:
    """Return the network of an address, about as large as the network of one customer of a provider."""
    return str(ip_network((address, PREFIXES[address.version]), strict=False))


def behind_proxies(
    peer: IPv4Address | IPv6Address, forwarded_for: str, proxies: Sequence[Network]
) -> IPv4Address | IPv6Address:
    """Return the last address that belongs to no trusted proxy. Addresses before it may be made up by the caller."""
    for text in reversed(forwarded_for.split(",")):
        address = parsed(text.strip())
        if address is None:
            break
        peer = address
        if not is_trusted(peer, proxies):
            break
    return peer


def is_trusted(address: IPv4Address | IPv6Address, proxies: Sequence[Network]) -> bool:
    return any(address in proxy for proxy in proxies)


@lru_cache(maxsize=4096)
def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, or `None` for other text. An IPv4 address that is written as IPv6 becomes IPv4 again."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
