"""Names become addresses off the event loop, one look-up a name at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address

import pytest

from service.fulfil.resolver import LookUp, Resolver, look_up
from tests.support.fulfilment import AMPLE_SECONDS


@pytest.fixture
def resolver_with() -> Iterator[Callable[[LookUp], Resolver]]:
    opened: list[Resolver] = []

    def open_resolver(look_up: LookUp) -> Resolver:
        opened.append(Resolver(look_up))
        return opened[-1]

    yield open_resolver
    for resolver in opened:
        resolver.close()


async def test_addresses_come_in_their_order_and_not_twice(resolver_with: Callable[[LookUp], Resolver]) -> None:
    """At most three of them."""
    found = ["2606:4700::1", "8.8.8.8", "8.8.8.8", "8.8.4.4", "1.1.1.1"]
    resolver = resolver_with(lambda _: found)

    addresses = await resolver.addresses("stock.example", within_seconds=AMPLE_SECONDS)

    assert addresses == tuple(ip_address(text) for text in ("2606:4700::1", "8.8.8.8", "8.8.4.4"))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "8.8.8.8"])
async def test_what_is_an_address_is_not_looked_up(resolver_with: Callable[[LookUp], Resolver], host: str) -> None:
    def nobody(_: str) -> Sequence[str]:
        raise AssertionError("There is nothing to look up.")

    assert await resolver_with(nobody).addresses(host, within_seconds=0.0) == (ip_address(host),)


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_without_addresses_is_told(resolver_with: Callable[[LookUp], Resolver], error: Exception) -> None:
    """And is looked up again the next time."""
    answers: list[Exception | list[str]] = [error, ["8.8.8.8"]]

    def answer(_: str) -> Sequence[str]:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    resolver = resolver_with(answer)

    with pytest.raises(type(error)):
        await resolver.addresses("stock.example", within_seconds=AMPLE_SECONDS)
    assert await resolver.addresses("stock.example", within_seconds=AMPLE_SECONDS) == (ip_address("8.8.8.8"),)


async def test_a_name_server_that_is_away_holds_up_its_own_names_only(
    resolver_with: Callable[[LookUp], Resolver],
) -> None:
    """However many calls ask for one name, a single thread waits for it; and nobody waits longer than allowed."""
    release, asked = threading.Event(), []

    def answer(host: str) -> Sequence[str]:
        asked.append(host)
        if host == "away.example":
            assert release.wait(AMPLE_SECONDS)
        return ["8.8.8.8"]

    resolver = resolver_with(answer)
    in_vain = [resolver.addresses("away.example", within_seconds=0.01) for _ in range(50)]
    assert {type(found) for found in await asyncio.gather(*in_vain, return_exceptions=True)} == {TimeoutError}

    assert await resolver.addresses("stock.example", within_seconds=AMPLE_SECONDS) == (ip_address("8.8.8.8"),)
    late = asyncio.create_task(resolver.addresses("away.example", within_seconds=AMPLE_SECONDS))
    release.set()

    assert await late == (ip_address("8.8.8.8"),)
    assert asked.count("away.example") == 1


def test_the_operating_system_knows_localhost() -> None:
    """The only name that every machine can look up."""
    assert {"127.0.0.1", "::1"} & set(look_up("localhost"))
