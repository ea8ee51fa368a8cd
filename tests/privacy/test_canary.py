"""The canary in small: contacts of every kind, refused in every way, and no byte of theirs is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.privacy.canary import missing, open_canary, run
from tests.privacy.marker import Kind
from tests.privacy.place import Place

CONTACTS = 60


@pytest.mark.timeout(300)
async def test_nothing_of_the_customers_is_left(starter_bundle: Path, tmp_path: Path) -> None:
    """`python -m tests.privacy.canary` does it with thousands, kill -9 and a database that is away."""
    async with open_canary(tmp_path, starter_bundle, None) as canary:
        await run(canary, CONTACTS, damages=False)

    assert not canary.findings.leaked, canary.findings.leaks
    assert not missing(canary, damages=False)
    assert canary.findings.allowed[Kind.ECHOED, Place.DATABASE], "what was handed on was not even kept"
    assert canary.system.calls


@pytest.mark.timeout(300)
async def test_of_texts_that_may_be_kept_no_identifier_is(starter_bundle: Path, tmp_path: Path) -> None:
    """Words of theirs are in the database, shown with the decision and the contact, and nowhere else."""
    async with open_canary(tmp_path, starter_bundle, None, keeps_texts=True) as canary:
        await canary.send(range(CONTACTS))
        await canary.ends()

    found = canary.findings
    assert not found.leaked, found.leaks
    assert found.allowed[Kind.TEXT, Place.DATABASE], "no text was even kept"
    assert found.allowed[Kind.TEXT, Place.ANSWERS], "what is kept was not even shown"
