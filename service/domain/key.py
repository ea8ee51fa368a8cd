"""Permissions and keys: roles, scopes, and keys as stored. HTTP, SQL and the clock stay outside."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.audit import AuditEntry

KEY_ID_BYTES = 5
SECRET_BYTES = 32
KEY = re.compile(r"errand_([0-9a-f]{10})_[0-9a-f]{64}")
ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?")
DEFAULT_PORTS = {"http": 80, "https": 443}


class Role(StrEnum):
    CONTACT_CENTRE = "contact_centre"
    WEBSITE = "website"
    """Its keys stand in pages that are open to anybody. The keys are bound to origins and allow little."""
    OPS = "ops"
    DESIGNER = "designer"


class Scope(StrEnum):
    """One permission of a role."""

    INTENT = "intent"
    EXPLAIN = "explain"
    """Ask for the reason. The reason costs many times as much as the answer alone."""
    INTENT_BATCH = "intent_batch"
    ROUTE = "route"
    READ_DECISIONS = "read_decisions"
    REROUTE = "reroute"
    READ_CONTACTS = "read_contacts"
    ERASE_CONTACTS = "erase_contacts"
    READ_PROMISES = "read_promises"
    HANDLE_PROMISES = "handle_promises"
    """Claim, keep, release and fail promises. A claim shows the customer's number or address."""
    CHECK_CONTENT = "check_content"
    READ_METRICS = "read_metrics"
    READ_REPORTS = "read_reports"


SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.CONTACT_CENTRE: frozenset(
        {
            Scope.INTENT,
            Scope.EXPLAIN,
            Scope.INTENT_BATCH,
            Scope.ROUTE,
            Scope.READ_DECISIONS,
            Scope.REROUTE,
            Scope.READ_CONTACTS,
            Scope.ERASE_CONTACTS,
            Scope.READ_PROMISES,
            Scope.HANDLE_PROMISES,
            Scope.CHECK_CONTENT,
        }
    ),
    Role.WEBSITE: frozenset({Scope.INTENT}),
    Role.OPS: frozenset({Scope.READ_METRICS, Scope.READ_DECISIONS, Scope.READ_PROMISES, Scope.READ_REPORTS}),
    Role.DESIGNER: frozenset(
        {Scope.INTENT, Scope.EXPLAIN, Scope.INTENT_BATCH, Scope.CHECK_CONTENT, Scope.READ_REPORTS}
    ),
}
PER_MINUTE: Mapping[Role, int] = {
    Role.CONTACT_CENTRE: 6_000,
    Role.WEBSITE: 6_000,
    Role.OPS: 600,
    Role.DESIGNER: 600,
}
"""Default limit of requests a minute for a key of each role."""
PER_NETWORK_AND_MINUTE: Mapping[Role, int] = {Role.WEBSITE: 60}
"""Limit for each network, for roles whose requests are also counted by network."""
BY_TOKEN_PER_NETWORK_AND_MINUTE = 120
"""Limit of outcomes reported with a token and without a key. An equal limit holds for receipts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests a minute."""

    of_key: int
    of_network: int | None
    """Limit for each network that uses the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller with a valid key."""

    key_id: str
    role: Role
    origins: frozenset[str]
    """Pages from which the key may be used. Empty if the page is irrelevant."""
    limits: Limits

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """Stored facts about a key. The key itself is left out."""

    key_id: str
    secret_hash: str = field(repr=False)
    """Keyed hash of the whole key."""
    role: Role
    name: str
    origins: tuple[str, ...]
    limit_per_minute: int
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """Precise to the minute."""
    replaced_by: str | None = None
    """Id of the new key after a rotation."""

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    @property
    def principal(self) -> Principal:
        return Principal(
            key_id=self.key_id,
            role=self.role,
            origins=frozenset(self.origins),
            limits=Limits(of_key=self.limit_per_minute, of_network=PER_NETWORK_AND_MINUTE.get(self.role)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedKey:
    """A new key, at the only moment at which the key is visible."""

    key_id: str
    key: str = field(repr=False)


def mint() -> MintedKey:
    """Return a key with 256 random bits, under a short random id that may be shown."""
    key_id = secrets.token_hex(KEY_ID_BYTES)
    return MintedKey(key_id=key_id, key=f"errand_{key_id}_{secrets.token_hex(SECRET_BYTES)}")


def key_id_in(key: str) -> str | None:
    """Return the id in a presented key, or `None` if the text lacks the form of a key."""
    found = KEY.fullmatch(key)
    return None if found is None else found[1]


def roles_with(scope: Scope) -> tuple[Role, ...]:
    return tuple(role for role in Role if scope in SCOPES[role])


def origin_of(text: str) -> str:
    """Return an origin as browsers send it (RFC 6454).

    Raises `ValueError` unless the text is a scheme, a host and at most a port.
    """
    found = ORIGIN.fullmatch(text.lower())
    if found is None:
        raise ValueError(
            "An origin is a scheme, a host and a port if it is not the usual one: https://www.shop.example"
        )
    scheme, host = found["scheme"], found["host"]
    port = DEFAULT_PORTS[scheme] if found["port"] is None else int(found["port"])
    if not 1 <= port <= 65_535:
        raise ValueError("A port is a number from 1 to 65535.")
    return f"{scheme}://{host}" if port == DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    key: HeldKey
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Replacement of a key by a new key with the same role, name, origins, limit and time to live."""

    key_id: str
    new_key_id: str
    new_secret_hash: str
    overlap: timedelta
    """Time during which both keys are valid."""
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    key_id: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Used keys, each with the minute of use."""

    minutes: tuple[tuple[str, datetime], ...]
