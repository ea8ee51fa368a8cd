"""Who is let in, without a service: keys in memory and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any

import pytest

from service.access.endpoint import ENDPOINTS, OPEN, NoEndpointError, endpoint_of
from service.access.keyring import Keyring
from service.access.rate_limit import LOCKED, MINUTE
from service.access.request_access import PRINCIPAL, Access
from service.domain.key import HeldKey, Role, Scope
from service.errors import (
    AccessError,
    ForbiddenError,
    LimitError,
    LockoutError,
    NoKeyError,
    NotFoundError,
    OriginError,
    RefusalError,
)
from service.measure.instruments import REFUSAL_REASONS
from tests.support.app import Clock
from tests.support.keys import IDENTITY, SHOP, KeysInMemory, a_key

SECOND = MINUTE // 60


@dataclass
class Door:
    """An access object whose time stands still, and what is sent to it."""

    access: Access
    ticks: list[int] = field(default_factory=lambda: [0])

    async def ask(
        self, key: str | None, method: str = "POST", path: str = "/route", peer: str = "203.0.113.7", **headers: str
    ) -> dict[str, Any]:
        """The scope of a request that was admitted."""
        scope: dict[str, Any] = {"method": method, "path": path, "client": (peer, 40_000)}
        sent = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        if key is not None:
            sent[b"authorization"] = f"Bearer {key}".encode()
        await self.access.admit(scope, sent)
        return scope

    async def outcome(self, key: str | None, **request: Any) -> type[RefusalError] | None:
        try:
            await self.ask(key, **request)
        except RefusalError as refusal:
            return type(refusal)
        return None


async def a_door(*held: HeldKey, **options: Any) -> Door:
    keyring = Keyring(store=KeysInMemory(list(held)), identity=IDENTITY, clock=Clock())
    await keyring.refresh()
    ticks = [0]
    return Door(access=Access(keyring, identity=IDENTITY, ticks=lambda: ticks[0], **options), ticks=ticks)


async def test_without_keys_everybody_is_let_in() -> None:
    """Addresses that do not exist are left to the framework."""
    door = await a_door()

    assert PRINCIPAL not in await door.ask(None)
    await door.ask("nonsense", path="/nowhere")


async def test_who_was_let_in_is_known_afterwards() -> None:
    """For what only the body of a request tells."""
    key, held = a_key()
    door = await a_door(held)

    assert (await door.ask(key))[PRINCIPAL] == held.principal


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("", "empty"),
        ("{key}", "no scheme"),
        ("Basic {key}", "another scheme"),
        ("Bearer", "no key"),
        ("Bearer {key} {key}", "two of them"),
        ("Bearer {key}0", "a digit more"),
        ("Bearer \xff", "no text"),
    ],
)
async def test_a_header_that_is_no_key_is_refused(authorization: str, reason: str) -> None:
    """With the one answer for all of them."""
    key, held = a_key()
    door = await a_door(held)

    with pytest.raises(NoKeyError) as refused:
        await door.ask(None, authorization=authorization.format(key=key))

    with pytest.raises(NoKeyError) as missing:
        await door.ask(None)
    assert vars(refused.value) == vars(missing.value), reason
    assert key not in str(refused.value)


async def test_the_scheme_is_written_as_one_likes() -> None:
    """RFC 9110: schemes have no case."""
    key, held = a_key()
    door = await a_door(held)

    await door.ask(None, authorization=f"bearer  {key}")


@pytest.mark.parametrize("role", Role)
async def test_what_is_not_in_the_table_is_refused_to_everybody(role: Role) -> None:
    """With any key as without one."""
    key, held = a_key(role)
    door = await a_door(held)

    for method, path in (("GET", "/secret"), ("PUT", "/route"), ("GET", "/route"), ("POST", "/route/"), ("GET", "")):
        assert await door.outcome(key, method=method, path=path) is ForbiddenError
        assert await door.outcome(None, method=method, path=path) is NoKeyError


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/decisions/x", Scope.READ_DECISIONS),
        ("HEAD", "/metrics", Scope.READ_METRICS),
        ("POST", "/decisions/x/outcome", OPEN),
        ("POST", "/decisions/x/reroute", Scope.REROUTE),
        ("DELETE", "/contacts/a b", Scope.ERASE_CONTACTS),
    ],
)
def test_addresses_with_ids_are_found(method: str, path: str, scope: Scope | None) -> None:
    """An id is anything but a slash."""
    assert ENDPOINTS[endpoint_of(method, path)] is scope


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/decisions/"), ("GET", "/decisions/a/b"), ("GET", "/decisions/a/outcome"), ("POST", "/contacts/a"),
     ("POST", "/decisions/a/outcome\n"), ("POST", "x/decisions/a/outcome"), ("GET", "/healthz\n"), ("get", "/docs")],
)  # fmt: skip
def test_what_is_nearly_an_address_is_none(method: str, path: str) -> None:
    """Whole addresses only: nothing guarded is taken for something open."""
    with pytest.raises(NoEndpointError):
        endpoint_of(method, path)


async def test_a_website_s_key_works_on_its_pages_only() -> None:
    """Without an origin, from another page, or from one that only begins alike, it is refused."""
    key, held = a_key(Role.WEBSITE)
    other = a_key(Role.WEBSITE, origins=("https://other.example",))[1]
    door = await a_door(held, other)

    await door.ask(key, path="/intent", origin=SHOP)
    for headers in ({}, {"origin": "https://other.example"}, {"origin": f"{SHOP}.evil.example"}, {"origin": "null"}):
        assert await door.outcome(key, path="/intent", **headers) is OriginError


async def test_other_keys_work_from_anywhere() -> None:
    """Whatever a caller says of its origin."""
    key, held = a_key(Role.DESIGNER)

    await (await a_door(held)).ask(key, path="/intent", origin="https://anywhere.example")


async def test_a_key_has_as_many_requests_a_minute_as_it_was_given() -> None:
    """Then it is told how long to wait; other keys are not meant."""
    key, held = a_key(limit_per_minute=2)
    other, other_held = a_key(limit_per_minute=2)
    door = await a_door(held, other_held)
    for _ in range(2):
        await door.ask(key)

    with pytest.raises(LimitError) as refused:
        await door.ask(key)

    assert refused.value.retry_after_seconds == 30
    await door.ask(other)
    door.ticks[0] = 30 * SECOND
    await door.ask(key)


async def test_a_website_s_key_is_limited_by_network_as_well() -> None:
    """One visitor's network uses up its own sixty, and nothing of what others have."""
    key, held = a_key(Role.WEBSITE, limit_per_minute=100)
    door = await a_door(held)
    page = {"path": "/intent", "origin": SHOP}
    outcomes = [await door.outcome(key, peer=f"203.0.113.{number}", **page) for number in range(80)]

    assert outcomes == [None] * 60 + [LimitError] * 20
    assert [await door.outcome(key, peer="198.51.100.1", **page) for _ in range(41)] == [None] * 40 + [LimitError]


