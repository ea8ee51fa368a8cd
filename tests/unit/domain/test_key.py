"""Roles, keys and origins as values."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.domain.key import SCOPES, MintedKey, Role, Scope, key_id_in, mint, origin_of, roles_with
from tests.support.app import SATURDAY_NOON
from tests.support.keys import a_key


def test_every_role_may_something_and_every_scope_is_somebody_s() -> None:
    """A role or scope without the other is a mistake in the table."""
    assert SCOPES.keys() == set(Role)
    assert all(SCOPES.values())
    assert {scope for scope in Scope if not roles_with(scope)} == set()


def test_a_website_may_ask_and_nothing_else() -> None:
    """Its key stands in pages that anybody reads."""
    assert SCOPES[Role.WEBSITE] == {Scope.INTENT}


def test_a_minted_key_names_its_id_and_is_unlike_any_other() -> None:
    """256 random bits behind the id."""
    minted = [mint() for _ in range(50)]

    assert len({each.key_id for each in minted}) == len({each.key for each in minted}) == 50
    for each in minted:
        assert re.fullmatch(r"errand_[0-9a-f]{10}_[0-9a-f]{64}", each.key)
        assert key_id_in(each.key) == each.key_id


A_SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("presented", "reason"),
    [
        ("", "nothing"),
        ("errand", "the beginning"),
        (f"errand_0123456789_{A_SECRET[1:]}", "a digit short"),
        (f"errand_0123456789_{A_SECRET}0", "a digit more"),
        (f"errand_012345678_{A_SECRET}", "a short id"),
        (f"errand_0123456789_{A_SECRET.upper()}", "capitals"),
        (f"errand_0123456789_{A_SECRET}\n", "a line break after it"),
        (f" errand_0123456789_{A_SECRET}", "a blank before it"),
        (f"token_0123456789_{A_SECRET}", "another prefix"),
        (f"errand_0123456789_{A_SECRET[:-1]}٣", "a digit of another script"),
    ],
)
def test_what_has_not_the_form_of_a_key_names_nobody(presented: str, reason: str) -> None:
    """It is told from a key without looking anything up."""
    assert key_id_in(presented) is None, reason


def test_no_secret_is_shown() -> None:
    """Neither of a new key nor of one that is held."""
    minted, (_, held) = mint(), a_key()

    assert minted.key not in repr(minted)
    assert held.secret_hash not in repr(held)
    assert repr(MintedKey(key_id="id", key="k")) == "MintedKey(key_id='id')"


def test_a_key_ends_at_the_moment_told() -> None:
    """Not one earlier, and not one later; revoked, it has ended."""
    _, held = a_key(expires_at=SATURDAY_NOON)

    assert held.is_usable(SATURDAY_NOON - timedelta(microseconds=1))
    assert not held.is_usable(SATURDAY_NOON)
    assert not a_key(revoked_at=SATURDAY_NOON)[1].is_usable(SATURDAY_NOON)
    assert a_key()[1].is_usable(SATURDAY_NOON)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://www.shop.example", "https://www.shop.example"),
        ("HTTPS://WWW.Shop.Example", "https://www.shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(text: str, origin: str) -> None:
    """In small letters, without the scheme's usual port."""
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "*", "www.shop.example", "https://", "https://*.shop.example", "https://shop.example/",
        "https://shop.example/path", "https://shop.example?x", "https://shop.example#x", "https://jo@shop.example",
        "ftp://shop.example", "https://shop.example:0", "https://shop.example:65536", "https://shop.example:",
        "https://shop..example", "https://bücher.example", "https://shop.example https://b.example",
    ],
)  # fmt: skip
def test_what_is_no_single_origin_is_refused(text: str) -> None:
    """No path, no wildcard, no list."""
    with pytest.raises(ValueError, match=r"An origin is|A port is"):
        origin_of(text)
