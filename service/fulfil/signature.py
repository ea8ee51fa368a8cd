"""Signatures that show a receiver that a call is Errand's, whole and recent: HMAC-SHA256 (RFC 2104).

The header is `Errand-Signature: t=<unix seconds>,v1=<hex>`; what is signed is the text of t, a full stop and the body.
While a secret is replaced there are two: a call carries a `v1` for each, and a receiver takes any that it knows.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from service.errors import SettingsError

HEADER: Final = "Errand-Signature"
TOLERANCE_SECONDS: Final = 300
LEAST_SECRET_CHARACTERS: Final = 32
MAX_SECRETS: Final = 4


def usable_secrets(secrets: Sequence[str]) -> tuple[bytes, ...]:
    """The secrets as keys. Raises SettingsError where one is too short or there are too many."""
    if any(len(secret) < LEAST_SECRET_CHARACTERS for secret in secrets):
        raise SettingsError(
            f"A secret in ERRAND_FULFIL_SECRET has less than {LEAST_SECRET_CHARACTERS} characters. "
            "Make one: openssl rand -hex 32"
        )
    if len(secrets) > MAX_SECRETS:
        raise SettingsError(
            f"ERRAND_FULFIL_SECRET holds more than {MAX_SECRETS} secrets. Remove those that nobody checks."
        )
    return tuple(secret.encode() for secret in secrets)


def sign(body: bytes, *, secrets: Sequence[bytes], at: float) -> str:
    """The header's value for a body sent at a Unix time."""
    moment = str(int(at))
    return ",".join([f"t={moment}", *(f"v1={_digest(secret, moment, body)}" for secret in secrets)])


def verify(
    header: str, body: bytes, *, secrets: Sequence[bytes], now: float, tolerance_seconds: float = TOLERANCE_SECONDS
) -> bool:
    """Whether one of the secrets signed these very bytes, no longer ago (or ahead) than the tolerance.

    Takes as long whichever secret it was, and however much of a signature is right.
    """
    parts = [part.strip().partition("=") for part in header.split(",", 2 * MAX_SECRETS)]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value.encode("utf-8", "surrogatepass") for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not _is_moment(moments[0]) or abs(now - int(moments[0])) > tolerance_seconds:
        return False
    expected = [_digest(secret, moments[0], body).encode() for secret in secrets]
    matches = [hmac.compare_digest(one, other) for one in signatures for other in expected]
    return any(matches)


def _digest(secret: bytes, moment: str, body: bytes) -> str:
    return hmac.digest(secret, moment.encode() + b"." + body, "sha256").hex()


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
