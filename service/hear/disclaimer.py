"""What companies put below, and sometimes above, every mail that they let out."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

DISCLAIMER = re.compile(
    r"""\b(?:this|the)\ (?:e-?mail|message|communication|transmission)\b[^.\n]{0,100}
          \b(?:confidential|privileged|intended)\b
      | \bif\ you\ (?:are\ not\ the\ (?:intended|named)|(?:have\ )?received\ this)\b
      | \bintended\ (?:solely\ |only\ |exclusively\ )?for\ the\ (?:use|attention|addressee|named|individual|recipient)
      | \bconfidentiality\ notice\b
      | \bconsider\ the\ (?:environment|planet)\ before\b
      | \bto\ (?:unsubscribe|opt\ out|stop\ receiving)\b[^.\n]{0,80}\b(?:click|follow|visit|link|reply|go\ to)\b
      | \byou\ (?:are\ receiving|(?:have\ )?received)\ this\ (?:e-?mail|message)\ because\b
      | \bregistered\ (?:office|in\ (?:england|scotland|ireland))\b
      | \bthis\ e-?mail\ (?:originated|was\ sent)\ from\ (?:outside|an?\ external)\b
      | \bdiese\ (?:e-?mail|nachricht)\b[^.\n]{0,100}\b(?:vertraulich|bestimmt|rechtlich)
      | \bwenn\ sie\ nicht\ der\ (?:richtige|vorgesehene|beabsichtigte)\b
      | \b(?:geschäftsführ(?:er|ung)|amtsgericht|sitz\ der\ gesellschaft|ust-id(?:nr)?)\.?\s?:
      | \bce\ (?:message|courriel|mail|courrier)\b[^.\n]{0,100}\b(?:confidentiel|destiné|exclusi)
      | \bsi\ vous\ n'êtes\ pas\ (?:le|la)\ destinataire
      | \beste\ (?:mensaje|correo)\b[^.\n]{0,100}\b(?:confidencial|dirigid)
      | \bsi\ (?:usted\ )?no\ es\ (?:usted\ )?el\ destinatario
      | \b(?:questo|il\ presente)\ messaggio\b[^.\n]{0,100}\b(?:riservat|confidenzial|destinat)
      | \bse\ non\ (?:siete|è)\ (?:il\ destinatario|i\ destinatari)
      | \bdit\ (?:e-?mail)?bericht\b[^.\n]{0,100}\b(?:vertrouwelijk|bestemd)
      | \bindien\ u\ niet\ de\ (?:beoogde|geadresseerde|bedoelde)
      | \besta\ mensagem\b[^.\n]{0,100}\b(?:confidencia|destina)
      | \bse\ não\ (?:for|é)\ o\ destinatário
      | \bniniejsza\ wiadomość\b[^.\n]{0,100}\b(?:poufn|przeznaczon)
      | \bdetta\ (?:e-post)?meddelande\b[^.\n]{0,100}\b(?:konfidentiell|avsett)
      | \bden(?:ne|na)\ (?:e-?mail|e-?posten?|meddelelse[n]?)\b[^.\n]{0,100}\b(?:fortrolig|konfidensiell|beregnet)
      | \btämä\ (?:sähköposti)?viesti\b[^.\n]{0,100}\bluottamuksellin
      | \bbu\ e-?posta\b[^.\n]{0,100}\b(?:gizli|kişiye\ özel)
      | \b(?:это|данное|настоящее)\ (?:электронное\ )?(?:письмо|сообщение)\b[^.\n]{0,100}\bконфиденциальн
      | 本メール[^。\n]{0,60}(?:機密|秘密)""",
    re.IGNORECASE | re.VERBOSE,
)
"""From here on a mail is nobody's words."""
_SIGN = re.compile(
    r"confiden|privileged|intended|received? this|receiving this"
    r"|environment|planet|unsubscribe|opt out|registered|e-?mail"
    r"|vertr|bestimmt|rechtlich|nicht der|geschäfts|amtsger|sitz der|ust-id|destin"
    r"|exclusi|dirigid|riservat|bestemd|beoogd"
    r"|geadress|bedoeld|poufn|przeznacz|konfid|avsett|fortrolig|beregnet|luottam|gizli|kişiye|конфид|本メール"
)


def may_disclaim(text: str) -> bool:
    """Return whether a text is worth a look for a disclaimer; cheap."""
    return _SIGN.search(text.lower()) is not None
