"""What mail programs, help desks, and manners put around a message, in the languages of Europe and in Japanese.

Expressions are for single lines or anchored at lines, and every quantifier is bounded.
"""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re
from collections.abc import Iterator

SENDER = "from|von|de|da|van|od|från|fra|lähettäjä|kimden|gönderen|от|от кого|差出人|送信者|feladó|expéditeur|afzender"
OTHER_HEADERS = (
    "sent|date|to|cc|bcc|reply-to|subject|importance|gesendet|datum|an|kopie|betreff|envoyé|envoyé le|à|a"
    "|objet|répondre à"
    "|enviado|enviado el|enviado em|enviada|enviada em|fecha|para|asunto|data|inviato|oggetto|verzonden|aan|onderwerp"
    "|assunto|wysłano|wysłane|do|dw|temat|skickat|till|kopia|ämne|sendt|dato|til|kopi|emne|lähetetty|päivä"
    "|päivämäärä|vastaanottaja|kopio|aihe|gönderildi|gönderme tarihi|tarih|kime|alıcı|bilgi|konu|отправлено|дата|кому"
    "|копия|тема|送信日時|送信日|日時|日付|宛先|件名|címzett|dátum|tárgy|předmět|komu|odesláno"
)
SUBJECT_NAMES = (
    "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|ämne|emne|aihe|konu|тема|件名|předmět|tárgy"
)

_HEADERS = frozenset(f"{SENDER}|{OTHER_HEADERS}|{SUBJECT_NAMES}".split("|"))
LONGEST_HEADER = 24
SUBJECT = re.compile(
    rf"[*_]{{0,2}}(?:{SUBJECT_NAMES})[*_]{{0,2}}\s?:[*_]{{0,2}}\s{{0,4}}"
    r"(?:(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|odp|pd|doorst|i|r)\s?:\s{0,3}){0,4}",
    re.IGNORECASE,
)
SENDER_LINE = re.compile(rf"^[ \t>]{{0,20}}[*_]{{0,2}}(?:{SENDER})[*_]{{0,2}}\s?:[^\n]{{1,200}}$", re.MULTILINE)
"""For a text in lower case, as the next one."""

_TITLES = (
    "original message|forwarded message|reply message|original appointment|original e-?mail|forwarded by [^\n]{1,60}"
    "|ursprüngliche nachricht|originalnachricht|original-nachricht|weitergeleitete nachricht"
    "|weitergeleitet von [^\n]{1,60}"
    "|message d'origine|message original|message transféré|message transmis|mensaje original|mensaje reenviado"
    "|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht"
    "|mensagem original|mensagem encaminhada|oryginalna wiadomość|wiadomość oryginalna|przekazana wiadomość"
    "|wiadomość przekazana|ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|oprindelig meddelelse"
    "|original meddelelse|videresendt meddelelse|opprinnelig melding|original melding|videresendt melding"
    "|alkuperäinen viesti|välitetty viesti|edelleenlähetetty viesti|orijinal ileti|özgün ileti|orijinal mesaj"
    "|iletilen mesaj|iletilmiş mesaj"
    "|исходное сообщение|пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение"
    "|元のメッセージ|転送メッセージ|転送されたメッセージ|původní zpráva|eredeti üzenet"
)
_BEGIN = (
    "begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du (?:message"
    "|mail) (?:transféré|réexpédié)"
    "|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht"
    "|início da mensagem (?:reencaminhada|encaminhada)"
    "|początek przekazywanej wiadomości|vidarebefordrat (?:brev|meddelande)|videresendt meddelelse"
    "|start på videresendt (?:meddelelse|melding)"
    "|välitetty viesti|iletilen mesajın başlangıcı|начало переадресованного сообщения|転送されたメッセージ"
)
_ABOVE = (
    r"[^\w\n]{0,12}(?:please )?(?:type|write|reply|enter|add)[^\n]{0,40} above (?:this|the) line[^\n]{0,60}"
    r"|\#\#- ?[^\n]{1,120} ?-\#\#"
    r"|[^\w\n]{0,12}(?:bitte )?(?:antworten|schreiben) sie[^\n]{0,20} (?:oberhalb|über) dieser[^\n]{0,60}"
    r"|[^\w\n]{0,12}(?:répondez|écrivez|répondre)[^\n]{0,30} au-dessus de cette ligne[^\n]{0,60}"
    r"|[^\w\n]{0,12}(?:por favor,? )?(?:escriba|responda)[^\n]{0,30} (?:encima|acima) (?:de|desta)[^\n]{0,60}"
    r"|[^\w\n]{0,12}(?:scrivi|rispondi)[^\n]{0,30} sopra questa riga[^\n]{0,60}"
    r"|[^\w\n]{0,12}(?:typ|schrijf|antwoord)[^\n]{0,30} boven deze regel[^\n]{0,60}"
)
_SEPARATORS = (
    (
        ("mess", "nachricht", "mail", "appointment", " by ", " von ", "mensaje", "bericht", "mensagem", "wiadomość"
         , "meddel", "melding", "viesti", "ileti", "mesaj", "сообщение", "メッセージ", "zpráva", "üzenet"),
        rf"[-_=*]{{2,60}} ?(?:{_TITLES}) ?[-_=*:]{{1,60}}",
    ),
    (
        ("begin", "anfang", "début", "inicio", "inizio", "início", "początek", "vidarebef", "videresend", "på "
         , "välitetty", "iletilen", "начало", "転送"),
        rf"(?:{_BEGIN}) ?:",
    ),
    (("above", "##", "oberhalb", "über", "au-dessus", "encima", "acima", "sopra", "boven"), rf"(?:{_ABOVE})"),
    ((" ---",), r"[^\n]{1,80} --- ?\d{1,2}[./]\d{1,2}[./]\d{4} \d{1,2}:\d{2}(?:[^\n]{0,20}---)?"),
)  # fmt: skip
_SEPARATING = [
    (signs, re.compile(rf"^[ \t>]{{0,20}}(?:{pattern})", re.IGNORECASE | re.MULTILINE))
    for signs, pattern in _SEPARATORS
]
"""Lines from which an earlier message takes the rest; each is looked for in texts with one of its signs only."""


