"""Decide whether the redacted text of a contact may be kept: every intent that the text may be about must permit it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.catalogue.schema import Catalogue
from service.domain.ledger import Agenda
from service.domain.understanding import Candidate, Verdict


def may_keep(
    verdict: Verdict, candidates: Sequence[Candidate], agendas: Iterable[Agenda], catalogue: Catalogue
) -> bool:
    """Return whether the text may be kept. One intent that forbids keeping wins over all others.

    A text may be about the goals that it names, the options that it leaves open, the likeliest intent (at any
    confidence), and the active goals of `agendas` (before the turn and after it). If the text names no goal, the policy
    must permit keeping, too.
    """
    named = [goal.intent for goal in verdict.goals]
    if not named and catalogue.policy.store_text == "never":
        return False
    likeliest = [candidate.intent for candidate in candidates[:1] if candidate.intent in catalogue.intents]
    wanted = [goal.intent for agenda in agendas for goal in agenda.active]
    return all(catalogue.keeps_text_about(intent) for intent in (*named, *verdict.options, *likeliest, *wanted))
