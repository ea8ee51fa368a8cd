"""Whether the text of a contact may be kept, redacted: only what everything that it may be about permits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.catalogue.schema import Catalogue
from service.domain.ledger import Agenda
from service.domain.understanding import Candidate, Verdict


def may_keep(
    verdict: Verdict, candidates: Sequence[Candidate], agendas: Iterable[Agenda], catalogue: Catalogue
) -> bool:
    """One intent of which nothing may be kept wins over all others; where none is named, the policy has to permit it.

    What a text may be about: goals that it names, those that it leaves open, the likeliest intent, however unlikely,
    and what the contact wants (`agendas`, before the turn and after it).
    """
    named = [goal.intent for goal in verdict.goals]
    if not named and catalogue.policy.store_text == "never":
        return False
    likeliest = [candidate.intent for candidate in candidates[:1] if candidate.intent in catalogue.intents]
    wanted = [goal.intent for agenda in agendas for goal in agenda.active]
    return all(catalogue.keeps_text_about(intent) for intent in (*named, *verdict.options, *likeliest, *wanted))
