"""A signature is right for the very bytes, secret and time that it was made of, and for no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import SettingsError
from service.fulfil.signature import MAX_SECRETS, sign, usable_secrets, verify

OLD, NEW = b"0123456789abcdef0123456789abcdef", b"a-second-secret-that-is-long-enough"
BODY = b'{"delivery_id":"d-1","attempt":1}'
MOMENT = 1_760_000_000
OLD_DIGEST = "fe67911615424e1cfe1aab1187e5ec0bf388f0d0481aa1fa0f4d74413669551f"
NEW_DIGEST = "1af4d517b90fb1c4ca1e0275c39505b2db1012a3443d0c7bf1d2c4e6f94f1c5f"


@pytest.mark.parametrize(
    ("body", "secrets", "at", "header"),
    [
        (BODY, [OLD], MOMENT, f"t=1760000000,v1={OLD_DIGEST}"),
        (BODY, [NEW], MOMENT + 0.9, f"t=1760000000,v1={NEW_DIGEST}"),
        (BODY, [OLD, NEW], MOMENT, f"t=1760000000,v1={OLD_DIGEST},v1={NEW_DIGEST}"),
        (b"", [OLD], 0, "t=0,v1=b5b3fbed5b59d925316d6d39db497aba70820961dda53dfe23a87559dab1eb6b"),
        (
            '{"say":"Grüße"}'.encode(),
            [OLD],
            MOMENT,
            "t=1760000000,v1=7d4e1a512e97ebd375ce7c9ad0e5fb09ed0357a455d7c4e93d5efb5194f59087",
        ),
    ],
)
def test_signatures_are_those_of_openssl(body: bytes, secrets: list[bytes], at: float, header: str) -> None:
    """Digests computed with `openssl dgst -sha256 -hmac`, so that a receiver in any language gets the same."""
    assert sign(body, secrets=secrets, at=at) == header
    assert verify(header, body, secrets=secrets, now=at)


@pytest.mark.parametrize(
    ("sender", "receiver", "holds", "reason"),
    [
        ([OLD], [OLD], True, "the same one"),
        ([OLD], [NEW], False, "another one"),
        ([OLD], [OLD, NEW], True, "the receiver has the new one already"),
        ([OLD, NEW], [OLD], True, "the sender has the new one already"),
        ([OLD, NEW], [NEW], True, "the receiver has forgotten the old one"),
        ([NEW], [OLD, NEW], True, "the sender has forgotten the old one"),
        ([OLD], [], False, "the receiver knows none"),
    ],
)
def test_secrets_can_be_replaced_one_side_after_the_other(
    sender: list[bytes], receiver: list[bytes], *, holds: bool, reason: str
) -> None:
    """One secret that both know is enough."""
    header = sign(BODY, secrets=sender, at=MOMENT)

    assert verify(header, BODY, secrets=receiver, now=MOMENT) is holds, reason


@pytest.mark.parametrize(
    ("now", "holds", "reason"),
    [
        (MOMENT, True, "at once"),
        (MOMENT + 300, True, "just in time"),
        (MOMENT + 300.5, False, "too late: somebody may have kept it"),
        (MOMENT - 300, True, "a clock that is behind"),
        (MOMENT - 301, False, "a clock that is far behind"),
    ],
)
def test_a_signature_wears_off(*, now: float, holds: bool, reason: str) -> None:
    """Five minutes each way, unless the receiver wants another span."""
    header = sign(BODY, secrets=[OLD], at=MOMENT)

    assert verify(header, BODY, secrets=[OLD], now=now) is holds, reason
    assert verify(header, BODY, secrets=[OLD], now=now, tolerance_seconds=1_000)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1760000000",
        f"v1={OLD_DIGEST}",
        f"t=,v1={OLD_DIGEST}",
        f"t=1760000001,v1={OLD_DIGEST}",
        f"t=-1760000000,v1={OLD_DIGEST}",
        f"t=1760000000.0,v1={OLD_DIGEST}",
        f"t=١٧٦٠٠٠٠٠٠٠,v1={OLD_DIGEST}",
        f"t={'1' * 5_000},v1={OLD_DIGEST}",
        f"t=1760000000,t=1760000000,v1={OLD_DIGEST}",
        f"t=1760000000,v0={OLD_DIGEST}",
        f"t=1760000000,v1={OLD_DIGEST[:-1]}",
        f"t=1760000000,v1={OLD_DIGEST}0",
        f"t=1760000000,v1={OLD_DIGEST.upper()}",
        "t=1760000000,v1=",
        "t=1760000000,v1=é\ud800",
        f"t=1760000000,{'v1=0,' * 1_000}v1={OLD_DIGEST}",
    ],
)
def test_a_header_that_is_not_one_does_not_verify(header: str) -> None:
    """It raises nothing either: it comes from anybody."""
    assert not verify(header, BODY, secrets=[OLD], now=MOMENT)


def test_a_header_may_have_spaces_and_what_comes_later() -> None:
    """Proxies add spaces; another version of the signature may stand beside this one."""
    assert verify(f"t=1760000000 , v2=abc, v1={OLD_DIGEST}", BODY, secrets=[OLD], now=MOMENT)


@given(body=st.binary(max_size=100), other=st.binary(max_size=100), later=st.integers(1, 300))
def test_no_other_body_and_no_other_time_verifies(body: bytes, other: bytes, later: int) -> None:
    """A signature cannot be moved to another body, nor made younger."""
    header = sign(body, secrets=[OLD], at=MOMENT)

    assert verify(header, body, secrets=[OLD], now=MOMENT)
    assert verify(header, other, secrets=[OLD], now=MOMENT) is (body == other)
    younger = header.replace(f"t={MOMENT}", f"t={MOMENT + later}")
    assert not verify(younger, body, secrets=[OLD], now=MOMENT + later)


@given(st.text())
def test_no_header_raises(header: str) -> None:
    """Whatever a stranger puts into it."""
    assert not verify(header, BODY, secrets=[OLD], now=MOMENT)


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        (["x" * 31], "less than 32"),
        (["x" * 32, ""], "less than 32"),
        (["x" * 32] * (MAX_SECRETS + 1), "more than 4"),
    ],
)
def test_secrets_that_are_none_are_refused(secrets: list[str], says: str) -> None:
    """Without telling them."""
    with pytest.raises(SettingsError, match=says) as caught:
        usable_secrets(secrets)

    assert "xx" not in str(caught.value)


def test_secrets_are_used_as_they_are_written() -> None:
    """As UTF-8; without any there is nothing to sign with."""
    assert usable_secrets(["é" * 32]) == (("é" * 32).encode(),)
    assert usable_secrets([]) == ()
