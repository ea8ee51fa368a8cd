"""Which keys are good, as one process knows it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import structlog

from service.access.keyring import Keyring, keep_refreshing
from service.domain.key import Role
from service.errors import StorageUnavailableError
from tests.support.app import SATURDAY_NOON, Clock
from tests.support.keys import IDENTITY, SHOP, KeysInMemory, a_key


async def a_keyring(store: KeysInMemory, clock: Clock) -> Keyring:
    keyring = Keyring(store=store, identity=IDENTITY, clock=clock)
    await keyring.refresh()
    return keyring


async def test_a_key_is_found_again_and_again() -> None:
    """By all of it, and by nothing else."""
    key, held = a_key(Role.WEBSITE)
    other, _ = a_key()
    keyring = await a_keyring(KeysInMemory([held]), Clock())

    assert keyring.find(key) == keyring.find(key) == held.principal
    assert keyring.find(key).origins == {SHOP}
    wrong_secret = key[:-1] + ("0" if key[-1] != "0" else "1")
    for presented in (other, wrong_secret, key.upper(), f"{key} ", key[:-64], "", "errand__", "ÿ", "\ud800"):
        assert keyring.find(presented) is None


async def test_a_key_under_another_secret_is_no_key() -> None:
    """What is held is a keyed hash: rows of one installation let nobody into another."""
    key, held = a_key()
    foreign = Keyring(store=KeysInMemory([held]), identity=type(IDENTITY)(b"o" * 32), clock=Clock())
    await foreign.refresh()

    assert foreign.find(key) is None


async def test_a_key_that_was_found_good_ends_when_it_expires() -> None:
    """To the moment, without another look at the database."""
    clock = Clock()
    key, held = a_key(expires_at=SATURDAY_NOON + timedelta(hours=1))
    keyring = await a_keyring(KeysInMemory([held]), clock)
    assert keyring.find(key) is not None

    clock.move(hours=1)

    assert keyring.find(key) is None
    assert keyring.is_needed


async def test_a_shorter_life_is_noticed() -> None:
    """A key that was rotated ends earlier than it was made for."""
    clock = Clock()
    key, held = a_key()
    store = KeysInMemory([held])
    keyring = await a_keyring(store, clock)
    assert keyring.find(key) is not None

    store.change(held.key_id, expires_at=clock() + timedelta(hours=24))
    await keyring.refresh()

    assert keyring.find(key) is not None
    clock.move(hours=24)
    assert keyring.find(key) is None


async def test_a_revoked_key_is_refused_from_the_next_look_on() -> None:
    """And nobody is let in without one, though it was the last."""
    key, held = a_key(Role.WEBSITE)
    store = KeysInMemory([held])
    keyring = await a_keyring(store, Clock())
    assert keyring.find(key) is not None

    store.change(held.key_id, revoked_at=SATURDAY_NOON)
    await keyring.refresh()

    assert keyring.find(key) is None
    assert keyring.origins == frozenset()
    assert keyring.is_needed


async def test_none_is_needed_until_there_is_one() -> None:
    """The first key closes the door."""
    store = KeysInMemory()
    keyring = await a_keyring(store, Clock())
    assert not keyring.is_needed

    store.keys.append(a_key()[1])
    await keyring.refresh()

    assert keyring.is_needed


async def test_origins_are_those_of_websites_that_may_call() -> None:
    """Of an expired key's pages nothing is known."""
    _, site = a_key(Role.WEBSITE, origins=("https://a.example", "https://b.example"))
    _, ended = a_key(Role.WEBSITE, origins=("https://c.example",), expires_at=SATURDAY_NOON)

    keyring = await a_keyring(KeysInMemory([site, ended]), Clock())

    assert keyring.origins == {"https://a.example", "https://b.example"}


async def test_use_is_told_once_a_minute() -> None:
    """By the minute, however often the key is used; one that is refused is not used."""
    clock = Clock()
    key, held = a_key()
    store = KeysInMemory([held])
    keyring = await a_keyring(store, clock)
    for seconds in (5, 10, 20, 30):
        clock.move(seconds=seconds)
        keyring.find(key)
        keyring.find(f"{key}x")
        await keyring.tell_use()
        await keyring.refresh()

    assert store.uses == [
        (held.key_id, SATURDAY_NOON),
        (held.key_id, SATURDAY_NOON + timedelta(minutes=1)),
    ]


async def test_while_the_database_is_away_the_keys_stay_good() -> None:
    """That is logged once, and once more when it is back."""
    key, held = a_key()
    store = KeysInMemory([held])
    keyring = await a_keyring(store, Clock())
    looks = 0

    async def sleep(_: float) -> None:
        nonlocal looks
        looks += 1
        store.is_away = looks in {1, 2}
        if looks == 3:
            store.change(held.key_id, revoked_at=SATURDAY_NOON)
        if looks == 4:
            raise asyncio.CancelledError
        assert keyring.find(key) is not None

    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await keep_refreshing(keyring, sleep)

    assert [(each["event"], each.get("code")) for each in logs] == [
        ("keyring_failed", "storage_unavailable"),
        ("keyring_recovered", None),
    ]
    assert keyring.find(key) is None


async def test_keys_that_cannot_be_read_at_all_open_no_door() -> None:
    """The first look has to succeed."""
    with pytest.raises(StorageUnavailableError):
        await a_keyring(KeysInMemory(is_away=True), Clock())


async def test_no_key_is_shown() -> None:
    """A keyring in a traceback tells how many there are."""
    key, held = a_key()
    keyring = await a_keyring(KeysInMemory([held]), Clock())
    keyring.find(key)

    assert repr(keyring) == "Keyring(1 keys)"
