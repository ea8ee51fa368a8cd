"""Keys for tests: made in memory, or by the command that operators use."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from service.cli.app import app
from service.domain.key import PER_MINUTE, HeldKey, Role, Use, mint
from service.errors import StorageUnavailableError
from service.record.identity import Identity
from tests.support.app import SATURDAY_NOON

IDENTITY = Identity(b"k" * 32)
SHOP = "https://www.shop.example"


def a_key(role: Role = Role.CONTACT_CENTRE, **fields: Any) -> tuple[str, HeldKey]:
    """A key and what is held of it."""
    minted = mint()
    held = HeldKey(
        key_id=minted.key_id,
        secret_hash=IDENTITY.api_key_hash(minted.key),
        role=role,
        name="A name",
        origins=(SHOP,) if role is Role.WEBSITE else (),
        limit_per_minute=PER_MINUTE[role],
        created_at=SATURDAY_NOON,
    )
    return minted.key, replace(held, **fields)


@dataclass
class KeysInMemory:
    """A store that can be away."""

    keys: list[HeldKey] = field(default_factory=list)
    uses: list[tuple[str, datetime]] = field(default_factory=list)
    is_away: bool = False

    async def list_standing_keys(self) -> list[HeldKey]:
        if self.is_away:
            raise StorageUnavailableError("The database cannot be reached.")
        return [key for key in self.keys if key.revoked_at is None]

    async def note_use(self, use: Use) -> None:
        self.uses += use.minutes

    def change(self, key_id: str, **fields: Any) -> None:
        self.keys = [replace(key, **fields) if key.key_id == key_id else key for key in self.keys]


async def errand(home: Path, *arguments: str) -> Any:
    """What `errand …` prints as JSON, in this process; it must succeed."""
    # In a thread: a command that reads the database runs an event loop of its own.
    ran = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"], env={"ERRAND_HOME": str(home)})
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


async def make_key(home: Path, role: Role, *options: str) -> dict[str, Any]:
    """A key that `errand keys create` made, with all that it told."""
    origin = ("--origin", SHOP) if role is Role.WEBSITE else ()
    made: dict[str, Any] = await errand(home, "keys", "create", "--role", role, "--name", "A name", *origin, *options)
    return made


def bearer(key: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **headers}
