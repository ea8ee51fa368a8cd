"""Which network a request is counted under."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from service.access.client_network import network_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "network", "reason"),
    [
        ("203.0.113.77", None, "203.0.113.0/24", "a peer of IPv4"),
        ("2001:db8:1:2::3", None, "2001:db8:1::/48", "a peer of IPv6"),
        ("::ffff:203.0.113.77", None, "203.0.113.0/24", "IPv4 written as IPv6"),
        ("203.0.113.77", "198.51.100.1", "203.0.113.0/24", "no proxy of ours, so it is not believed"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.0/24", "a proxy of ours"),
        ("fd00::1", "2001:db8:9::1", "2001:db8:9::/48", "one of IPv6"),
        ("10.1.2.3", "192.0.2.1, 198.51.100.1", "198.51.100.0/24", "what stands before it is the caller's own claim"),
        ("10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.0/24", "two proxies of ours"),
        ("10.1.2.3", "10.9.9.8,10.9.9.9", "10.9.9.0/24", "nobody else was named"),
        ("10.1.2.3", "198.51.100.1, nonsense", "10.1.2.0/24", "what cannot be read ends the chain"),
        ("10.1.2.3", "", "10.1.2.0/24", "nothing was named"),
        ("10.1.2.3", None, "10.1.2.0/24", "the proxy itself asks"),
        (None, "198.51.100.1", "local", "a Unix socket"),
        ("testclient", None, "local", "no address"),
    ],
)
def test_a_request_is_counted_under_its_network(
    peer: str | None, forwarded_for: str | None, network: str, reason: str
) -> None:
    """An address is cut to what belongs to one customer of a provider."""
    scope: dict[str, Any] = {"client": None if peer is None else (peer, 40_000)}
    headers = {} if forwarded_for is None else {b"x-forwarded-for": forwarded_for.encode()}

    assert network_of(scope, headers, PROXIES) == network, reason
