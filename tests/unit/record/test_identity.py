"""Identifiers become hashes that differ by secret and by purpose, and the secret is made once and kept to itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.record.identity import Identity, load_or_create_secret

SECRET = b"s" * 32

LOAD = """
import sys
from pathlib import Path
from service.record.identity import load_or_create_secret
sys.stdin.readline()
print(load_or_create_secret(Path(sys.argv[1])).decode())
"""


def test_equal_identifiers_get_equal_hashes() -> None:
    """On every replica that shares the secret: 32 hexadecimal characters."""
    key = Identity(SECRET).contact_key("contact-1")

    assert key == Identity(SECRET).contact_key("contact-1")
    assert len(key) == 32
    assert int(key, 16)


def test_another_secret_gives_other_hashes() -> None:
    """Rows of one installation say nothing to another."""
    assert Identity(SECRET).contact_key("contact-1") != Identity(b"t" * 32).contact_key("contact-1")


def test_equal_values_of_different_kinds_do_not_match() -> None:
    """A contact id that is also used as a reference, a token or a key cannot be recognised."""
    identity = Identity(SECRET)

    hashes = {
        identity.contact_key("x"),
        identity.outcome_token("x")[:32],
        identity.contact_token("x")[:32],
        identity.anonymous_contact_id("x").removeprefix("c-"),
        identity.body_hash(b"x"),
        identity.idempotency_key("x"),
        identity.repeat_key("x", b"day"),
    }

    assert len(hashes) == 7


def test_the_parts_of_an_idempotency_key_are_kept_apart() -> None:
    """One caller cannot reach the key of another by moving characters between the parts."""
    identity = Identity(SECRET)

    assert identity.idempotency_key("ab", "c") != identity.idempotency_key("a", "bc")
    assert identity.idempotency_key("a:1", "b") != identity.idempotency_key("a", "1:b")


def test_a_repeat_reference_is_another_every_day() -> None:
    """Contacts of two days cannot be linked."""
    identity = Identity(SECRET)

    assert identity.repeat_key("ref", b"monday") != identity.repeat_key("ref", b"tuesday")
    assert identity.repeat_key("ref", b"monday") == identity.repeat_key("ref", b"monday")


def test_half_a_surrogate_pair_is_hashed_like_anything_else() -> None:
    r"""JSON may carry "\ud800"."""
    assert Identity(SECRET).contact_key("\ud800")


def test_an_identity_does_not_print_its_secret() -> None:
    """Neither as text nor as bytes."""
    assert repr(Identity(SECRET)) == "Identity(secret hidden)"


def test_a_secret_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    """The folder is made too, nothing else is left in it, and the next start reads the same secret."""
    path = tmp_path / "home" / "secret.key"

    secret = load_or_create_secret(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert len(secret) >= 32
    assert load_or_create_secret(path) == secret


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    """Whoever is first makes it; none reads half of it."""
    path = tmp_path / "secret.key"
    processes = [
        subprocess.Popen([sys.executable, "-c", LOAD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    secrets = {process.communicate(timeout=30)[0].strip() for process in processes}

    assert secrets == {path.read_text().strip()}


def test_a_secret_can_be_handed_in(tmp_path: Path) -> None:
    """Replicas get it from outside; no file is made."""
    path = tmp_path / "secret.key"

    assert load_or_create_secret(path, "0123456789abcdef0123456789abcdef") == b"0123456789abcdef0123456789abcdef"
    assert not path.exists()


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    """It could be guessed."""
    with pytest.raises(SettingsError, match="openssl rand -hex 32"):
        load_or_create_secret(tmp_path / "secret.key", "short")


@pytest.mark.parametrize("content", [b"", b"half a sec", b"\xff" * 40])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """A new secret would orphan every row: the operator is told instead."""
    path = tmp_path / "secret.key"
    path.write_bytes(content)

    with pytest.raises(SettingsError):
        load_or_create_secret(path)

    assert path.read_bytes() == content