async def test_a_contact_centre_is_not_limited_by_network() -> None:
    """All of it may sit behind one address."""
    key, held = a_key()
    door = await a_door(held)

    assert {await door.outcome(key) for _ in range(100)} == {None}


async def test_who_guesses_is_locked_out_and_who_has_a_key_is_not() -> None:
    """From the same network; who sends no key guesses nothing."""
    key, held = a_key()
    door = await a_door(held, proxies=(ip_network("10.0.0.0/8"),))
    guesses = [a_key()[0] for _ in range(20)]
    behind = {"peer": "10.0.0.1", "x_forwarded_for": "203.0.113.9"}

    assert {await door.outcome(guess) for guess in guesses} == {NoKeyError}
    with pytest.raises(LockoutError) as refused:
        await door.ask(guesses[0], peer="203.0.113.200")

    assert refused.value.retry_after_seconds == LOCKED // SECOND
    assert await door.outcome(guesses[0], **behind) is LockoutError
    assert await door.outcome(None) is NoKeyError
    assert await door.outcome(key) is None
    assert await door.outcome(guesses[0], peer="198.51.100.1") is NoKeyError
    door.ticks[0] = LOCKED
    assert await door.outcome(guesses[0]) is NoKeyError


async def test_a_forwarded_address_is_believed_of_nobody_unless_named() -> None:
    """Who makes up addresses is counted under its own."""
    _, held = a_key()
    door = await a_door(held)

    outcomes = [
        await door.outcome("guess", x_forwarded_for=f"198.51.{number}.1") for number in range(21)
    ]  # fmt: skip

    assert outcomes == [NoKeyError] * 20 + [LockoutError]


async def test_a_scope_that_is_missing_is_named() -> None:
    """With the roles that have it."""
    key, held = a_key(Role.OPS)
    door = await a_door(held)

    with pytest.raises(ForbiddenError, match=r"role ops lacks the scope route") as refused:
        await door.ask(key)

    assert refused.value.mend is not None
    assert "contact_centre" in refused.value.mend


async def test_an_open_endpoint_asks_for_no_key() -> None:
    """A bad one is not counted as a guess either."""
    _, held = a_key()
    door = await a_door(held)

    for method, path in [endpoint for endpoint, scope in ENDPOINTS.items() if scope is OPEN]:
        for _ in range(3):
            assert await door.outcome("nonsense", method=method, path=path.replace("{decision_id}", "x")) is None


