"""The register shows details to claimers, tells the audit, and turns pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from service.domain.promise import HeldPromise, PromiseAct, PromiseFilter, PromiseMove, PromiseMoved, SealedDetail
from service.errors import InvalidRequestError
from service.promise.register import PromiseRegister, cursor_of, written
from service.promise.sealing import Sealer
from tests.support.decisions import NOON
from tests.support.promises import NUMBER, SEALER, a_detail, a_held_promise


@dataclass
class OnePromise:
    """A store with one promise, to which every move is new."""

    detail: SealedDetail | None = None
    is_new: bool = True
    moves: list[PromiseMove] = field(default_factory=list)
    listed: list[HeldPromise] = field(default_factory=list)

    async def move_promise(self, move: PromiseMove) -> PromiseMoved:
        self.moves.append(move)
        return PromiseMoved(promise=a_held_promise(by=move.by), is_new=self.is_new, detail=self.detail)

    async def list_promises(self, wanted: PromiseFilter, now: datetime) -> list[HeldPromise]:
        assert now == NOON
        return self.listed[: wanted.limit]


def a_register(store: OnePromise, on_moved: Callable[[PromiseMoved], None] = lambda _: None) -> PromiseRegister:
    return PromiseRegister(store=store, sealer=SEALER, clock=lambda: NOON, new_id=lambda: "audit-1", on_moved=on_moved)


async def test_a_claim_shows_the_detail_and_tells_the_audit() -> None:
    """By the caller's name and the desk's; the detail is in no value that is shown."""
    store = OnePromise(detail=a_detail("promise-1"))
    claimed = await a_register(store).claim("promise-1", by="desk-1", actor="key:ab")

    (move,) = store.moves
    assert claimed.detail == NUMBER
    assert NUMBER not in f"{claimed!r} {store.moves!r}"
    assert move.entry is not None
    told = (move.entry.action, move.entry.subject, move.entry.actor, move.entry.detail)
    assert told == ("promise.claim", "promise-1", "key:ab", {"by": "desk-1"})


@pytest.mark.parametrize("act", [act for act in PromiseAct if act is not PromiseAct.CLAIM])
async def test_other_moves_show_nothing_and_need_no_audit(act: PromiseAct) -> None:
    """Each writes its own act."""
    store = OnePromise()

    promise = await getattr(a_register(store), act.value)("promise-1", by="desk-1")

    assert promise.by == "desk-1"
    assert [(move.act, move.by, move.at, move.entry) for move in store.moves] == [(act, "desk-1", NOON, None)]


async def test_a_detail_under_a_lost_secret_is_told_to_the_operator() -> None:
    """The claim stands: the desk may know the number from elsewhere."""
    store, told = OnePromise(detail=a_detail("promise-1")), list[str]()
    register = PromiseRegister(
        store=store,
        sealer=Sealer(b"o" * 32),
        clock=lambda: NOON,
        new_id=lambda: "audit-1",
        on_unreadable=told.append,
    )
    claimed = await register.claim("promise-1", by="desk-1", actor="http")

    assert claimed.detail is None
    assert told == ["promise-1"]


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_repeated_move_is_counted_once(is_new: bool) -> None:
    """What was so before is no news."""
    told: list[PromiseMoved] = []

    await a_register(OnePromise(is_new=is_new), on_moved=told.append).keep("promise-1", by="desk-1")

    assert len(told) == is_new


async def test_a_full_page_names_the_next() -> None:
    """By its last promise; one that is not full is the last."""
    listed = [a_held_promise(promise_id=f"p-{n}", due_at=NOON + timedelta(microseconds=n)) for n in range(3)]
    register = a_register(OnePromise(listed=listed))

    page, last = [await register.list_page(PromiseFilter(limit=limit)) for limit in (2, 4)]

    assert (page.promises, last.promises, last.next) == (tuple(listed[:2]), tuple(listed), None)
    assert page.next is not None
    cursor = cursor_of(page.next)
    assert (cursor.due_at, cursor.promise_id) == (listed[1].due_at, "p-1")


def test_a_cursor_needs_no_escape_in_an_address() -> None:
    """A plus would come in as a space."""
    assert written(a_held_promise(promise_id="p", due_at=NOON)) == "2026-11-21T12:00:00Z~p"


@pytest.mark.parametrize(
    "text", ["", "~", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00~p", "0001-01-01T00:00:00+23:59~p", "x~p",
             "2026-11-21T12:00:00Z~\x00"],
)  # fmt: skip
def test_anything_else_is_no_cursor(text: str) -> None:
    """And refused by name."""
    with pytest.raises(InvalidRequestError) as refused:
        cursor_of(text)

    assert refused.value.field == "after"
