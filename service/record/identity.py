"""Turns identifiers of callers into keyed hashes. A hash leads back to a person only with the secret."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from service.errors import SettingsError

SECRET_BYTES = 32
HASH_CHARACTERS = 32
"""128 bits: enough to keep contacts apart, short enough to read aloud."""


class Identity:
    """Hash functions, one for each purpose, so that equal values of different kinds have different hashes."""

    def __init__(self, secret: bytes) -> None:
        self._contact = KeyedHash(derive(secret, "contact"))
        self._idempotency = KeyedHash(derive(secret, "idempotency"))
        self._body = KeyedHash(derive(secret, "body"))
        self._outcome = KeyedHash(derive(secret, "outcome"))
        self._contact_token = KeyedHash(derive(secret, "contact token"))
        self._anonymous = KeyedHash(derive(secret, "anonymous contact"))
        self._api_key = KeyedHash(derive(secret, "api key"))
        self._edition = KeyedHash(derive(secret, "edition"))
        self._repeat = derive(secret, "repeat")

    def __repr__(self) -> str:
        return "Identity(secret hidden)"

    def contact_key(self, contact_id: str) -> str:
        return self._contact.of_text(contact_id)

    def idempotency_key(self, *parts: str) -> str:
        """Hash parts, such as the caller and its key. Parts are kept apart: ("ab", "c") differs from ("a", "bc")."""
        return self._idempotency.of_text("".join(f"{len(part)}:{part}" for part in parts))

    def body_hash(self, body: bytes) -> str:
        """Hash a body under a key, since the plain hash of a short message can be found by trying messages."""
        return self._body.whole(body)[:HASH_CHARACTERS]

    def outcome_token(self, decision_id: str) -> str:
        """Return the bearer's right to report an outcome of this decision. It is derived, so storing it is needless."""
        return self._outcome.whole(decision_id.encode())

    def contact_token(self, contact_id: str) -> str:
        """Return the bearer's right to see and erase all data held about this contact. It is derived as well."""
        return self._contact_token.whole(self.contact_key(contact_id).encode())

    def is_contact_token(self, contact_id: str, token: str) -> bool:
        """Check a token. Checking takes equally long for every token of one length."""
        return hmac.compare_digest(self.contact_token(contact_id).encode(), token.encode("utf-8", "surrogatepass"))

    def api_key_hash(self, key: str) -> str:
        """Return the hash that is held of a key that callers present."""
        return self._api_key.whole(key.encode())

    def edition_seal(self, *parts: str) -> str:
        """Return the seal of an edition: proof that its publisher knew the secret. Parts are kept apart."""
        return self._edition.whole("".join(f"{len(part)}:{part}" for part in parts).encode())

    def anonymous_contact_id(self, decision_id: str) -> str:
        """Return a contact id for a caller that gave none. The id is derived as well."""
        return f"c-{self._anonymous.of_text(decision_id)}"

    def repeat_key(self, ref: str, daily_key: bytes) -> str:
        """Hash a reference to count repeats within a day. The same hash can be made only while the daily key exists."""
        return KeyedHash(hmac.digest(self._repeat, daily_key, "sha256")).of_text(ref)


def derive(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"errand {purpose}".encode(), "sha256")


class KeyedHash:
    """HMAC-SHA-256 under one key, in hexadecimal. The key is taken in once.

    Each hash goes on from a copy of that state. The one-call form would let the event loop's turn go for every hash,
    however short.
    """

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    def whole(self, value: bytes) -> str:
        hashing = self._keyed.copy()
        hashing.update(value)
        return hashing.hexdigest()

    def of_text(self, value: str) -> str:
        # JSON may carry half of a surrogate pair. Such a value is odd, but allowed.
        return self.whole(value.encode("utf-8", "surrogatepass"))[:HASH_CHARACTERS]


def load_or_create_secret(path: Path, override: str | None = None) -> bytes:
    """Return the secret of this installation: `override` if given, otherwise the content of the file.

    A missing file is made. Processes that start together agree on one secret. Raise SettingsError if either secret is
    too short or the file is unusable.
    """
    if override is not None:
        return checked_secret(override)
    try:
        if not path.exists():
            create_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret in {path} cannot be read or made: {error}") from error
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"{path} is damaged. Restore it from a backup; without it no contact can be found again.")
    return secret.encode()


def checked_secret(secret: str, *, name: str = "The secret") -> bytes:
    """Return a secret as bytes. Raise SettingsError if it is too short."""
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"{name} is shorter than {SECRET_BYTES} characters. Make one: openssl rand -hex 32")
    return secret.encode()


def create_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and only one of several can appear under the name.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
