"""A sealed detail is opened by the same secret, for the same promise, and as a whole only."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from service.domain.promise import SealedDetail
from service.promise.sealing import Sealer
from tests.support.promises import NUMBER, SEALER, UNTIL

OTHER = Sealer(b"o" * 32)


@pytest.mark.parametrize("detail", [NUMBER, "jo@post.example", "", "☎ 你好", "\ud800", "x" * 400])
def test_a_detail_is_opened_as_it_was_sealed(detail: str) -> None:
    """Half of a surrogate pair, which JSON may carry, becomes a question mark."""
    sealed = SEALER.seal(detail, promise_id="p", until=UNTIL)

    assert SEALER.find_opened(sealed, promise_id="p") == detail.replace("\ud800", "?")
    assert sealed.until == UNTIL


def test_nothing_shows_the_detail() -> None:
    """Neither the sealed bytes nor a value that is shown, and equal details look different."""
    one, other = (SEALER.seal(NUMBER, promise_id="p", until=UNTIL) for _ in range(2))

    assert NUMBER.encode() not in base64.b64decode(one.sealed)
    assert one.sealed not in repr(one)
    assert one.wrapped_key not in repr(one)
    assert {one.sealed, one.wrapped_key}.isdisjoint({other.sealed, other.wrapped_key})
    assert "s" * 32 not in repr(SEALER)


def test_another_secret_opens_nothing() -> None:
    """A copy of the database alone is of no use."""
    assert OTHER.find_opened(SEALER.seal(NUMBER, promise_id="p", until=UNTIL), promise_id="p") is None


def test_two_secrets_are_good_while_one_is_replaced() -> None:
    """Details under the old one stay readable, and new ones need the new one."""
    rotated = Sealer(b"n" * 32, previous=[b"s" * 32])
    old, new = (each.seal(NUMBER, promise_id="p", until=UNTIL) for each in (SEALER, rotated))

    assert [rotated.find_opened(each, promise_id="p") for each in (old, new)] == [NUMBER, NUMBER]
    assert SEALER.find_opened(new, promise_id="p") is None
    assert Sealer(b"n" * 32).find_opened(new, promise_id="p") == NUMBER


@pytest.mark.parametrize("part", ["sealed", "wrapped_key"])
def test_rows_cannot_exchange_their_parts(part: str) -> None:
    """A detail belongs to one promise."""
    mine, other = (SEALER.seal(each, promise_id=each, until=UNTIL) for each in ("mine", "other"))

    assert SEALER.find_opened(replace(mine, **{part: getattr(other, part)}), promise_id="mine") is None
    assert SEALER.find_opened(other, promise_id="mine") is None


@pytest.mark.parametrize("part", ["sealed", "wrapped_key"])
@pytest.mark.parametrize("damage", [lambda text: text[:-8], lambda _: "", lambda _: "%", lambda text: text[::-1]])
def test_a_damaged_detail_is_not_opened(part: str, damage) -> None:
    """And raises nothing."""
    sealed = SEALER.seal(NUMBER, promise_id="p", until=UNTIL)

    assert SEALER.find_opened(replace(sealed, **{part: damage(getattr(sealed, part))}), promise_id="p") is None


def test_every_byte_counts() -> None:
    """One that is changed anywhere is found out."""
    sealed = SEALER.seal("7", promise_id="p", until=UNTIL)
    raw = base64.b64decode(sealed.sealed)

    for place in range(len(raw)):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        damaged = SealedDetail(
            sealed=base64.b64encode(changed).decode(), wrapped_key=sealed.wrapped_key, until=sealed.until
        )
        assert SEALER.find_opened(damaged, promise_id="p") is None
