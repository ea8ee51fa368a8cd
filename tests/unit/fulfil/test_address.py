"""Which addresses may be called: the internet's, and what the operator allows."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import SettingsError
from service.fulfil.address import AddressPolicy, AddressRefusedError, find_origin, is_public

NOT_PUBLIC = [
    ("0.0.0.0", "this host"),  # noqa: S104
    ("10.1.2.3", "private"),
    ("100.64.0.1", "shared by a provider's customers"),
    ("100.100.100.200", "a cloud's metadata, in shared space"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "the whole loopback network"),
    ("168.63.129.16", "a cloud's metadata, at a public address"),
    ("169.254.169.254", "metadata of most clouds, link-local"),
    ("169.254.170.2", "credentials of a container, link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "a cloud's metadata"),
    ("192.0.2.1", "documentation"),
    ("192.168.178.1", "private"),
    ("198.18.0.1", "benchmarks"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "this host"),
    ("::1", "loopback"),
    ("::127.0.0.1", "an IPv4 address inside"),
    ("::ffff:127.0.0.1", "IPv4-mapped loopback"),
    ("::ffff:169.254.169.254", "IPv4-mapped metadata"),
    ("::ffff:8.8.8.8", "IPv4-mapped: nobody writes a public address like that in good faith"),
    ("64:ff9b::7f00:1", "loopback behind NAT64"),
    ("64:ff9b::a9fe:a9fe", "metadata behind NAT64"),
    ("64:ff9b:1::1", "a network's own NAT64"),
    ("100::1", "discard"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::1", "loopback in 6to4"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "a cloud's metadata"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local, with its interface"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::808:808",
]


def may_call(policy: AddressPolicy, host: str, *addresses: str) -> bool:
    try:
        policy.check(host, [ip_address(address) for address in addresses])
    except AddressRefusedError:
        return False
    return True


@pytest.mark.parametrize(("address", "reason"), NOT_PUBLIC)
def test_what_is_not_public_is_refused(address: str, reason: str) -> None:
    """By its own name or behind another."""
    assert not may_call(AddressPolicy(), address, address), reason
    assert not may_call(AddressPolicy(["other.example", "203.0.113.0/24"]), "stock.example", address), reason


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_called(address: str) -> None:
    """Also where IPv4 addresses are written as IPv6 ones by the network."""
    assert may_call(AddressPolicy(), "stock.example", address)


def test_a_refusal_says_what_to_set() -> None:
    """The operator reads it."""
    with pytest.raises(AddressRefusedError, match=r"stock\.internal is 10\.1\.2\.3.*ERRAND_FULFIL_ALLOW"):
        AddressPolicy().check("stock.internal", [ip_address("10.1.2.3")])


@pytest.mark.parametrize(
    ("allowed", "host", "addresses", "may", "reason"),
    [
        (["stock.internal"], "stock.internal", ["10.1.2.3"], True, "by its name"),
        (["Stock.Internal."], "sTOCK.iNTERNAL", ["10.1.2.3"], True, "names have no case"),
        (["stock.internal"], "stock.internal.", ["10.1.2.3"], True, "nor a last dot"),
        (["stock.internal"], "evil-stock.internal", ["10.1.2.3"], False, "another name"),
        (["stock.internal"], "a.stock.internal", ["10.1.2.3"], False, "a name below it"),
        (["stock.internal"], "10.1.2.3", ["10.1.2.3"], False, "the name is allowed, not its address"),
        (["localhost"], "localhost", ["::1", "127.0.0.1"], True, "each of its addresses"),
        (["10.1.2.3"], "stock.internal", ["10.1.2.3"], True, "by its address"),
        (["10.1.2.3"], "stock.internal", ["10.1.2.4"], False, "another address"),
        (["10.1.0.0/16"], "stock.internal", ["10.1.2.3"], True, "by its network"),
        (["10.1.0.0/16"], "stock.internal", ["10.2.2.3"], False, "another network"),
        (["10.1.0.0/16"], "stock.internal", ["10.1.2.3", "10.2.2.3"], False, "every address is looked at"),
        (["10.1.0.0/16"], "stock.internal", ["8.8.8.8", "127.0.0.1"], False, "every address is looked at"),
        (["10.1.0.0/16"], "stock.internal", ["8.8.8.8", "10.1.2.3"], True, "one is public, the other allowed"),
        (["10.1.0.0/16"], "stock.internal", ["::ffff:10.1.2.3"], False, "the same in disguise"),
        (["fd12::/16"], "stock.internal", ["fd12::7"], True, "by its network"),
        (["169.254.169.254"], "169.254.169.254", ["169.254.169.254"], True, "even that, where it is said"),
    ],
)
def test_what_is_allowed_may_be_called(
    *, allowed: Sequence[str], host: str, addresses: Sequence[str], may: bool, reason: str
) -> None:
    """A name stands for whatever it resolves to; an address or network for itself, under any name."""
    assert may_call(AddressPolicy(allowed), host, *addresses) is may, reason


@pytest.mark.parametrize(
    "host", ["", " ", "10.0.0.0/33", "10.1.2.3/8", "stock:8080", "http://stock", "a b", "[::1]", "a/b", "a?b", "a@b"]
)
def test_an_allowed_host_that_is_none_is_refused(host: str) -> None:
    """Silently allowing nothing, or everything, would be found out too late."""
    with pytest.raises(SettingsError, match="neither the name of a host nor a network"):
        AddressPolicy([host])


REFUSED_NETWORKS = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        "::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001::/32", "2002::/16", "2001:db8::/32",
    )
]  # fmt: skip


@given(network=st.sampled_from(REFUSED_NETWORKS), place=st.integers(0, 2**128 - 1))
def test_no_address_of_these_networks_is_public(network: IPv4Network | IPv6Network, place: int) -> None:
    """Every one of them, not only those that come to mind."""
    address = network[place % network.num_addresses]

    assert not is_public(address)
    if isinstance(address, IPv4Address):
        for disguise in ("::ffff:0:0", "64:ff9b::", "::"):
            assert not is_public(IPv6Address(int(IPv6Address(disguise)) + int(address)))


@pytest.mark.parametrize(
    ("url", "origin", "reason"),
    [
        ("https://stock.example/lookup?shop=2", "https://stock.example", "neither path nor parameters"),
        ("https://Stock.Example:443", "https://stock.example", "without the usual port"),
        ("http://stock.example:80/", "http://stock.example", "without the usual port"),
        ("https://stock.example:8443/a", "https://stock.example:8443", "with an unusual port"),
        ("https://user:pass@stock.example/a", "https://stock.example", "without credentials"),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:9", "an address"),
        ("http://[::1]:9/a", "http://[::1]:9", "an address of IPv6"),
        ("https://bücher.example/", "https://xn--bcher-kva.example", "as DNS has it"),
        ("ftp://stock.example/", None, "not HTTP"),
        ("file:///etc/passwd", None, "not HTTP"),
        ("gopher://stock.example/", None, "not HTTP"),
        ("//stock.example/", None, "no scheme"),
        ("/lookup", None, "no host"),
        ("https:///lookup", None, "no host"),
        ("https://stock.example:65536/", None, "no such port"),
        ("https://stock.example:0/", None, "no such port"),
        ("https://stock<1>.example/", None, "no name of a host"),
        ("https://stock example/", None, "no name of a host"),
        ("https://[::1/", None, "a bracket that is not closed"),
        ("${STOCK_URL}/lookup", None, "a variable that was not filled in"),
        ("", None, "nothing"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str | None, reason: str) -> None:
    """What is shared by all that one system answers."""
    assert find_origin(url) == origin, reason


@given(st.text())
def test_no_address_raises(url: str) -> None:
    """A catalogue may come from anybody."""
    for text in (url, f"https://{url}"):
        origin = find_origin(text)
        assert origin is None or find_origin(origin) == origin