def separators(text: str) -> Iterator[re.Match[str]]:
    """Yield the lines that separate an earlier message."""
    small = text.lower()
    for signs, pattern in _SEPARATING:
        if any(sign in small for sign in signs):
            yield from pattern.finditer(text)


def is_header(line: str) -> bool:
    """Return whether a line is one of the head of a mail, as "*From:* Ida"."""
    colon = line.find(":", 0, LONGEST_HEADER)
    return colon > 0 and line[:colon].strip("*_ \xa0").lower() in _HEADERS


_VERBS = (
    "wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|pisze|napisał(?:a|\\(a\\))?|skrev|kirjoitti|yazdı|"
    "пишет|написал(?:а|\\(а\\))?|napsal(?:a|\\(a\\))?|ezt írta|a scris|書きました|のメール|написав(?:ла)?"
)
WROTE = re.compile(rf"(?:\b|(?<=[をがは]))(?:{_VERBS})(?:[^\n:<]|<[^>\n]{{0,100}}>){{0,80}}:")
OPENER = re.compile(
    r"\b(?:On|Am|Le|El|Il(?: giorno)?|Op|Em|No dia|Den|W dniu|Dnia|Dne|På|Pe|În|Tarihinde) (?=[^\n]{0,60}[\d<])"
)
DATED_SENDER = re.compile(
    r"^[ \t>]{0,20}(?=[^\n]{0,60}\d{1,2}[:.]\d{2})[^\n<]{6,120}<[^\s<>]{3,80}>[^\n:]{0,20}:[ \t]*$", re.MULTILINE
)
"""Date, time, and address of a sender before a colon: an introduction in any language."""

FORWARD_WORDS = re.compile(
    r"""(?:please\ |pls\ )?(?:see|look\ at|read|check|refer\ to)\ (?:the\ |my\ |this\ )?(?:attached|forwarded|mail
      |message|e-?mail|thread|below|
          correspondence|conversation|one)(?:\ (?:mail|message|e-?mail|thread|below|correspondence|and\ (?:help
            |advise)))*
      |(?:please\ |pls\ )?see\ below(?:\ please)?|as\ (?:discussed|below|per\ below|mentioned\ below)|below|fyi
        |f\.y\.i|fwd?|for\ your\ (?:information|attention|action)
      |(?:please\ )?(?:advise|help|handle|action|assist)(?:\ (?:with|on)\ (?:this|the\ below))?
      |(?:can|could)\ (?:you|someone|anyone)\ (?:please\ )?(?:help|assist|deal|sort|look|advise|handle)\ ?(?:me[ ]
        |us\ )?(?:with|into|on|out)?\ ?(?:this|it|the\ below)?(?:\ please)?(?:\ for\ me)?
      |(?:any\ )?(?:help|thoughts|ideas|news)(?:\ (?:on|with)\ this)?|(?:just\ )?(?:forwarding|passing
        |sending)\ (?:this|it)(?:\ (?:on|to\ you|along|again))*
      |over\ to\ you|(?:what|how)\ about\ this|this\ one|(?:please\ )?do\ the\ needful
      |(?:bitte\ )?siehe\ unten|s\.\ ?u|zur\ (?:info|information|kenntnis|kenntnisnahme)|z\.\ ?k|(?:können
        |könnten)\ sie\ (?:mir\ )?(?:damit|dabei|hier|hierbei)\ helfen
      |voir\ (?:ci-dessous|plus\ bas)|ci-dessous|pour\ (?:info|information)|(?:pouvez|pourriez)-vous\ m'aider
      |ver\ (?:abajo|más\ abajo|abaixo)|para\ (?:su|tu|vuestra|sua)\ (?:información|informação)|vedi\ sotto
        |per\ (?:conoscenza|informazione)
      |zie\ (?:onder|onderstaand|hieronder)|ter\ info(?:rmatie)?|se\ (?:nedan|nedenfor|under)|til\ (?:orientering
        |info)|för\ kännedom|till\ info
      |ks\.?\ alla|katso\ alla|tiedoksi|patrz\ (?:poniżej|niżej)|do\ wiadomości|aşağıya\ bakınız|bilgi(?:niz)?e
        |см\.?\ ниже|к\ сведению
      |下記(?:を)?(?:ご)?(?:参照|確認)(?:ください|下さい)?|以下(?:を)?ご(?:確認|覧)ください""",
    re.IGNORECASE | re.VERBOSE,
)
"""All that people write above a message which they pass on."""

