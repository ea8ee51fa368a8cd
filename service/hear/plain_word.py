"""Words that call for a closer look. Most texts have none of them. A word too many costs time only."""

from __future__ import annotations

from service.hear.listed import words

NOTABLE = words(
    """um umm ummm uh uhh uhm er err erm hm hmm hmmm mm mmm mhm ah ahh eh ehm euh confidential confidentiality
    privileged intended recipient environment planet unsubscribe registered receiving outside automatic automated
    automatically autoreply auto office ooo away leave vacation holiday holidays undeliverable undelivered
    notification subsystem recipients generated displayed contacting mailing autosvar abwesend abwesenheit
    abwesenheitsnotiz urlaub erreichbar automatische eingangsbestätigung erhalten automatisch absence absent absente
    vacances automatique oficina ausente vacaciones recibido respuesta risposta ufficio ferie assente automatico
    ricevuto afwezig vakantie kantoor ontvangen recebemos resposta poza urlopie biurem nieobecny nieobecna kontoret
    semester ledig bortreist bortrest automatisk automatiskt svar poissa lomalla automaattinen vastaus otomatik
    izinde unzustellbar onbestelbaar remis distribuable gelesen letto lido gelezen lu confidentiel destinataire
    vertraulich riservato vertrouwelijk fortrolig konfidentiell geadresseerde adressat wtf wtff wtaf wth ffs jfc omfg
    stfu gtfo fml fck fckn fcking fckin fcked fcker fkn fckn fking fcuk fcuking sh1t f'ing fing effing effin tf
    bleeping"""
)
"""Each text in which a stage drops a word, and each automatic mail, holds one of these or a mark."""
NOTABLE_PAIRS = frozenset(
    [(word, ",") for word in ("like", "know", "mean", "of", "basically")]
    + [("received", word) for word in ("your", "this")]
    + [
        (was, done)
        for was in ("been", "was")
        for done in ("received", "created", "logged", "opened", "updated", "read")
    ]
    + [(word, "delivered") for word in ("be", "been", "not", "wasn't")]
    + [
        ("the", "f"),
        ("the", "bleep"),
        ("the", "beep"),
        ("opt", "out"),
        ("not", "reply"),
        ("failure", "notice"),
        ("for", "contacting"),
        ("your", "message"),
    ]
)
ERRAND = words(
    """my where when why would order cancel refund account card bill invoice delivery parcel package change
    problem broken pay password book booking ticket should which who because still yet something i'd haven't didn't
    doesn't won't speak talk someone human manager late lost wrong damaged missing stop delete update remove buy
    address flight plan subscription cannot can't tell money charged"""
)
"""In errands only, as opposed to closing words, greetings, answers, and commands."""
