"""Holds the keys that are good now, as this process knows them, and finds the principal of a presented key."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

import structlog

from service.domain.key import HeldKey, Principal, Role, Use, key_id_in
from service.errors import RefusalError
from service.record.identity import Identity

PERIOD_SECONDS: Final = 2.0
"""Time between two looks at the store. After it, a new key is good and a revoked key is refused."""
NOBODY: Final = secrets.token_hex(32)
"""Compared with a presented key if its id is unknown, so that the check takes as long as for a known id."""

log = structlog.get_logger()


class KeyStore(Protocol):
    async def list_standing_keys(self) -> list[HeldKey]: ...

    async def note_use(self, use: Use) -> None: ...


class KnownKeys:
    """A key that was found good once. Later requests skip its keyed hash."""

    __slots__ = ("expires_at", "key_id", "principal")

    def __init__(self, held: HeldKey) -> None:
        self.key_id = held.key_id
        self.principal = held.principal
        self.expires_at = held.expires_at


class Keyring:
    """The keys of one worker. Call `refresh` before anything else.

    Once any key exists, every request needs one. If all keys expire or are revoked, the service stays closed until its
    restart.
    """

    def __init__(
        self, *, store: KeyStore, identity: Identity, clock: Callable[[], datetime], is_needed: bool = False
    ) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._held: dict[str, HeldKey] = {}
        self._known: dict[bytes, KnownKeys] = {}
        self._noted: dict[str, datetime] = {}
        self._pending: dict[str, datetime] = {}
        self.is_needed = is_needed
        """Whether a request needs a key."""
        self.origins: frozenset[str] = frozenset()
        """Origins that the usable keys of websites name."""

    def __repr__(self) -> str:
        return f"Keyring({len(self._held)} keys)"

    @property
    def has_usable_key(self) -> bool:
        now = self._clock()
        return any(held.is_usable(now) for held in self._held.values())

    def find(self, key: str) -> Principal | None:
        """Return the principal of a presented key, or `None` if the key is malformed, unknown or ended."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._verify(key)
            if known is None:
                return None
            self._known[digest] = known  # one entry for each held key, so their number is bounded too
        now = self._clock()
        if known.expires_at is not None and now >= known.expires_at:
            return None
        self._note(known.key_id, now)
        return known.principal

    def _verify(self, key: str) -> KnownKeys | None:
        key_id = key_id_in(key)
        if key_id is None:
            return None
        held = self._held.get(key_id)
        expected = NOBODY if held is None else held.secret_hash
        is_right = hmac.compare_digest(self._identity.api_key_hash(key), expected)
        return KnownKeys(held) if held is not None and is_right else None

    def _note(self, key_id: str, now: datetime) -> None:
        noted = self._noted.get(key_id)
        if noted is None or (now - noted).total_seconds() >= 60:
            self._noted[key_id] = self._pending[key_id] = now.replace(second=0, microsecond=0)

    async def refresh(self) -> None:
        """Read the keys that are held now. If that raises StorageUnavailableError, the keys known before stay."""
        held = {key.key_id: key for key in await self._store.list_standing_keys()}
        self.is_needed = self.is_needed or bool(held)
        now = self._clock()
        sites = (key for key in held.values() if key.role is Role.WEBSITE and key.is_usable(now))
        self.origins = frozenset(origin for site in sites for origin in site.origins)
        self._held = held
        self._known = {
            digest: KnownKeys(held[known.key_id]) for digest, known in self._known.items() if known.key_id in held
        }
        self._noted = {key_id: minute for key_id, minute in self._noted.items() if key_id in held}

    async def tell_use(self) -> None:
        """Write down the keys that were used since the last call, each key at most once a minute."""
        if self._pending:
            pending, self._pending = self._pending, {}
            await self._store.note_use(Use(minutes=tuple(pending.items())))


async def keep_refreshing(keyring: Keyring, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Refresh every two seconds until cancelled. While the database is away, the keys known last stay good."""
    is_away = False
    while True:
        await sleep(PERIOD_SECONDS)
        try:
            await keyring.refresh()
            await keyring.tell_use()
        except RefusalError as refusal:
            if not is_away:
                log.warning("keyring_failed", code=refusal.code)
            is_away = True
        else:
            if is_away:
                log.info("keyring_recovered")
            is_away = False
