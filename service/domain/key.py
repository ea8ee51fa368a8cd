"""Who may do what: roles, scopes, and keys as they are held. No HTTP, no SQL, no clock."""

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
    """Its keys stand in pages that anybody may read: they are bound to origins and allow little."""
    OPS = "ops"
    DESIGNER = "designer"


class Scope(StrEnum):
    """One thing that a role may do."""

    INTENT = "intent"
    EXPLAIN = "explain"
    """Ask why; costs many times what the answer alone costs."""
    INTENT_BATCH = "intent_batch"
    ROUTE = "route"
    READ_DECISIONS = "read_decisions"
    REROUTE = "reroute"
    READ_CONTACTS = "read_contacts"
    ERASE_CONTACTS = "erase_contacts"
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
            Scope.CHECK_CONTENT,
        }
    ),
    Role.WEBSITE: frozenset({Scope.INTENT}),
    Role.OPS: frozenset({Scope.READ_METRICS, Scope.READ_DECISIONS, Scope.READ_REPORTS}),
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
"""Requests a minute of a key for which nothing else was said."""
PER_NETWORK_AND_MINUTE: Mapping[Role, int] = {Role.WEBSITE: 60}
"""Of these a key's requests are also counted by the network that they come from."""
BY_TOKEN_PER_NETWORK_AND_MINUTE = 120
"""Outcomes told, and as many receipts asked for, with a token and without a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests a minute."""

    of_key: int
    of_network: int | None
    """For each network that uses the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls: a key that was found good."""

    key_id: str
    role: Role
    origins: frozenset[str]
    """From which pages it may be used; empty where that does not matter."""
    limits: Limits

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """What is held of a key: everything but the key itself."""

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
    """By the minute."""
    replaced_by: str | None = None
    """Id of the key that it was rotated to."""

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
    """A new key, for the only moment at which anybody sees it."""

    key_id: str
    key: str = field(repr=False)


def mint() -> MintedKey:
    """A key with 256 random bits, under a short random id that may be told."""
    key_id = secrets.token_hex(KEY_ID_BYTES)
    return MintedKey(key_id=key_id, key=f"errand_{key_id}_{secrets.token_hex(SECRET_BYTES)}")


def key_id_in(key: str) -> str | None:
    """The id that a presented key names; `None` if it has not the form of a key."""
    found = KEY.fullmatch(key)
    return None if found is None else found[1]


def roles_with(scope: Scope) -> tuple[Role, ...]:
    return tuple(role for role in Role if scope in SCOPES[role])


def origin_of(text: str) -> str:
    """An origin as browsers send it (RFC 6454). ValueError unless it is a scheme, a host and at most a port."""
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
    """A new key takes the old one's place: same role, name, origins and limit, and the same time to live."""

    key_id: str
    new_key_id: str
    new_secret_hash: str
    overlap: timedelta
    """For how long both are good."""
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    key_id: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Keys that were used, with the minute of each."""

    minutes: tuple[tuple[str, datetime], ...]
