"""Signs calls to fulfilment systems by Standard Webhooks (https://www.standardwebhooks.com), with HMAC-SHA-256.

A receiver verifies `webhook-id`, `webhook-timestamp` and `webhook-signature` with any library for Standard Webhooks.
Release 0.2 also sends the header of release 0.1, `Errand-Signature: t=<unix seconds>,v1=<hex>`. Release 0.3 drops it.
During a rotation there are several secrets. A call then carries one signature for each, and one match is enough.
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

from service.errors import SettingsError

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
FORMER_HEADER: Final = "Errand-Signature"
LEAST_SECRET_CHARACTERS: Final = 32
LEAST_KEY_BYTES: Final = 24
"""Least length of a key that Standard Webhooks allows."""
MAX_SECRETS: Final = 4

_BASE64_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSecret:
    """One secret, ready to sign."""

    webhook: Webhook
    """Signs and verifies by Standard Webhooks. The key is decoded from `whsec_…`, or is the secret's UTF-8."""
    text: bytes = field(repr=False)
    """The secret as written, in UTF-8: the key of `Errand-Signature`."""


def usable_secrets(secrets: Sequence[str]) -> tuple[SigningSecret, ...]:
    """The secrets, ready to sign. Raises SettingsError for a secret too short to use, or for too many secrets."""
    if any(len(secret) < LEAST_SECRET_CHARACTERS for secret in secrets):
        raise SettingsError(
            f"A secret in ERRAND_FULFIL_SECRET has less than {LEAST_SECRET_CHARACTERS} characters. "
            "Make one: openssl rand -hex 32"
        )
    if len(secrets) > MAX_SECRETS:
        raise SettingsError(
            f"ERRAND_FULFIL_SECRET holds more than {MAX_SECRETS} secrets. Remove those that nobody checks."
        )
    return tuple([SigningSecret(webhook=Webhook(_key(secret)), text=secret.encode()) for secret in secrets])


def signed_headers(
    body: bytes, *, secrets: Sequence[SigningSecret], delivery_id: str, unix_now: float
) -> dict[str, str]:
    """Headers that sign a body of UTF-8 at a Unix time. Empty without secrets."""
    if not secrets:
        return {}
    seconds = int(unix_now)
    moment, text = datetime.fromtimestamp(seconds, UTC), body.decode()
    signatures = [secret.webhook.sign(msg_id=delivery_id, timestamp=moment, data=text) for secret in secrets]
    return {
        ID: delivery_id,
        TIMESTAMP: str(seconds),
        SIGNATURE: " ".join(signatures),
        FORMER_HEADER: _former_signature(body, secrets=secrets, seconds=seconds),
    }


def _key(secret: str) -> bytes:
    """Key of Standard Webhooks: decoded from `whsec_…`, or any other secret as it is written."""
    if not secret.startswith(_BASE64_PREFIX):
        return secret.encode()
    encoded = secret.removeprefix(_BASE64_PREFIX)
    try:
        key = binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4), strict_mode=True)
    except ValueError:
        key = b""
    if len(key) < LEAST_KEY_BYTES:
        raise SettingsError(
            f"A secret in ERRAND_FULFIL_SECRET begins with {_BASE64_PREFIX} but holds less than {LEAST_KEY_BYTES} "
            f"bytes in base64. Make one: echo {_BASE64_PREFIX}$(openssl rand -base64 32)"
        )
    return key


def _former_signature(body: bytes, *, secrets: Sequence[SigningSecret], seconds: int) -> str:
    signed = str(seconds).encode() + b"." + body
    digests = [hmac.digest(secret.text, signed, "sha256").hex() for secret in secrets]
    return ",".join([f"t={seconds}", *(f"v1={digest}" for digest in digests)])
