"""The moments by which records expire, and the counts of deleted records."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from service.domain.expiry import Expiry, Purged
from tests.support.decisions import NOON

EVERY = [field.name for field in fields(Purged)]


def test_decisions_expire_after_the_retention() -> None:
    """Other records have an expiry time of their own."""
    assert Expiry.of(NOON, timedelta(days=30)) == Expiry(now=NOON, decided_by=NOON - timedelta(days=30))


@pytest.mark.parametrize("name", EVERY)
def test_every_kind_of_record_is_counted(name: str) -> None:
    """A purge goes on until its total is zero, so no kind may be missing."""
    one = replace(Purged(), **{name: 1})

    assert (Purged().total, one.total) == (0, 1)
    assert getattr(one + one, name) == (one + one).total == 2
