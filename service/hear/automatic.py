"""Automatic mail, which nobody wrote to us: out of office, bounces, receipts.

A header alone suffices. Wording counts at the beginning of a message or of its subject only, since customers tell of
automatic replies, too. The header fields are those of RFC 3834, RFC 2076, RFC 2919, and of common mail servers.
"""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

READ = 1_000
"""Characters of the beginning in which wording is looked for."""


class AutomaticEvidence(StrEnum):
    """How a mail shows that it is automatic."""

    HEADER = "header"
    WORDING = "wording"


_BULK = frozenset(("bulk", "junk", "list", "auto_reply"))
_REPORT = re.compile(
    r"multipart/report|message/(?:delivery-status|disposition-notification)|report-type=", re.IGNORECASE
)
_TELLING_HEADERS: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": lambda value: value.partition(";")[0].strip().lower() not in {"", "no"},
    "precedence": lambda value: value.strip().lower() in _BULK,
    "x-auto-response-suppress": lambda value: value.strip().lower() not in {"", "none"},
    "x-autoreply": lambda value: value.strip().lower() not in {"", "no"},
    "x-autorespond": lambda value: value.strip().lower() not in {"", "no"},
    "x-auto-reply": lambda value: value.strip().lower() not in {"", "no"},
    "x-failed-recipients": lambda value: bool(value.strip()),
    "list-id": lambda value: bool(value.strip()),
    "content-type": lambda value: _REPORT.search(value[:500]) is not None,
    "return-path": lambda value: value.strip() == "<>",
}

