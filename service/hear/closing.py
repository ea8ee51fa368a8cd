"""Texts made of closing words only, or of a greeting only, in the languages of Europe."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

LONGEST = 160
"""Characters above which people say more than goodbye."""

_CLOSING = re.compile(
    r"""(?:(?P<end>(?:(?:many|ok|okay|no)\ )?(?:thanks|thank\ you|thank\ u|thankyou|thanx|thx|ty|tysm|cheers
      |ta)(?:\ (?:again|a\ lot|a\ million|a\ bunch|so\ (?:very\ )?much|very\ much|ever\ so\ much|loads|mate|guys
      |everyone|all|bye|anyway|though|then|you))*
          (?:\ for\ (?:(?:all|everything|(?:all\ )?(?:of\ )?(?:your|the|ur)\ (?:kind\ |great\ |quick\ )?(?:help
            |time|support|assistance|patience|reply|response)|helping(?:\ me)?(?:\ out)?))+)?
        |(?:good\ ?)?bye(?:[\ -]bye)?(?:\ (?:now|then|for\ now))?|cya|see\ (?:you|ya)(?:\ (?:later|soon|then))?
          |take\ care|farewell|ttyl|have\ a\ (?:(?:very|really)\ )?(?:nice|good|great|lovely|wonderful)\ (?:day
          |evening|weekend|night|one|afternoon|rest\ of\ (?:the|your)\ day)(?:\ too)?|good\ ?night
        |(?:that(?:'s|s|\ is|\ was|\ will\ be|'ll\ be|\ would\ be|\ should\ be)|this\ is|it's|it\ is)\ (?:all|it
          |everything|about\ it)(?:\ (?:i\ (?:need|needed|wanted)(?:\ to\ know)?|for\ (?:now|today|me)|then|from\ me
          |really|thanks))*
        |nothing(?:\ (?:else|more|further))?(?:\ (?:for\ now|today|at\ the\ moment|right\ now|needed|to\ add|from\ me))*
          |no(?:thing)?\ (?:more|further|other)\ (?:questions?|help)(?:\ (?:needed|required))?
        |(?:i|we)\ (?:do\ not|don'?t|won'?t)\ (?:(?:think|believe)\ (?:i|we)\ )?(?:really\ )?(?:need|want|require|have)
          \ (?:anything|any\ (?:more\ |further\ )?(?:help|questions?)|(?:some|any)thing\ else|nothing|help)
          (?:\ (?:else|more|further|today|now|from\ you|right\ now|at\ the\ moment))*
        |(?:i|we)\ (?:need|want)\ nothing(?:\ (?:else|more|today))*|(?:i|we)(?:'ve|\ have)\ (?:got\ )?(?:all|everything)
          \ (?:i|we)\ (?:need|needed|want|wanted)|(?:i|we)\ (?:have|got)\ (?:all|everything)(?:\ (?:i|we)\ need(?:ed)?)?
        |(?:you(?:'ve|\ have)?\ (?:have\ )?(?:been|were|are)|you're|that(?:'s|\ was|\ is)|this\ was)\ (?:very|so
          |really|super|extremely|most|a\ (?:great|big|huge))?\ ?(?:helpful|kind|great|a\ star|a\ lifesaver
          |wonderful|fantastic|perfect|brilliant|help)|(?:much|very\ much|greatly|really)\ appreciated
          |(?:i\ )?(?:really\ )?appreciate\ (?:it|that|(?:all\ )?your\ help)|i'?\ ?(?:a?m)\ (?:all\ )?(?:set|good|fine
          |ok(?:ay)?|sorted|done)(?:\ (?:now|then|thanks))*|all\ (?:good|set|sorted|done)(?:\ (?:now|then))?|we(?:'re
          |\ are)\ (?:done|good)|no\ worries|you\ too|same\ to\ you
        |(?:vielen\ |besten\ |herzlichen\ |tausend\ )?dank(?:e)?(?:\ (?:schön|sehr|dir|ihnen|vielmals|für\ (?:die
          |ihre|deine)\ (?:hilfe|antwort|schnelle\ hilfe)))*|dankeschön|tschüss|tschüß|tschau|auf\ wieder(?:sehen
          |hören)|bis\ (?:dann|bald|später)|das\ (?:war's|wars|war\ (?:alles|es)|ist\ alles)
          |(?:einen\ )?schönen\ (?:tag|abend|feierabend)(?:\ noch)?|ihnen\ auch
        |merci(?:\ (?:beaucoup|bien|à\ vous|pour\ (?:tout|votre\ aide|ton\ aide)|encore|infiniment))*|au\ revoir
          |à\ bientôt|bonne\ (?:journée|soirée|fin\ de\ journée)|c'(?:est|était)\ tout|salut
        |(?:muchas\ |mil\ )?gracias(?:\ por\ (?:todo|(?:su|tu)\ ayuda))?|adi[óo]s|hasta\ (?:luego|pronto)
          |eso\ es\ todo|(?:que\ tenga\ )?(?:un\ )?buen\ día|chao
        |grazie(?:\ (?:mille|tante|di\ tutto|dell'aiuto))*|arrivederci|è\ tutto|buona\ (?:giornata|serata)|ciao\ ciao
        |(?:hartelijk\ |heel\ erg\ )?bedankt(?:\ voor\ (?:uw|je|de)\ hulp)?|dank\ (?:je|u)(?:\ wel)?|dankjewel
          |tot\ (?:ziens|snel)|dat\ (?:was|is)\ (?:alles|het)|fijne\ (?:dag|avond)(?:\ nog)?|doei
        |(?:muito\ )?obrigad[oa](?:\ por\ tudo|\ pela\ ajuda)?|tchau|adeus|até\ (?:logo|mais|breve)|é\ (?:só\ isso
          |tudo)|era\ só\ isso|(?:tenha\ )?(?:um\ )?bom\ dia\ (?:para\ você|também)
        |(?:bardzo\ )?dziękuję(?:\ (?:bardzo|za\ pomoc))*|dzięki|do\ widzenia|to\ wszystko|miłego\ dnia|na\ razie|pa
        |tack(?:\ (?:så\ mycket|för\ hjälpen))*|hej\ ?då|det\ var\ allt|ha\ (?:en\ bra|det)\ (?:dag|bra)?
          |mange\ tak|tak(?:\ (?:for\ hjælpen|skal\ du\ have))*|farvel|(?:tusen\ )?takk(?:\ (?:for\ hjelpen
          |skal\ du\ ha))*|ha\ det(?:\ bra)?|det\ var\ alt
        |kiitos(?:\ (?:paljon|avusta))*|näkemiin|hei\ hei|moi\ moi|siinä\ kaikki|(?:çok\ )?teşekkür(?:ler|\ ederim)
          |hoşça\ ?kal(?:ın)?|görüşürüz|hepsi\ bu
        |(?:большое\ )?спасибо(?:\ (?:большое|за\ помощь))*|до\ свидания|(?:это\ )?вс[ёе]|пока|всего\ доброго
          |(?:どうも)?ありがとう(?:ございます|ございました)?|さようなら|以上です)
      |(?:ok(?:ay)?|k|nope|nah|no\ need|not\ (?:today|right\ now|at\ the\ moment|for\ now)|great|perfect
        |cool|lovely|brilliant|awesome|excellent|wonderful|amazing|fantastic|super|nice
        |good|fine|right|alright|all\ right|well|so|then|no|yes|oh|ah|and|but|got\ it|understood|i\ see
        |sounds\ good|will\ do|very\ helpful|great\ help|that\ (?:helped|helps|works)|for\ now|again|very\ much
        |really|everyone|all
        |nej|nei|nie|ei|hayır|não|gut|super|prima|alles\ klar|und|nein|très\ bien|parfait|d'accord|et|non
        |vale|perfecto|muy\ bien|y|no|va\ bene|perfetto|e|prima|top|en|nee|ótimo|tá\ bom
        |dobrze|i|bra|och|fint|og|hyvä|ja|tamam|ve|хорошо|отлично|и|нет))(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMES_OF_PEOPLE = (
    r"(?:\ (?:there|again|team|all|everyone|everybody|guys|folks|sir|madam|support|mate|both|zusammen"
    r"|à\ tous|a\ todos|a\ tutti|allemaal))"
)
_GREETING = re.compile(
    rf"""(?:hi+|hello+|he+y+|hiya|howdy|yo|hullo|heya|good\ (?:morning|afternoon|evening|day)|morning|greetings
      |how\ are\ (?:you|things)(?:\ (?:doing|today))*|how's\ it\ going|(?:is\ )?any(?:one|body)\ (?:there|here)
      |(?:are\ )?you\ there|nice\ to\ meet\ you|hallo|guten\ (?:tag|morgen|abend)|moin(?:\ moin)?|servus|grüezi
        |grüß\ gott|bonjour|bonsoir|salut|coucou|hola|buen(?:os|as)\ (?:días|tardes|noches)|buenas|buongiorno
        |buonasera|salve|ciao
      |goede(?:morgen|middag|navond|ndag)|goedemorgen|dag|olá|oi|bom\ dia|boa\ (?:tarde|noite)|dzień\ dobry|cześć
        |witam|hej(?:san)?|god\ (?:dag|morgon|morgen|kveld)|goddag|hei|moi|terve|hyvää\ päivää|merhaba|selam
        |iyi\ günler
      |здравствуйте|привет|добрый\ (?:день|вечер)|доброе\ утро
      |こんにちは|おはようございます|もしもし){_NAMES_OF_PEOPLE}{{0,2}}(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN = re.compile(r"[\s.,!?:;)(-]{0,12}")


def is_closing(text: str) -> bool:
    """Return whether a text is thanks and goodbye only."""
    ends = _parts(_CLOSING, text)
    return ends is not None and any(found["end"] for found in ends)


def is_greeting(text: str) -> bool:
    """Return whether a text is a greeting only."""
    return bool(_parts(_GREETING, text))


def _parts(part: re.Pattern[str], text: str) -> list[re.Match[str]] | None:
    """The parts that a text is made of, or `None` if there is something else in it."""
    if len(text) > LONGEST:
        return None
    found: list[re.Match[str]] = []
    place = _after(text, 0)
    while place < len(text):
        match = part.match(text, place)
        if match is None:
            return None
        following = _after(text, match.end())
        if following == match.end() < len(text):
            return None
        found.append(match)
        place = following
    return found


def _after(text: str, place: int) -> int:
    between = _BETWEEN.match(text, place)
    return between.end() if between else place