RECEIPT = {"method": "GET", "path": "/contacts/call-1"}
TOKEN = IDENTITY.contact_token("call-1")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_contact_s_own_token_stands_in_for_a_key(method: str) -> None:
    """For its own receipt alone, whatever key is sent beside it."""
    door = await a_door(a_key()[1])

    for key in (None, "nonsense"):
        assert await door.outcome(key, contact_token=TOKEN, **RECEIPT | {"method": method}) is None
    assert await door.outcome(None, method=method, path="/contacts/call-2", contact_token=TOKEN) is NotFoundError
    assert await door.outcome(None, method="GET", path="/decisions/call-1", contact_token=TOKEN) is NoKeyError
    assert await door.outcome(None, contact_token=TOKEN) is NoKeyError


@pytest.mark.parametrize(
    "token", ["", "x", TOKEN[:-1], f"{TOKEN}0", TOKEN.upper(), "\xff", IDENTITY.outcome_token("call-1")]
)
async def test_a_token_that_is_wrong_is_refused(token: str) -> None:
    """With a good key beside it as well, and while there are no keys: who sends a token wants it checked."""
    key, held = a_key()

    assert await (await a_door(held)).outcome(key, contact_token=token, **RECEIPT) is NotFoundError
    assert await (await a_door()).outcome(None, contact_token=token, **RECEIPT) is NotFoundError


async def test_who_guesses_tokens_is_locked_out_and_who_has_one_is_not() -> None:
    """Together with those who guess keys; a neighbour's token is good all the while."""
    door = await a_door(a_key()[1])

    guesses = [await door.outcome(None, contact_token="x" * 64, **RECEIPT) for _ in range(15)]
    guesses += [await door.outcome("guess") for _ in range(5)]

    assert guesses == [NotFoundError] * 15 + [NoKeyError] * 5
    with pytest.raises(LockoutError) as refused:
        await door.ask(None, contact_token="x" * 64, **RECEIPT)
    assert (refused.value.field, refused.value.retry_after_seconds) == ("Contact-Token", LOCKED // SECOND)
    assert await door.outcome(None, contact_token=TOKEN, **RECEIPT) is None


async def test_without_keys_nobody_is_locked_out() -> None:
    """Nothing is closed, so there is nothing to guess."""
    door = await a_door()

    assert {await door.outcome(None, contact_token=guess, **RECEIPT) for guess in ["x"] * 50} == {NotFoundError}


@pytest.mark.parametrize(
    "request_", [{"path": "/decisions/x/outcome"}, {"contact_token": TOKEN, **RECEIPT}], ids=["outcome", "receipt"]
)
async def test_what_a_token_allows_is_limited_by_network(request_: dict[str, str]) -> None:
    """A hundred and twenty a minute from each, once there are keys."""
    door, open_door = await a_door(a_key()[1]), await a_door()
    outcomes = [await door.outcome(None, peer=f"203.0.113.{number}", **request_) for number in range(122)]

    assert outcomes == [None] * 120 + [LimitError] * 2
    assert await door.outcome(None, peer="198.51.100.1", **request_) is None
    assert {await open_door.outcome(None, **request_) for _ in range(122)} == {None}


async def test_a_system_that_tells_outcomes_is_counted_by_its_key() -> None:
    """A contact centre has one address for all its contacts; a website's key is anybody's, and a bad one is none."""
    key, held = a_key(limit_per_minute=130)
    site, site_held = a_key(Role.WEBSITE)
    door = await a_door(held, site_held)
    told = {"path": "/decisions/x/outcome", "origin": SHOP}

    assert [await door.outcome(key, **told) for _ in range(131)] == [None] * 130 + [LimitError]
    others = [await door.outcome(other, **told) for _ in range(61) for other in (site, "nonsense")]
    assert others == [None] * 120 + [LimitError] * 2


async def test_a_store_that_workers_share_can_count_instead() -> None:
    """The limiter is handed in."""

    class Shared:
        names: list[tuple[str, int]] = []  # noqa: RUF012

        async def take(self, name: str, *, per_minute: int, now: int) -> int:
            self.names.append((name, per_minute))
            return 5 * SECOND

    key, held = a_key()
    door = await a_door(held, limiter=Shared())

    assert await door.outcome(key) is LimitError
    assert Shared.names == [(held.key_id, held.limit_per_minute)]


def test_every_refusal_has_a_place_in_the_metrics() -> None:
    """The reasons are the codes."""
    assert {kind.code for kind in AccessError.__subclasses__()} == set(REFUSAL_REASONS)


async def test_a_key_that_was_replaced_is_good_until_it_ends() -> None:
    """Rotating takes nothing away at once."""
    key, held = a_key()

    assert await (await a_door(replace(held, replaced_by="0123456789"))).outcome(key) is None
