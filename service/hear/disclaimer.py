"""What companies put below, and sometimes above, every mail that they let out."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

DISCLAIMER = re.compile(
    r"""\b(?=th[ei]|[ic]f|in[td]|con|to\ |you|re[gc]|die|wen|ges|amt|sit|ust|ce\ |si\ |est|que|il\ |se\ |dit
      |ni[en]|det|den|tä|bu\ |это|дан|нас|本)(?:
      (?:this|the)\ (?:e-?mail|message|communication|transmission)\b[^.\n]{0,100}
          \b(?:confidential|privileged|intended)\b
      | if\ you\ (?:are\ not\ the\ (?:intended|named)|(?:have\ )?received\ this)\b
      | intended\ (?:solely\ |only\ |exclusively\ )?for\ the\ (?:use|attention|addressee|named|individual|recipient)
      | confidentiality\ notice\b
      | consider\ the\ (?:environment|planet)\ before\b
      | to\ (?:unsubscribe|opt\ out|stop\ receiving)\b[^.\n]{0,80}\b(?:click|follow|visit|link|reply|go\ to)\b
      | you\ (?:are\ receiving|(?:have\ )?received)\ this\ (?:e-?mail|message)\ because\b
      | registered\ (?:office|in\ (?:england|scotland|ireland))\b
      | this\ e-?mail\ (?:originated|was\ sent)\ from\ (?:outside|an?\ external)\b
      | diese\ (?:e-?mail|nachricht)\b[^.\n]{0,100}\b(?:vertraulich|bestimmt|rechtlich)
      | wenn\ sie\ nicht\ der\ (?:richtige|vorgesehene|beabsichtigte)\b
      | (?:geschäftsführ(?:er|ung)|amtsgericht|sitz\ der\ gesellschaft|ust-id(?:nr)?)\.?\s?:
      | ce\ (?:message|courriel|mail|courrier)\b[^.\n]{0,100}\b(?:confidentiel|destiné|exclusi)
      | si\ vous\ n'êtes\ pas\ (?:le|la)\ destinataire
      | este\ (?:mensaje|correo)\b[^.\n]{0,100}\b(?:confidencial|dirigid)
      | si\ (?:usted\ )?no\ es\ (?:usted\ )?el\ destinatario
      | (?:questo|il\ presente)\ messaggio\b[^.\n]{0,100}\b(?:riservat|confidenzial|destinat)
      | se\ non\ (?:siete|è)\ (?:il\ destinatario|i\ destinatari)
      | dit\ (?:e-?mail)?bericht\b[^.\n]{0,100}\b(?:vertrouwelijk|bestemd)
      | indien\ u\ niet\ de\ (?:beoogde|geadresseerde|bedoelde)
      | esta\ mensagem\b[^.\n]{0,100}\b(?:confidencia|destina)
      | se\ não\ (?:for|é)\ o\ destinatário
      | niniejsza\ wiadomość\b[^.\n]{0,100}\b(?:poufn|przeznaczon)
      | detta\ (?:e-post)?meddelande\b[^.\n]{0,100}\b(?:konfidentiell|avsett)
      | den(?:ne|na)\ (?:e-?mail|e-?posten?|meddelelse[n]?)\b[^.\n]{0,100}\b(?:fortrolig|konfidensiell|beregnet)
      | tämä\ (?:sähköposti)?viesti\b[^.\n]{0,100}\bluottamuksellin
      | bu\ e-?posta\b[^.\n]{0,100}\b(?:gizli|kişiye\ özel)
      | (?:это|данное|настоящее)\ (?:электронное\ )?(?:письмо|сообщение)\b[^.\n]{0,100}\bконфиденциальн
      | 本メール[^。\n]{0,60}(?:機密|秘密))""",
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
