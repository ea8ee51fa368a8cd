"""Words above a forwarded message that only point at it: "Hi team, see below please. Thanks, Ida".

A phrase points if each of its words is a word of pointing, so that a list of phrases is needless. Errands have words
of their own.
"""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re
from collections.abc import Sequence

from service.hear.listed import words
from service.hear.mail_phrase import FORWARD_WORDS, GREETING, SIGN_OFF, WEAK_SIGN_OFF
from service.hear.plain_word import ERRAND

MOST_CHARACTERS = 400
MOST_LINES = 8
MOST_NAMES = 3
"""Words of a name on its own."""

AT_A_MESSAGE = words(
    """below above beneath underneath attached attachment enclosed forwarded forwarding forward fwd fw fyi fya pfa psb
    unten untenstehend untenstehende untenstehenden anbei anhang weiterleitung weitergeleitet weiterleiten
    weiterleite kenntnis kenntnisnahme veranlassung bearbeitung ci-dessous ci-joint ci-jointe dessous transfère
    transmets transféré abajo adjunto reenvío reenviado gestión sotto allegato inoltro inoltrato conoscenza
    onderstaand onderstaande hieronder onder bijgevoegd doorgestuurd afhandeling abaixo anexo encaminho encaminhado
    reencaminho conhecimento nedan nedanstående nedenfor nedenstående vidarebefordrar vidarebefordrat videresender
    videresendt kännedom orientering poniżej niżej przesyłam przekazuję wiadomości alla tiedoksi välitän
    hoidettavaksi aşağıda aşağıdaki aşağıya iletiyorum bilginize bilgilerinize ниже пересылаю сведения"""
)
"""Point at a message, and hardly at anything else."""
AT_SOMETHING = AT_A_MESSAGE | words(
    """attention awareness action information this these discussed agreed mentioned promised requested needful thread
    conversation correspondence trail das dies diese diesen dieser darum damit hier besprochen vereinbart info
    erledigung klärung cela ceci ce cette traiter suivi suite traitement convenu discuté occuper charge esto este
    esta hablado hablamos acordado comentado gestionar encargar encargarse questo questa gestire concordato
    occuparsene gestione competenza dit deze besproken afgesproken oppakken isto tratar combinado conversado
    tratamento det detta dette avtalat aftalt avtalt åtgärd tym to ustalono zająć tämän tämä sovittu hoitaa
    konuştuğumuz ilgilenir это этим обсуждали договаривались работу"""
)
POINTING = AT_SOMETHING | words(
    """hi hello hey dear please pls plz kindly see look find read check refer review note have has a to at the that
    those it its following pass passed passing on onto over along again just also only now here there is are was were
    from by of for and or with about as per in into up out off our your my me us you we i i'm i've am will would
    him her them they he she their his who customer customer's customers client client's guest guest's caller
    member mail mails email e-mail emails message messages note chain request enquiry inquiry query one case can
    could someone anyone somebody anybody else team colleagues folks guys all everyone deal handle handling help
    sort action take care pick respond reply answer advise assist process follow next step steps do asap when
    chance spoke handles belongs today yesterday morning spoken got came received sending let know if anything
    thanks thank many kind regards best attention information consideration reference awareness yours side right
    desk department bitte siehe sehen sie die der den dem leite leiten weiter ich wir ihr ihre mail nachricht
    anfrage kunde kundin kunden zur zu um mit für kann können könnten könnt kannst könntest jemand sich kümmern
    dabei hierbei wie mir uns euch helfen übernehmen bearbeiten beantworten antworten prüfen prüfung weitere
    weiteren danke vielen dank von in information voir plus bas merci de du d'avance bien vouloir prendre en je
    vous nous te le la les cet e-mail courriel message demande client cliente pour information action à faire svp
    stp s'il plaît plait pouvez pourriez peux peut tu voyez veuillez trouver comme quelqu'un s'en suite donner ver
    véase más os les lo el correo mensaje cliente para su tu vuestra vuestro información conocimiento por favor
    podéis puedes pueden podría podríais alguien ocuparse atender revisar responder en con como gracias un una
    vedi vedere giro ti vi il messaggio richiesta per informazione vostra tua potete puoi potresti qualcuno
    rispondere come d'accordo grazie di zie bijlage ter informatie kennisgeving graag kun kunnen jullie je iemand
    bericht vraag klant van voor het een ik stuur door zoals even aub alsjeblieft alstublieft beantwoorden
    bekijken bedankt veja segue sua vossa informação podem pode alguém o mensagem obrigado obrigada se under
    vedlagt vedhæftet bifogad bifogat till til för kan du ni i dere någon noen nogen ta hand tage sig om av denne
    här mejl meddelande besked melding kund som snakket tack tak takk vänligen venligst vennligst patrz zobacz
    zobaczyć proszę w załączeniu załączniku dalej do informacji obsługi realizacji czy ktoś może możesz się
    wiadomość od klienta klientki jak rozmawialiśmy dziękuję dzięki o katso ks liitteenä edelleen voisiko voitko
    joku viesti asiakkaalta kuten kiitos bakınız bakın bilgi lütfen misiniz müşteri mesaj gibi teşekkürler см
    смотри смотрите пожалуйста для к в информации кто-нибудь можете может заняться письмо сообщение клиента от как
    спасибо"""
)
"""Words without an errand, alone or together."""

