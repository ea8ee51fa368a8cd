"""What an operator of NATS hands out: a configuration for a server that trusts nobody else, and a user's file."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys
import orjson

UNLIMITED = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1) | {"wildcards": True}
STREAMS = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


@dataclass(frozen=True)
class Holder:
    """Of a key: an operator, an account or a user."""

    seed: bytes

    @classmethod
    def new(cls, kind: int) -> Holder:
        return cls(nkeys.encode_seed(os.urandom(32), kind))

    @property
    def name(self) -> str:
        return str(nkeys.from_seed(bytearray(self.seed)).public_key.decode())

    def vouch_for(self, other: Holder, claims: dict[str, Any]) -> str:
        """A token that the server believes because of who has signed it."""
        body = {"iss": self.name, "sub": other.name, "iat": 1_700_000_000, "nats": claims | {"version": 2}}
        token_id = encoded(hashlib.sha256(orjson.dumps(body)).digest())
        signed = f"{encoded(orjson.dumps(HEADER))}.{encoded(orjson.dumps(body | {'jti': token_id}))}"
        return f"{signed}.{encoded(nkeys.from_seed(bytearray(self.seed)).sign(signed.encode()))}"


def hand_out(folder: Path) -> tuple[Path, Path]:
    """The server's configuration, and the credentials of the one user it knows."""
    operator, user = Holder.new(nkeys.PREFIX_BYTE_OPERATOR), Holder.new(nkeys.PREFIX_BYTE_USER)
    system, account = (Holder.new(nkeys.PREFIX_BYTE_ACCOUNT) for _ in range(2))
    configuration, credentials = folder / "server.conf", folder / "errand.creds"
    of_system = operator.vouch_for(system, {"type": "account", "limits": UNLIMITED})
    of_account = operator.vouch_for(account, {"type": "account", "limits": UNLIMITED | STREAMS})
    configuration.write_text(
        f"operator: {operator.vouch_for(operator, {'type': 'operator'})}\n"
        f"system_account: {system.name}\n"
        "resolver: MEMORY\n"
        f"resolver_preload: {{ {system.name}: {of_system}\n {account.name}: {of_account} }}\n"
    )
    of_user = account.vouch_for(user, {"type": "user", "subs": -1, "data": -1, "payload": -1})
    credentials.write_text(
        f"-----BEGIN NATS USER JWT-----\n{of_user}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )
    return configuration, credentials


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