DEVICE = re.compile(
    r"""sent\ (?:from|via|with)\ (?:my|yahoo|outlook|proton|gmail|mail\ for|tutanota|spark|(?:the|a
      |an)\ (?:\w+\ ){0,3}(?:phone|mobile|i?pad|tablet|
          android|device|app|train|road))\b
      |get\ outlook\ for\b|outlook\ für\ \w{2,10}\ (?:holen|beziehen)|t[ée]l[ée]charger\ outlook
        |obt[eé]n\w{0,3}\ outlook|scarica\ outlook
      |(?:diese\ nachricht\ wurde\ )?von\ meine[mr]\ [^\n]{2,60}\ (?:gesendet|verschickt)|gesendet\ (?:von|mit
        |über)\ [^\n]{2,60}$
      |envoyé\ (?:depuis|de(?:puis)?|à\ partir\ de)\ (?:mon|ma|yahoo|outlook|l'app)\b|enviado\ (?:desde
        |a\ partir\ d[eo]|do|pelo|con)\ (?:mi|meu|yahoo|outlook|iphone|gmail)\b
      |inviato\ (?:da(?:l|lla)?|con)\ (?:mio\ |mia\ )?(?:iphone|ipad|android|outlook|yahoo|cellulare|smartphone
        |libero)\b
      |verzonden\ (?:vanaf|vanuit|met|via|van)\ (?:mijn\ |een\ )?(?:iphone|ipad|android|outlook|yahoo|mobiel
        |telefoon|samsung)
      |verstuurd\ (?:vanaf|vanuit|met|via)\ |wysłan[eoy]\ z\ (?:mojego\ )?(?:iphone|ipad|android|telefonu|outlook
        |urządzenia|smartfon)
      |skickat\ från\ (?:min\ )?|sendt\ fra\ (?:min\ )?|lähetetty\ [^\n]{2,40}(?:sta|stä|lta|ltä)\b
        |[^\n]{2,30}'?(?:[ıiuü]mdan|[dt][ae]n)\ gönderildi
      |отправлено\ (?:с|из)\ |odesláno\ z\ |[^\n]{1,20}から送信""",
    re.IGNORECASE | re.VERBOSE,
)

_UPPER = "A-ZÀ-ÖØ-ÞŁŚŻŹĆĄĘŃŠČŘŽĐİА-ЯЁ"
NAMES = rf"""(?:[\s,]{{1,3}}(?:<\w{{1,20}}>|[{_UPPER}][\w.'\u2019-]{{0,30}}
    |(?i:there|team|all|everyone|folks|guys|again|sir|madam|sirs|or|and|the|zusammen|alle|tous|toutes|à|todos|tutti
      |allen|allemaal|państwu)))
    {{0,5}}"""
