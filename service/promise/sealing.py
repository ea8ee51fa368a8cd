"""Seals the number or address that a customer leaves for a promise, with AES-256-GCM.

Each detail has a random key of its own, and that key is wrapped by a key derived from the installation's secret. If
the wrapped key is destroyed, nothing opens the detail any more. Cipher: NIST SP 800-38D.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.domain.promise import SealedDetail

KEY_BITS: Final = 256
NONCE_BYTES: Final = 12
"""The length that the standard recommends. Each key seals one detail, so random nonces suffice."""


class Sealer:
    """Seals and opens details under the secret in use, and opens details that the secret before has sealed."""

    def __init__(self, key: bytes, *, previous: Sequence[bytes] = ()) -> None:
        """`key` and `previous` have 32 bytes each, and are derived from secrets."""
        self._wrapping = [AESGCM(each) for each in (key, *previous)]

    def __repr__(self) -> str:
        return "Sealer(keys hidden)"

    def seal(self, detail: str, *, promise_id: str, until: datetime) -> SealedDetail:
        """Return the sealed detail of one promise. Another promise cannot open it."""
        key = AESGCM.generate_key(KEY_BITS)
        return SealedDetail(
            sealed=_sealed(AESGCM(key), detail.encode("utf-8", "replace"), _purpose("detail", promise_id)),
            wrapped_key=_sealed(self._wrapping[0], key, _purpose("key", promise_id)),
            until=until,
        )

    def find_opened(self, detail: SealedDetail, *, promise_id: str) -> str | None:
        """Return a detail, or `None` if another secret sealed it or a byte of it is damaged."""
        for wrapping in self._wrapping:
            key = _find_opened(wrapping, detail.wrapped_key, _purpose("key", promise_id))
            if key is not None:
                opened = _find_opened(AESGCM(key), detail.sealed, _purpose("detail", promise_id))
                return None if opened is None else opened.decode()
        return None


def _purpose(part: str, promise_id: str) -> bytes:
    """Return the data that is authenticated with a part, so that parts of two rows cannot be exchanged."""
    return f"errand promise {part} {promise_id}".encode()


def _sealed(cipher: AESGCM, plain: bytes, purpose: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, plain, purpose)).decode()


def _find_opened(cipher: AESGCM, sealed: str, purpose: bytes) -> bytes | None:
    try:
        whole = base64.b64decode(sealed, validate=True)
        return cipher.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], purpose)
    except (InvalidTag, ValueError):
        return None
