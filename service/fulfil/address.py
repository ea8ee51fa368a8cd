"""Addresses that may be called. An address inside this machine or its own network is refused unless it is allowed.

Otherwise a catalogue, or the owner of a name, could make Errand call systems that trust its place in the network:
databases, admin pages, the metadata service of a cloud (CWE-918). Names are looked up in `resolver`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import httpx

from service.errors import SettingsError

Address: TypeAlias = IPv4Address | IPv6Address

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_TUNNELS: Final = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
"""6to4 and Teredo: obsolete, and with an IPv4 address inside."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""How networks without IPv4 write IPv4 addresses (RFC 6052)."""
_METADATA: Final = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
"""Addresses of clouds' metadata services that pass for public. Others are link-local, shared or private anyway."""
_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class AddressRefusedError(Exception):
    """An address that may not be called. The message names the address and the setting that would allow it."""


def find_origin(url: str) -> str | None:
    """Scheme, host and port, for example `https://stock.example:8443`. `None` if HTTP cannot call the address."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    host = parsed.raw_host.decode("ascii")
    is_host = as_address(host) is not None or _NAME.fullmatch(_plain(host))
    is_port = parsed.port is None or 0 < parsed.port < 65_536
    if parsed.scheme not in {"http", "https"} or not is_host or not is_port:
        return None
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"


def is_public(address: Address) -> bool:
    """Whether every machine on the internet could reach the address."""
    if isinstance(address, IPv4Address):
        is_one_host = not (address.is_multicast or address.is_reserved)
        return address.is_global and is_one_host and not any(address in network for network in _METADATA)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in tunnel for tunnel in _TUNNELS)


class AddressPolicy:
    """Public addresses, and addresses that the operator allows: by host name, address or network (CIDR)."""

    def __init__(self, allowed_hosts: Sequence[str] = ()) -> None:
        """Raises SettingsError for an entry other than a name or a network."""
        self._names: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for host in allowed_hosts:
            self._allow(host)

    def check(self, host: str, addresses: Sequence[Address]) -> None:
        """Raise AddressRefusedError unless every address of the host may be called."""
        if _plain(host) in self._names:
            return
        for address in addresses:
            if not is_public(address) and not any(address in network for network in self._networks):
                raise AddressRefusedError(
                    f"{host} is {address}, which is not a public address. "
                    "Where it is meant, name the host or its network in ERRAND_FULFIL_ALLOW."
                )

    def _allow(self, host: str) -> None:
        try:
            self._networks.append(ip_network(host))
        except ValueError:
            if not _NAME.fullmatch(_plain(host)):
                raise SettingsError(
                    f"ERRAND_FULFIL_ALLOW holds {host!r}, which is neither the name of a host nor a network. "
                    "Write it without a port, as stock.internal, 10.2.3.4 or 10.2.0.0/16."
                ) from None
            self._names.add(_plain(host))


def as_address(host: str) -> Address | None:
    """The address that a host is written as. `None` for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")
