"""Recognise repeated requests: by the caller's key, or by the contact and its turn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import orjson

from service.domain.recording import IdempotencyKey, Recorded
from service.errors import StaleTurnError
from service.pipeline.incoming import IncomingContact
from service.record.identity import Identity

REPEATED_WITHIN: Final = timedelta(seconds=10)
"""Time in which the same words of the same contact count as a repeated request. Later they are a new turn: customers
say "yes" twice."""


def idempotency_key_of(
    contact: IncomingContact, identity: Identity, retention: timedelta, *, turns_before: int = 0
) -> IdempotencyKey | None:
    """Return the key of a request: the caller's key, else contact and turns. `None` if the request has neither.

    `turns_before` is the number of turns that were applied before this one. It is part of the key of a turn that the
    caller left unnumbered.
    """
    if contact.idempotency_key is not None:
        key_hash = identity.idempotency_key("header", contact.idempotency_key)
        body_hash = identity.body_hash(contact.body)
    elif contact.contact_id is not None:
        turns = [(turn.speaker, turn.raw_text) for turn in contact.turns]
        body_hash = identity.body_hash(orjson.dumps(turns if contact.choice is None else contact.choice))
        # A caller that only asked for advice, and then has the contact dispatched, needs a new decision.
        kind = "turn" if contact.dispatch else "advice"
        which = body_hash if contact.turn is None else str(contact.turn)
        if is_unnumbered_turn(contact):
            which, retention = f"{turns_before}:{body_hash}", min(retention, REPEATED_WITHIN)
        key_hash = identity.idempotency_key(kind, contact.contact_id, which)
    else:
        return None
    return IdempotencyKey(key_hash=key_hash, body_hash=body_hash, retention=retention)


def is_unnumbered_turn(contact: IncomingContact) -> bool:
    """Return whether only the words and the time tell if the request repeats an earlier turn of its contact."""
    is_named = contact.contact_id is not None and contact.idempotency_key is None
    return is_named and contact.turn is None and contact.dispatch


def tokens_of(decision_id: str, contact_id: str | None, identity: Identity) -> Mapping[str, str]:
    """Return contact id and tokens of an answer. They are derived each time, and are never stored."""
    contact_id = contact_id or identity.anonymous_contact_id(decision_id)
    return {
        "contact_id": contact_id,
        "contact_token": identity.contact_token(contact_id),
        "outcome_token": identity.outcome_token(decision_id),
    }


def with_own(recorded: Recorded, own: Mapping[str, str]) -> bytes:
    """Return the recorded answer and the values of this request alone, as one JSON object.

    Both are objects with at least one member, so the bytes are joined without parsing the answer again.
    """
    return recorded.answer[:-1] + b"," + orjson.dumps(own)[1:]


def stale_turn(turn: int) -> StaleTurnError:
    """Return the refusal of a turn whose number was used for another text."""
    return StaleTurnError(
        f"Turn {turn} of the contact was applied before, and was another.",
        field="turn",
        mend="Number every new turn one higher than the last.",
    )
