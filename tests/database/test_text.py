"""Redacted texts: kept with the decision that they are about, and gone in time, with it, and with its contact."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from models import metadata
from service.domain.decision import Decision
from service.domain.expiry import Purged
from service.domain.kept_text import KeptText
from service.errors import TurnConflictError
from service.record.database.engine import open_engines
from service.record.database.schema import upgrade
from service.record.purge import purge
from service.record.recorder import IdempotencyKey, Recorder, open_recorder
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import open_spooling_recorder
from tests.support.app import contents_of
from tests.support.decisions import NOON, a_decision, record_decision
from tests.support.spooled import a_change, a_full_write

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
MOMENT = timedelta(microseconds=1)
SAID = "zebra-marker: my doll came without its hat, write to <email>"
KEPT = KeptText(redacted=SAID, until=NOON + WEEK)


async def keep(recorder: Recorder, text: KeptText | None = KEPT, **overrides: object) -> Decision:
    decision = a_decision(**overrides)
    await record_decision(recorder, decision, idempotency=None, answer=b"{}", text=text)
    return decision


def texts_in(url: str) -> int:
    engines = open_engines(url, readers=1)
    with engines.reader.connect() as connection:
        count = connection.execute(select(func.count()).select_from(metadata.tables["texts"])).scalar_one()
    engines.dispose()
    return count


async def test_a_text_is_found_until_its_time_is_over(recorder: Recorder) -> None:
    """To the moment, whether it has been purged by then or not; of most decisions there is none."""
    with_text, without = await keep(recorder), await keep(recorder, None)

    assert await recorder.find_text(with_text.decision_id, NOON) == KEPT
    assert await recorder.find_text(with_text.decision_id, NOON + WEEK - MOMENT) == KEPT
    assert await recorder.find_text(with_text.decision_id, NOON + WEEK) is None
    assert await recorder.find_text(without.decision_id, NOON) is None


async def test_where_nothing_is_kept_nothing_is_asked_of_the_table(recorder: Recorder) -> None:
    """A decision without a text costs no statement more than before there were any."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await keep(recorder, None)
        without = len(statements)
        await keep(recorder)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert [statement for statement in statements[:without] if "texts" in statement] == []
    assert len([statement for statement in statements[without:] if "texts" in statement]) == 1


async def test_a_repeat_brings_no_second_text(recorder: Recorder, migrated_url: str) -> None:
    """Neither the same decision once more, nor another under the same key, nor one that was outrun."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=timedelta(days=1))
    first, second, outrun = a_decision(), a_decision(), a_decision(contact_key="contact-1")
    change = a_change("contact-1", ("track_order",))
    await record_decision(recorder, a_decision(contact_key="contact-1"), idempotency=None, answer=b"{}", change=change)
    other = KeptText(redacted="another", until=NOON + WEEK)

    await record_decision(recorder, first, idempotency=key, answer=b"{}", text=KEPT)
    await record_decision(recorder, first, idempotency=key, answer=b"{}", text=other)
    replayed = await record_decision(recorder, second, idempotency=key, answer=b"{}", text=other)
    with pytest.raises(TurnConflictError):
        await record_decision(recorder, outrun, idempotency=None, answer=b"{}", change=change, text=other)

    assert replayed.replayed
    assert texts_in(migrated_url) == 1
    assert await recorder.find_text(first.decision_id, NOON) == KEPT


async def test_a_text_goes_before_its_decision_or_with_it(recorder: Recorder, migrated_url: str) -> None:
    """With it where the retention of decisions has become shorter meanwhile."""
    await keep(recorder, decided_at=NOON)
    await keep(recorder, KeptText(redacted=SAID, until=NOON + 9 * MONTH), decided_at=NOON)

    assert await purge(recorder, NOON + WEEK - MOMENT, MONTH) == Purged()
    assert await purge(recorder, NOON + WEEK, MONTH) == Purged(texts=1)
    assert texts_in(migrated_url) == 1
    assert await purge(recorder, NOON + WEEK, WEEK) == Purged(decisions=2, texts=1)
    assert texts_in(migrated_url) == 0


async def test_a_receipt_shows_the_texts_of_a_contact_and_erasing_takes_them(
    recorder: Recorder, migrated_url: str
) -> None:
    """Its own, and no longer than they are kept."""
    long = KeptText(redacted="and its shoes", until=NOON + MONTH)
    first = await keep(recorder, contact_key="mine")
    second = await keep(recorder, long, contact_key="mine")
    other = await keep(recorder)

    told = (await recorder.get_past("mine", NOON)).texts
    later = (await recorder.get_past("mine", NOON + WEEK)).texts
    await recorder.erase("mine")

    assert told == {first.decision_id: KEPT, second.decision_id: long}
    assert later == {second.decision_id: long}
    assert texts_in(migrated_url) == 1
    assert await recorder.find_text(other.decision_id, NOON) == KEPT


async def test_a_text_comes_out_of_the_spool_once(migrated_url: str, tmp_path: Path) -> None:
    """With its decision, and not again where that had been committed all the same."""
    fates: list[Fate] = []
    write = a_full_write()
    async with open_spooling_recorder(migrated_url, folder=tmp_path / "spool", limit_bytes=2**20) as recorder:
        for _ in range(2):
            await recorder.spool.append(write)
            await recorder.replay(fates.append)

        assert fates == [Fate.COMMITTED, Fate.KNOWN]
        assert await recorder.find_text(write.decision.decision_id, NOON) == write.text
        assert texts_in(migrated_url) == 1


@pytest.mark.parametrize("goes", ["by its time", "by its decision's", "by erasing the contact"])
async def test_no_file_holds_a_byte_of_a_text_that_is_gone(tmp_path: Path, goes: str) -> None:
    """SQLite leaves what is deleted in its pages and its journal unless told otherwise; the raw bytes are searched."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    async with open_recorder(url) as recorder:
        for number in range(20):
            text = KeptText(redacted=f"{SAID} {number} " * (40 if number % 3 == 0 else 1), until=NOON + WEEK)
            await keep(recorder, text, contact_key="mine")
        assert SAID.encode() in contents_of(tmp_path)

        if goes == "by erasing the contact":
            await recorder.erase("mine")
        await purge(recorder, NOON + (MONTH if goes == "by its decision's" else WEEK), MONTH)

        assert SAID.encode() not in contents_of(tmp_path)
        assert await recorder.count_decisions() == (0 if goes == "by its decision's" else 20)
