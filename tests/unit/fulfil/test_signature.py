"""Signed headers verify by a library for Standard Webhooks, for the very delivery, time, body and secret only."""

from __future__ import annotations

import base64
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.errors import SettingsError
from service.fulfil.signature import (
    FORMER_HEADER,
    ID,
    MAX_SECRETS,
    SIGNATURE,
    TIMESTAMP,
    signed_headers,
    usable_secrets,
)

OLD, NEW = "0123456789abcdef0123456789abcdef", "a-second-secret-that-is-long-enough"
BODY = b'{"delivery_id":"d-1","attempt":1}'
MOMENT = 1_760_000_000
OLD_DIGEST = "fe67911615424e1cfe1aab1187e5ec0bf388f0d0481aa1fa0f4d74413669551f"
NEW_DIGEST = "1af4d517b90fb1c4ca1e0275c39505b2db1012a3443d0c7bf1d2c4e6f94f1c5f"
OLD_SIGNATURE = "v1,g2p+CRkzxZ9AVLCO4jkq9m+YFvR3ong8d7itWxJUU5w="
NEW_SIGNATURE = "v1,Wg9qSCYQPOas5Lsmyad2bPJiaB3qSUXUiCraJLhWBvA="


def headers_of(*secrets: str, body: bytes = BODY, ago: float = 0.0, unix_now: float | None = None) -> dict[str, str]:
    now = time.time() - ago if unix_now is None else unix_now
    return signed_headers(body, secrets=usable_secrets(secrets), delivery_id="d-1", unix_now=now)


def verifies(headers: dict[str, str], secret: str | bytes, body: bytes = BODY) -> bool:
    """What a receiver gets told by the library."""
    try:
        assert Webhook(secret).verify(body, headers) == orjson.loads(body)
    except WebhookVerificationError:
        return False
    return True


def whsec(key: bytes) -> str:
    return f"whsec_{base64.b64encode(key).decode()}"


def test_a_call_carries_both_kinds_of_headers() -> None:
    """Digests of `openssl dgst -sha256 -hmac`, so that a receiver in any language gets the same."""
    assert headers_of(OLD, NEW, unix_now=MOMENT + 0.9) == {
        ID: "d-1",
        TIMESTAMP: "1760000000",
        SIGNATURE: f"{OLD_SIGNATURE} {NEW_SIGNATURE}",
        FORMER_HEADER: f"t=1760000000,v1={OLD_DIGEST},v1={NEW_DIGEST}",
    }


@pytest.mark.parametrize(
    ("body", "secret", "unix_now", "header"),
    [
        (BODY, OLD, MOMENT, f"t=1760000000,v1={OLD_DIGEST}"),
        (BODY, NEW, MOMENT + 0.9, f"t=1760000000,v1={NEW_DIGEST}"),
        (b"", OLD, 0, "t=0,v1=b5b3fbed5b59d925316d6d39db497aba70820961dda53dfe23a87559dab1eb6b"),
        (
            '{"say":"Grüße"}'.encode(),
            OLD,
            MOMENT,
            "t=1760000000,v1=7d4e1a512e97ebd375ce7c9ad0e5fb09ed0357a455d7c4e93d5efb5194f59087",
        ),
    ],
)
def test_the_former_header_is_as_before(body: bytes, secret: str, unix_now: float, header: str) -> None:
    """Receivers that check it have a release to move."""
    assert headers_of(secret, body=body, unix_now=unix_now)[FORMER_HEADER] == header


@pytest.mark.parametrize(
    ("secret", "known_as", "reason"),
    [
        (OLD, OLD.encode(), "a present secret, as bytes"),
        (OLD, whsec(OLD.encode()), "a present secret, for libraries that want whsec_"),
        (OLD, base64.b64encode(OLD.encode()).decode(), "or base64 alone"),
        ("é" * 32, ("é" * 32).encode(), "in UTF-8"),
        (whsec(b"k" * 32), whsec(b"k" * 32), "one of Standard Webhooks on both sides"),
        (whsec(b"k" * 32), b"k" * 32, "its key is what it encodes"),
        (whsec(b"k" * 32).rstrip("="), whsec(b"k" * 32), "padding may be left out"),
    ],
)
def test_the_library_verifies_with_the_same_secret(secret: str, known_as: str | bytes, reason: str) -> None:
    """However the secret is written down on either side."""
    assert verifies(headers_of(secret), known_as), reason