FORWARDED = re.compile(
    r"forward|weiterge?leitet|transf[ée]r|transmis|réexpédi|re-?envi|inoltrat|doorgestuurd|encaminhad|przekaz"
    r"|vidarebefordr|videresend|välitetty|edelleenl|iletil|пересыл|пересл|перенаправ|переадрес|転送",
    re.IGNORECASE,
)
"""In the separator of a message that was forwarded, as opposed to answered."""
FORWARD_SUBJECT = re.compile(
    r"(?:(?:re|aw|sv|antw|odp|res|r)\s?:\s{0,3}){0,3}"
    r"(?:(?:fwd?|wg|tr|rv|enc|doorst|vb|vs|vl|pd|i̇?lt|továbbítás|předáno|vidarebef|転送|пересл)\s?:|(?-i:I)\s?:|\[fwd:)\s{0,3}",
    re.IGNORECASE,
)
"""Before the subject of a forwarded mail, in the words of mail programs."""

_CLAUSE = re.compile(r"[.!?;:,()\n\u2013\u2014、。-]+(?=\s|$)|\s[-/]\s|[、。]")
_WORD = re.compile(r"@?[^\W_][\w'’.-]*")
_NAMED_THANKS = re.compile(
    r"\b(thanks|thx|cheers|danke|merci|gracias|grazie|bedankt|regards)\s[^\W\d_a-z]\w+$", re.IGNORECASE
)


def only_points(lines: Sequence[str], *, at: frozenset[str]) -> bool:
    """Return whether lines are greetings, thanks, names, and "see below" only.

    One of the words in `at` has to be among them: people say "this" of other things than a message, too.
    """
    if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_CHARACTERS:
        return False
    has_pointed = may_be_name = False
    for line in lines:
        if FORWARD_WORDS.fullmatch(line.strip(" .,!?:;-")):
            has_pointed = True
            continue
        clauses = [clause.strip() for clause in _CLAUSE.split(line)]
        for clause in filter(None, clauses):
            is_frame = _is_frame(clause)
            pointed = not is_frame and _points(clause, at)
            if pointed is None and not (_is_name(clause) and (may_be_name or clause is clauses[0])):
                return False
            has_pointed = has_pointed or bool(pointed)
            may_be_name = is_frame or clause is clauses[-1]
    return has_pointed


def _is_frame(clause: str) -> bool:
    return bool(GREETING.fullmatch(clause) or SIGN_OFF.fullmatch(clause) or WEAK_SIGN_OFF.fullmatch(clause))


def _points(clause: str, at: frozenset[str]) -> bool | None:
    """Whether a clause points, `None` if it says something else."""
    if FORWARD_WORDS.fullmatch(clause):
        return True
    greeting = GREETING.match(clause)
    rest = _NAMED_THANKS.sub(r"\1", clause[greeting.end() :] if greeting else clause)
    said = {word.lower().replace("’", "'").rstrip(".") for word in _WORD.findall(rest) if word[0] != "@"}
    return not at.isdisjoint(said) if said <= POINTING else None


def _is_name(clause: str) -> bool:
    said = clause.split()
    return len(said) <= MOST_NAMES and all(word[0].isupper() and word.lower() not in ERRAND for word in said)
