"""What callers were told, held against what is kept and what fulfilment systems received. Decides without doing.

`read_holdings` reads; `compare` is a plain function of what was read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import orjson
from sqlalchemy import Connection, select

from models import metadata
from service.domain.delivery import DeliveryState, StepState
from service.record.database.engine import open_engines
from service.record.identity import Identity
from tests.faults.fulfilment import Receipt
from tests.faults.load import Told

DECISIONS, KEYS, DELIVERIES, STEPS = (
    metadata.tables[name] for name in ("decisions", "idempotency_keys", "deliveries", "steps")
)
OPEN_STEPS = {StepState.WAITING, StepState.FAILED}
"""A contact whose last step is one of these has been left standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    delivery_id: str
    decision_id: str
    state: str
    outcome: str | None
    """Of its last attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What is in the database."""

    decisions: Mapping[str, Sequence[str]]
    """Ids by contact key."""
    keys: Mapping[str, bytes]
    """The answer that a repeat gets, by the hash of its Idempotency-Key."""
    deliveries: Mapping[str, Sequence[Delivery]]
    """By decision."""
    last_steps: Mapping[str, str]
    """State of the last step, by decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Ids of decisions, or of deliveries, that are not as they have to be."""

    missing: tuple[str, ...] = ()
    """Decisions that a caller was told of and that are not there."""
    changed: tuple[str, ...] = ()
    """Decisions whose repeats would be answered in other words than the caller was told, or as if they were new."""
    surplus: tuple[str, ...] = ()
    """Decisions about a contact that its caller was never told of, beside the one that it was."""
    undelivered: tuple[str, ...] = ()
    """Decisions with a call that was never received, and whose contact was not led on either."""
    renamed: tuple[str, ...] = ()
    """Decisions whose call was received under a key that is not its delivery's, or under several."""
    pending: tuple[str, ...] = ()
    """Deliveries that have not come to an end."""

    def __bool__(self) -> bool:
        return bool(self.named())

    def named(self) -> list[tuple[str, tuple[str, ...]]]:
        """Those kinds of which there are any."""
        kinds = [(each.name, getattr(self, each.name)) for each in fields(self)]
        return [(name, ids) for name, ids in kinds if ids]

    def with_changed(self, told: Sequence[Told]) -> Differences:
        """Those whose repeats were in fact answered in other words, as well."""
        return replace(self, changed=tuple(sorted({*self.changed, *(each.decision_id for each in told)})))


def compare(
    all_told: Sequence[Told], holdings: Holdings, receipts: Sequence[Receipt], identity: Identity
) -> Differences:
    """None of what `all_told` says is taken on trust from the database, nor the other way round."""
    received: dict[str, set[str]] = defaultdict(set)
    for receipt in receipts:
        received[receipt.decision_id].add(receipt.key)
    found: dict[str, list[str]] = defaultdict(list)
    for told in all_told:
        held = holdings.decisions.get(identity.contact_key(told.order.contact_id), ())
        if told.decision_id not in held:
            found["missing"].append(told.decision_id)
        found["surplus"].extend(decision_id for decision_id in held if decision_id != told.decision_id)
        if repeat_of(told, holdings, identity) != told.answer:
            found["changed"].append(told.decision_id)
        keys = received.get(told.decision_id, set())
        if told.is_called_for and not is_delivered(told.decision_id, holdings, keys):
            found["undelivered"].append(told.decision_id)
        if not keys <= {delivery.delivery_id for delivery in holdings.deliveries.get(told.decision_id, ())}:
            found["renamed"].append(told.decision_id)
    of_all = [delivery for group in holdings.deliveries.values() for delivery in group]
    found["pending"] = [each.delivery_id for each in of_all if each.state == DeliveryState.PENDING]
    return Differences(**{name: tuple(ids) for name, ids in found.items()})


def repeat_of(told: Told, holdings: Holdings, identity: Identity) -> bytes | None:
    """What Errand would answer to the same request now; what is the caller's own in it is kept nowhere."""
    kept = holdings.keys.get(identity.idempotency_key("header", told.order.key))
    if kept is None:
        return None
    own = {
        "contact_id": told.order.contact_id,
        "contact_token": identity.contact_token(told.order.contact_id),
        "outcome_token": identity.outcome_token(told.decision_id),
    }
    return kept[:-1] + b"," + orjson.dumps(own)[1:]


def is_delivered(decision_id: str, holdings: Holdings, keys: set[str]) -> bool:
    """Received under its delivery's key, or given up in favour of a rung further down."""
    deliveries = holdings.deliveries.get(decision_id, ())
    return bool(deliveries) and all(
        delivery.delivery_id in keys
        or (delivery.state == DeliveryState.DEAD and holdings.last_steps.get(decision_id) not in OPEN_STEPS)
        for delivery in deliveries
    )


def count_led_on(all_told: Sequence[Told], holdings: Holdings) -> Counter[str]:
    """Deliveries that were given up in favour of another rung, by what their last attempt came to."""
    deliveries = [each for told in all_told for each in holdings.deliveries.get(told.decision_id, ())]
    return Counter(each.outcome or "" for each in deliveries if each.state == DeliveryState.DEAD)


def read_holdings(url: str) -> Holdings:
    """All of it as it is at one moment."""
    engines = open_engines(url, readers=1)
    try:
        with engines.reader.connect() as connection:
            return select_holdings(connection)
    finally:
        engines.dispose()


def select_holdings(connection: Connection) -> Holdings:
    decisions: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(DECISIONS.c.contact_key, DECISIONS.c.decision_id)):
        decisions[row.contact_key].append(row.decision_id)
    deliveries: dict[str, list[Delivery]] = defaultdict(list)
    columns = [DELIVERIES.c[each.name] for each in fields(Delivery)]
    for found in connection.execute(select(*columns)).mappings():
        deliveries[found["decision_id"]].append(Delivery(**found))
    steps = select(STEPS.c.decision_id, STEPS.c.state).order_by(STEPS.c.number)
    return Holdings(
        decisions=decisions,
        keys={row.key_hash: row.answer for row in connection.execute(select(KEYS.c.key_hash, KEYS.c.answer))},
        deliveries=deliveries,
        last_steps={row.decision_id: row.state for row in connection.execute(steps)},
    )