def test_the_former_header_is_signed_with_the_secret_as_it_is_written() -> None:
    """A receiver that knows nothing of Standard Webhooks has used a `whsec_` secret as text, and still may."""
    secret = whsec(b"k" * 32)

    assert headers_of(secret, unix_now=MOMENT)[FORMER_HEADER] == (
        "t=1760000000,v1=aee1991e6bd9582d2c6585556a6aa5ffd95ce34afb3c3523c1d6994c1897a7cf"
    )


@pytest.mark.parametrize(
    ("sender", "receiver", "holds", "reason"),
    [
        ([OLD], OLD, True, "the same one"),
        ([OLD], NEW, False, "another one"),
        ([OLD, NEW], OLD, True, "the sender has the new one already"),
        ([OLD, NEW], NEW, True, "the receiver has forgotten the old one"),
        ([NEW], OLD, False, "the sender has forgotten the old one too early"),
    ],
)
def test_secrets_can_be_rotated(sender: list[str], receiver: str, *, holds: bool, reason: str) -> None:
    """While a call carries a signature for each secret, a receiver may know any of them."""
    assert verifies(headers_of(*sender), receiver.encode()) is holds, reason


@pytest.mark.parametrize(
    ("ago", "holds", "reason"),
    [
        (0, True, "at once"),
        (200, True, "in time"),
        (301, False, "too late: somebody may have kept it"),
        (-200, True, "a clock that is behind"),
        (-400, False, "a clock that is far behind"),
    ],
)
def test_a_signature_wears_off(*, ago: float, holds: bool, reason: str) -> None:
    """Five minutes each way, by the clock of the receiver."""
    assert verifies(headers_of(OLD, ago=ago), OLD.encode()) is holds, reason


@pytest.mark.parametrize("changed", [ID, TIMESTAMP, SIGNATURE])
def test_every_header_counts(changed: str) -> None:
    """A signature can be moved to no other delivery, and made no younger."""
    headers, younger = headers_of(OLD, ago=60), headers_of(NEW)

    assert verifies(headers, OLD.encode())
    assert not verifies(headers | {changed: {**younger, ID: "d-2"}[changed]}, OLD.encode())
    assert not verifies({name: value for name, value in headers.items() if name != changed}, OLD.encode())


@given(body=st.dictionaries(st.text(), st.text()), other=st.dictionaries(st.text(), st.text()))
def test_no_other_body_verifies(body: dict[str, str], other: dict[str, str]) -> None:
    """Not one that differs in a byte."""
    as_signed, received = orjson.dumps(body), orjson.dumps(other)
    headers = headers_of(OLD, body=as_signed)

    assert verifies(headers, OLD.encode(), as_signed)
    assert verifies(headers, OLD.encode(), received) is (as_signed == received)


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        (["x" * 31], "less than 32"),
        (["x" * 32, ""], "less than 32"),
        (["x" * 32] * (MAX_SECRETS + 1), "more than 4"),
        ([f"whsec_{'x' * 31}"], "less than 24 bytes in base64"),
        ([f"whsec_{'x' * 30}-_"], "less than 24 bytes in base64"),
        ([f"whsec_{'x' * 30}=xx="], "less than 24 bytes in base64"),
        ([f"whsec_{'é' * 32}"], "less than 24 bytes in base64"),
    ],
)
def test_secrets_that_are_none_are_refused(secrets: list[str], says: str) -> None:
    """Without telling them."""
    with pytest.raises(SettingsError, match=says) as caught:
        usable_secrets(secrets)

    assert "xx" not in str(caught.value)


def test_a_key_may_be_as_short_as_the_specification_lets_it() -> None:
    assert verifies(headers_of(whsec(b"k" * 24)), b"k" * 24)


def test_without_secrets_there_are_no_headers() -> None:
    """Rather than headers that everybody can make."""
    assert usable_secrets([]) == ()
    assert headers_of() == {}


def test_secrets_are_in_no_representation() -> None:
    """Values end up in logs by accident; what is in them does not."""
    assert OLD not in repr(usable_secrets([OLD]))
