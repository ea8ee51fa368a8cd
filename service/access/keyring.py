"""The keys that are good now, as this process knows them, and whom a presented key belongs to."""

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
"""Between two looks: by then a new key is good, and a revoked one is not."""
NOBODY: Final = secrets.token_hex(32)
"""Compared with where no key is held under an id."""

log = structlog.get_logger()


class KeyStore(Protocol):
    async def list_standing_keys(self) -> list[HeldKey]: ...

    async def note_use(self, use: Use) -> None: ...


class KnownKeys:
    """A key that was found good once, so that it need not be hashed again."""

    __slots__ = ("expires_at", "key_id", "principal")

    def __init__(self, held: HeldKey) -> None:
        self.key_id = held.key_id
        self.principal = held.principal
        self.expires_at = held.expires_at


class Keyring:
    """One a worker. `refresh` it before anything is asked of it.

    Once there was a key, one is needed: neither its end nor its revocation opens the door while the process runs.
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
        """Those that any usable key of a website names."""

    def __repr__(self) -> str:
        return f"Keyring({len(self._held)} keys)"

    @property
    def has_usable_key(self) -> bool:
        now = self._clock()
        return any(held.is_usable(now) for held in self._held.values())

    def find(self, key: str) -> Principal | None:
        """Whom a presented key belongs to; `None` if it is no key, or not a good one any more."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._verify(key)
            if known is None:
                return None
            self._known[digest] = known  # one a key that is held, so these are bounded too
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
        """Know the keys that are held now. StorageUnavailableError if they cannot be read: those known before stay."""
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
        """Write down which keys were used since the last time: for each key at most once a minute."""
        if self._pending:
            pending, self._pending = self._pending, {}
            await self._store.note_use(Use(minutes=tuple(pending.items())))


async def keep_refreshing(keyring: Keyring, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Look every two seconds, for ever; cancel to stop. While the database is away, the keys known last stay good."""
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