_TITLE = re.compile(
    r"""(?:(?:re|aw|fwd?|tr|sv)\s?:\s?)?(?:
        (?:automatic|auto|out\ of\ office)[\ -]?(?:reply|response)\b(?=\s*(?:[:(\n-]|$))
          |auto-?reply\b(?=\s*(?:[:\n-]|$))
      | out\ of\ (?:the\ )?office\b(?=\s*(?:$|[\n:(-]|auto|reply|until|notification|message))|ooo\ ?:|(?:vacation
        |holiday)\ (?:reply|response|notice|auto-?reply)\b
      | (?:undeliverable|undelivered|returned\ mail|non[\ -]remis|non\ distribuable|unzustellbar|nicht\ zustellbar
        |onbestelbaar|no\ entregado|no\ se\ puede\ entregar|non\ recapitabile|niedostarczone?|não\ entregue
        |kan\ inte\ levereras|недоставлено)\s?:
      | undelivered\ mail\ returned|mail\ delivery\ (?:failed|failure|subsystem|system)
        |delivery\ status\ notification|failure\ notice\s*(?:$|\n)|mail\ system\ error|delivery\ (?:notification
        |failure)\ ?:
      | (?:not\ )?read\ ?:\ |(?:read|delivery)\ receipt\b(?=\s*[:\n])|gelesen\ ?:|lu\ ?:\ |leído\ ?:|gelezen\ ?:
        |letto\ ?:|lido\ ?:
      | abwesenheits(?:notiz|nachricht|assistent|meldung)|abwesenheit\ ?[:\n]|automatische\ (?:antwort
        |eingangsbestätigung|abwesenheit\w{0,12})\b|eingangsbestätigung\b(?=\s*[:\n])
      | réponse\ automatique|absence\ (?:du|de)\ bureau|message\ d'absence|accusé\ de\ réception\b
        |respuesta\ automática|fuera\ de\ (?:la\ )?oficina\b(?=\s*[:\n-])|ausente\ de\ la\ oficina
      | risposta\ automatica|fuori\ (?:sede|ufficio)\b(?=\s*[:\n-])|automatisch\ antwoord|afwezigheids\w{0,15}
        |afwezig\ ?[:\n]|resposta\ automática|fora\ d[oe]\ escritório\b(?=\s*[:\n-])|odpowiedź\ automatyczna
        |automatyczna\ odpowiedź|poza\ biurem\b(?=\s*[:\n-])
      | auto(?:matiskt\ |matisk\ )?svar\b(?=\s*[:\n-]|$)|frånvaro(?:meddelande)?\s?[:\n]|fraværs?(?:besked
        |melding)?\s?[:\n]|automaattinen\ vastaus|poissaoloviesti|poissa\ toimistosta|otomatik\ (?:yanıt|cevap)
        |ofis\ dışında\b(?=\s*[:\n-])
      | автоматический\ ответ|автоответ|自動(?:応答|返信)|不在通知)""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENING = re.compile(
    r"""(?:this\ is\ an?\ (?:automat(?:ed|ic|ically\ generated)|auto-?generated|system[\ -]generated
      |computer[\ -]generated)\ (?:e-?mail|message|reply|response|notification|acknowledge?ment|receipt)
      | this\ (?:e-?mail|message)\ (?:was|is|has\ been)\ (?:sent\ |created\ |generated\ )?automatically
        |\*{0,3}\s?(?:please\ )?do\ not\ reply\ to\ this\ (?:e-?mail|message|automated)
      | your\ message\b[^.!?]{0,200}\ (?:was|has\ been)\ (?:read|opened|deleted\ without\ being\ read
        |displayed)\ on\b|your\ message\ (?:to\ [^\n]{1,80}\ )?(?:could\ not|couldn't|was\ not|wasn't
        |has\ not\ been|hasn't\ been)\ (?:be\ )?delivered
      | (?:delivery\ has\ failed\ to\ these|the\ following\ (?:message|address
        |recipient)[^\n]{0,80}(?:undeliverable|failed|errors?|rejected))|(?:i'm|i\ am|we\ are)\ (?:afraid
        |sorry\ to\ have\ to\ inform\ you)\b[^.\n]{0,80}\ deliver|this\ is\ the\ mail\ (?:system|delivery)
      | (?:thank\ you|thanks)\ for\ (?:contacting|e-?mailing|writing\ to|getting\ in\ touch\ with|reaching\ out\ to
        |your\ (?:e-?mail|message|enquiry|inquiry|request))\b[^.!\n]{0,80}[.!]\s{1,4}(?=[^?]{0,300}\b(?:(?:we
        |our\ team|someone|a\ member\ of)\b[^.?\n]{0,60}\ will\b|out\ of\ (?:the\ )?office|currently\ (?:away
        |closed)|have\ received|has\ been\ received))
      | we(?:'ve|\ have)\ (?:successfully\ )?received\ your\ (?:request|message|e-?mail|enquiry|inquiry|ticket
        |support\ request)\b[^?]{0,200}\b(?:will|aim\ to)\b|(?:your|a\ new)\ (?:support\ )?(?:ticket|request|case
        |enquiry|inquiry)\b[^.?\n]{0,50}\ (?:has\ been|was)\ (?:received|created|logged|opened|registered|updated)
      | (?:i|we)(?:'m|\ am|\ are|\ will\ be)\ (?:currently\ |now\ )?(?:out\ of\ (?:the\ )?office
        |away\ from\ (?:the\ |my\ )?(?:office|desk|e-?mail)|away|on\ (?:annual\ |maternity\ |paternity\ |parental[ ]
        |sick\ )?(?:leave|vacation|holidays?))\b(?=[^?]{0,300}\b(?:(?:e-?mails?|messages?|access|respond|reply
        |answer|urgent|my\ return|contact\ my|contact\ \w+@)\b))
      | currently\ out\ of\ (?:the\ )?office
      | (?:ich\ bin|wir\ sind)\ (?:derzeit|momentan|zurzeit|zur\ zeit|aktuell|bis|vom|ab
        |im\ urlaub)?[^?\n]{0,60}(?:nicht\ (?:im\ (?:büro|haus)|erreichbar)|abwesend|im\ urlaub
        |außer\ haus)(?=[^?]{0,300}\b(?:e-?mails?|nachrichten?|dringend\w{0,3}|vertretung|rückkehr|weitergeleitet)\b)
      | dies\ ist\ eine\ automat|diese\ (?:e-?mail|nachricht)\ wurde\ automatisch
        |(?:vielen\ dank\ für\ ihre\ (?:anfrage|nachricht|e-?mail)[.!,]?\s{0,3})?wir\ haben\ ihre\ (?:anfrage
        |nachricht|e-?mail)\ erhalten
      | (?:je\ suis|nous\ sommes)\ (?:actuellement\ )?(?:absente?s?|en\ congés?
        |en\ vacances)(?=[^?]{0,300}\b(?:mails?|messages?|urgen\w{1,4}|retour)\b)|ceci\ est\ un\ (?:message|e-?mail
        |courriel)\ automatique|(?:nous\ avons\ bien\ reçu|votre\ (?:demande|message)\ a\ bien\ été\ (?:reçue?
        |enregistrée?))
      | (?:estoy|estaré|me\ encuentro)\ (?:actualmente\ )?(?:fuera\ de\ (?:la\ )?oficina|ausente
        |de\ vacaciones)(?=[^?]{0,300}\b(?:correos?|mensajes?|urgent\w{1,4}|regreso|vuelta)\b)
        |este\ es\ un\ (?:mensaje|correo)\ (?:automático|generado)|hemos\ recibido\ su\ (?:solicitud|mensaje|consulta)
      | (?:sono|sarò)\ (?:attualmente\ )?(?:fuori\ (?:sede|ufficio)|assente|in\ ferie)(?=[^?]{0,300}\b(?:mail
        |messaggi\w?|urgen\w{1,3}|rientro)\b)|questo\ è\ un\ messaggio\ automatico|abbiamo\ ricevuto\ la\ (?:sua
        |tua)\ richiesta
      | ik\ ben\ (?:momenteel\ )?(?:afwezig|niet\ (?:aanwezig|op\ kantoor|bereikbaar)|met\ vakantie
        |op\ vakantie)(?=[^?]{0,300}\b(?:e-?mails?|berichten|dringend\w?|terug\w{0,8})\b)|dit\ is\ een\ automatisch
        |wij\ hebben\ uw\ (?:bericht|vraag|aanvraag)\ ontvangen
      | (?:estou|estarei)\ (?:atualmente\ )?(?:fora\ do\ escritório|ausente|de\ férias)(?=[^?]{0,300}\b(?:e-?mails?
        |mensage\w{1,3}|urgent\w{1,2}|regresso|retorno)\b)|esta\ é\ uma\ mensagem\ automática
        |recebemos\ (?:a\ )?sua\ (?:mensagem|solicitação)
      | (?:jestem|będę)\ (?:obecnie\ )?(?:poza\ biurem|nieobecn[ya]|na\ urlopie)(?=[^?]{0,300}\b(?:e-?mail\w{0,3}
        |wiadomoś\w{1,4}|piln\w{1,6}|powro\w{1,4})\b)
        |(?:to\ jest\ )?wiadomość\ (?:została\ )?(?:wygenerowana\ )?automatyczn|otrzymaliśmy\ (?:twoje
        |państwa)\ zgłoszenie
      | jag\ är\ (?:för\ närvarande\ )?(?:inte\ på\ kontoret|ledig|bortrest
        |på\ semester)(?=[^?]{0,300}\b(?:mejl\w{0,3}|mail|meddelanden?|brådskande|tillbaka)\b)
        |detta\ är\ ett\ automatiskt|jeg\ er\ (?:for\ (?:tiden|øjeblikket)\ )?(?:ikke\ på\ kontoret|på\ ferie
        |fraværende|bortreist)(?=[^?]{0,300}\b(?:mails?|e-?post|beskeder?|haster?|tilbage|tilbake)\b)
        |dette?\ er\ en\ automatisk
      | olen\ (?:tällä\ hetkellä\ )?(?:poissa|lomalla)(?=[^?]{0,300}\b(?:sähköpost\w{0,8}|viest\w{1,6}
        |kiireelli\w{1,8})\b)|tämä\ on\ automaattinen|şu\ anda\ (?:ofis\ dışında|izinde)
        |bu\ otomatik\ (?:bir\ )?(?:mesaj|yanıt|e-?posta)
      | (?:я\ )?(?:сейчас\ )?(?:нахожусь\ )?в\ отпуске\ (?:с|до|по)\b
        (?=[^?]{0,300}\b(?:письм\w{1,3}|почт\w{1,2}|срочн\w{1,4})\b)
      |это\ автоматическ
      |(?:このメールは)?自動(?:送信|配信)|ただいま不在|お問い合わせを受け付けました)""",
    re.IGNORECASE | re.VERBOSE,
)
_LEAD = re.compile(
    r"\s{0,20}(?:(?:dear|hello|hi|hallo|guten tag|sehr geehrte|bonjour|madame|hola|estimad|buongiorno|gentile"
    r"|olá|prezad|geachte|beste|dzień dobry|hej|hei|merhaba"
    r"|здравствуйте|good (?:morning|afternoon|day))[^\n.]{0,60}\n\s{0,20}|(?:hi|hello|hallo|hej|bonjour"
    r"|hola),\s)?(?:thank you for your (?:e-?mail|message)[.!,]\s{1,3})?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^[*_]{0,2}(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|ämne|emne|aihe|konu|тема"
    r"|件名)[*_]{0,2}\s?:[ \t]{0,4}",
    re.IGNORECASE | re.MULTILINE,
)


def automatic_evidence(text: str, headers: Mapping[str, str] | None) -> AutomaticEvidence | None:
    """Return what shows that a mail is automatic, or `None`."""
    if headers and _has_telling_header(headers):
        return AutomaticEvidence.HEADER
    return AutomaticEvidence.WORDING if is_worded_automatically(text) else None


def _has_telling_header(headers: Mapping[str, str]) -> bool:
    return any(tells(value) for name, value in headers.items() if (tells := _TELLING_HEADERS.get(name.strip().lower())))


def is_worded_automatically(text: str) -> bool:
    """Return whether a message or its subject begins like automatic mail."""
    beginning = text[:READ]
    subject = _SUBJECT.search(beginning)
    if subject and _TITLE.match(beginning, subject.end()):
        return True
    lead = _LEAD.match(beginning)
    starts = {0, lead.end() if lead else 0, _first_line_after_headers(beginning, subject)}
    return any(_TITLE.match(beginning, start) or _OPENING.match(beginning, start) for start in starts)


def _first_line_after_headers(beginning: str, subject: re.Match[str] | None) -> int:
    if subject is None:
        return 0
    below = beginning.find("\n", subject.end())
    lead = _LEAD.match(beginning, below + 1) if below >= 0 else None
    return lead.end() if lead else 0