GREETING = re.compile(
    rf"""(?:(?i:dear|sehr\ geehrte[rs]?|geachte|gentil[ei]|egregi[oa]|estimad[oa]s?|prezad[oa]s?|car[oa]s?|sayın
      |szanown[aiy]|vážen[áíý]|уважаем(?:ые|ый|ая)|chers?|chères?)
          (?:[\s,]{{1,3}}[^\s,.!?]{{1,30}}){{1,6}}
      |(?i:hi|hello|hey|hiya|good\ (?:morning|afternoon|evening|day)|greetings|to\ whom\ it\ may\ concern
          |hallo|guten\ (?:tag|morgen|abend)|moin|servus|grüezi|grüß\ gott|liebe[rs]?|bonjour|bonsoir|salut|madame
            |monsieur|coucou
          |hola|buen(?:os|as)\ (?:días|tardes|noches)|buongiorno|buonasera|salve|ciao|beste|goede(?:morgen|middag
            |navond|ndag)|dag
          |olá|oi|bom\ dia|boa\ (?:tarde|noite)|dzień\ dobry|witam|cześć|hej|hejsan|god\ (?:dag|morgon|morgen|kveld
            |aften)|goddag|hei|moi|hyvää\ päivää|terve
          |merhaba|merhabalar|iyi\ günler|selam|здравствуйте|добрый\ (?:день|вечер)|доброе\ утро|привет|dobrý\ den
            |こんにちは|お世話になっております){NAMES}
      )[\s,.!:;\u2013、。-]{{0,9}}""",
    re.VERBOSE,
)
_REGARDS = r"""(?:with\ )?(?:(?:kind|kindest|best|warm|warmest|many)\ )?(?:regards|wishes)
      |(?:yours\ )?(?:very\ )?(?:sincerely|faithfully|truly|respectfully)(?:\ yours)?|yours
      |(?:mit\ )?(?:freundlichen?|vielen?|besten?|lieben?|herzlichen?|schönen?)\ gr(?:ü|ue)(?:ß|ss)en?(?:\ aus)?
        |mfg|lg|vg|hochachtungsvoll|gru(?:ß|ss)
      |(?:bien\ )?cordialement|bien\ à\ vous|(?:sincères\ |meilleures\ )?salutations(?:\ distinguées|\ cordiales)?
        |cdlt|respectueusement
      |(?:un\ )?(?:cordial(?:es)?\ )?saludos?(?:\ cordial(?:es)?)?|atentamente|atte|cordialmente|(?:cordiali
        |distinti)?\ ?saluti|un\ saluto
      |(?:met\ )?(?:vriendelijke|hartelijke)\ groet(?:en)?|groet(?:en|jes)?|mvg|hoogachtend
      |atenciosamente|(?:com\ os\ )?(?:melhores\ )?cumprimentos|saudações|abraços?|att
      |(?:serdecznie\ )?pozdrawiam(?:\ serdecznie)?|z\ poważaniem|z\ wyrazami\ szacunku|pozdrowienia
      |(?:med\ )?(?:vänliga?|bästa)\ hälsning(?:ar)?|hälsningar|mvh|(?:med\ )?venn?lig\ hilsen|(?:de\ )?(?:bedste
        |beste|mange)\ hils(?:en|ner|ener)|hilsen|vh
      |(?:ystävällisin\ |parhain\ )?terveisin|yst\.?\ terv\.?|(?:en\ içten\ )?saygılarımla|saygılar(?:ımızla)?
        |iyi\ çalışmalar
      |с\ уважением|с\ наилучшими\ пожеланиями|s\ pozdravem|üdvözlettel
      |敬具|(?:どうぞ)?(?:よろしく|宜しく)お願い(?:いた|致)?します|以上"""
SIGN_OFF = re.compile(rf"(?i:--|{_REGARDS}){NAMES}[\s,.!。-]{{0,9}}", re.VERBOSE)
WEAK_SIGN_OFF = re.compile(
    rf"""(?P<thanks>(?i:(?:many\ )?thanks(?:\ again|\ a\ lot|\ in\ advance|\ so\ much|\ and\ regards)?
      |thank\ you(?:\ very\ much|\ in\ advance|\ so\ much|\ for\ your\ (?:help|time|assistance))?|cheers|thx|best
        |all\ the\ best|rgds|br
      |(?:vielen\ |besten\ |herzlichen\ )?dank(?:e)?(?:\ (?:und\ gr(?:ü|u)(?:ß|ss)e?|im\ voraus|schön))?
        |merci(?:\ (?:d'avance|beaucoup|bien))?
      |(?:muchas\ |mil\ )?gracias(?:\ de\ antemano)?|grazie(?:\ (?:mille|in\ anticipo))?|(?:alvast\ )?bedankt
        |dank\ (?:je|u)(?:\ wel)?
      |(?:muito\ )?obrigad[oa](?:\ desde\ já)?|(?:z\ góry\ )?dziękuję|tack(?:\ (?:på\ förhand|så\ mycket))?
        |(?:på\ forhånd\ )?takk?
      |kiitos(?:\ (?:etukäteen|paljon))?|(?:şimdiden\ )?teşekkürler
      |(?:заранее\ )?спасибо))[,.!]{{0,3}}{NAMES}[\s,.!-]{{0,9}}""",
    re.VERBOSE,
)
"""May also stand above the errand, so that a name or nothing has to follow."""
POSTSCRIPT = re.compile(r"p\.? ?(?:p\.? ?)?s\b[.:, -]", re.IGNORECASE)
