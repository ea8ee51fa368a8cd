"""The register of promises: desks list, claim, keep, release and fail promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from service.domain.audit import AuditEntry
from service.domain.promise import HeldPromise, PromiseAct, PromiseCursor, PromiseFilter, PromiseMove, PromiseMoved
from service.errors import InvalidRequestError
from service.promise.sealing import Sealer


class PromiseStore(Protocol):
    async def move_promise(self, move: PromiseMove) -> PromiseMoved: ...

    async def list_promises(self, wanted: PromiseFilter, now: datetime) -> list[HeldPromise]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisePage:
    """Some promises in the order of their due times."""

    promises: tuple[HeldPromise, ...]
    next: str | None
    """Cursor of the page that follows, or `None` for the last page."""
    at: datetime
    """Time at which the states hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedPromise:
    promise: HeldPromise
    detail: str | None = field(default=None, repr=False)
    """Number or address of the customer. `None` if there is none, or if its secret is missing."""


class PromiseRegister:
    """Gives promises to desks. One instance a worker."""

    def __init__(
        self,
        *,
        store: PromiseStore,
        sealer: Sealer,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        on_moved: Callable[[PromiseMoved], None] = lambda _: None,
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`on_moved` is told of each change, and `on_unreadable` of each promise whose detail cannot be opened."""
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._new_id = new_id
        self._on_moved = on_moved
        self._on_unreadable = on_unreadable

    async def list_page(self, wanted: PromiseFilter) -> PromisePage:
        """Return one page of the promises that the filter describes."""
        now = self._clock()
        found = await self._store.list_promises(wanted, now)
        is_full = len(found) == wanted.limit
        return PromisePage(promises=tuple(found), next=written(found[-1]) if is_full else None, at=now)

    async def claim(self, promise_id: str, *, by: str, actor: str) -> ClaimedPromise:
        """Give a promise to a desk, and show the contact detail. Each showing leaves an audit entry.

        `by` is the label of the desk, and `actor` the caller as the audit names it. A repeated claim shows the detail
        again. Raises PromiseHeldError if another desk holds the promise, PromiseEndedError or NotFoundError.
        """
        now = self._clock()
        entry = AuditEntry(
            audit_id=self._new_id(), at=now, actor=actor, action="promise.claim", subject=promise_id, detail={"by": by}
        )
        moved = await self._move(PromiseMove(promise_id=promise_id, act=PromiseAct.CLAIM, by=by, at=now, entry=entry))
        if moved.detail is None:
            return ClaimedPromise(promise=moved.promise)
        detail = self._sealer.find_opened(moved.detail, promise_id=promise_id)
        if detail is None:
            self._on_unreadable(promise_id)  # the secret was replaced, or the row is damaged
        return ClaimedPromise(promise=moved.promise, detail=detail)

    async def keep(self, promise_id: str, *, by: str) -> HeldPromise:
        """Note that a promise was kept. Raises as `claim` does."""
        return await self._act(PromiseAct.KEEP, promise_id, by)

    async def release(self, promise_id: str, *, by: str) -> HeldPromise:
        """Make a promise free for other desks. Raises as `claim` does."""
        return await self._act(PromiseAct.RELEASE, promise_id, by)

    async def fail(self, promise_id: str, *, by: str) -> HeldPromise:
        """Note that a promise could not be kept. Raises as `claim` does."""
        return await self._act(PromiseAct.FAIL, promise_id, by)

    async def _act(self, act: PromiseAct, promise_id: str, by: str) -> HeldPromise:
        return (await self._move(PromiseMove(promise_id=promise_id, act=act, by=by, at=self._clock()))).promise

    async def _move(self, move: PromiseMove) -> PromiseMoved:
        moved = await self._store.move_promise(move)
        if moved.is_new:
            self._on_moved(moved)
        return moved


def written(promise: HeldPromise) -> str:
    """Return the cursor of the page after a promise."""
    due_at = promise.due_at.astimezone(UTC).isoformat().removesuffix("+00:00")
    return f"{due_at}Z~{promise.promise_id}"  # a plus would be read as a space in an address


def cursor_of(text: str) -> PromiseCursor:
    """Return a cursor that `written` has made. Raises InvalidRequestError for any other text."""
    due_at, _, promise_id = text.partition("~")
    try:
        at = datetime.fromisoformat(due_at)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not UTC or not promise_id or not promise_id.isprintable():
        raise InvalidRequestError("after: This is no cursor.", field="after", mend="Send `next` of the page before.")
    return PromiseCursor(due_at=at, promise_id=promise_id)
