"""Find passwords, PINs, one-time codes, API keys and tokens by the prefixes of their issuers, by shape, or by a cue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import phrase

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[spr]k_(?:live|test)_[A-Za-z0-9]{6,200}"
    r"|whsec_[A-Za-z0-9]{6,200}"
    r"|gh[opsur]_[A-Za-z0-9]{10,255}"
    r"|github_pat_\w{10,255}"
    r"|glpat-[\w-]{10,100}"
    r"|xox[abeprs]-[A-Za-z0-9-]{8,255}"
    r"|sk-[\w-]{16,200}"
    r"|(?:npm|hf)_[A-Za-z0-9]{16,100}"
    r"|A(?:KIA|SIA)[A-Z0-9]{12,20}"
    r"|AIza[\w-]{20,60}"
    r"|ya29\.[\w-]{16,400}"
    r"|SG\.[\w-]{10,100}\.[\w-]{10,100}"
    r"|eyJ[\w-]{6,4000}+(?:\.[\w-]{2,4000}+){0,4}"
    r"|-----BEGIN [A-Z ]{3,30}-----[^\ue000]{1,8000}+"
    r")"
)
_BEARER = phrase("bearer basic", r"\b(?:bearer|basic)\s{1,3}([\w.~+/=-]{12,4000}+)")
_HEX = re.compile(r"(?<![\w-])[0-9a-f]{24,4000}+(?![\w-])")
_LEAST_BARE = 24
_BASE64 = re.compile(r"(?<![\w+/=.-])(?=[a-z+/]{0,40}[0-9])[a-z0-9+/]{32,4000}+={0,2}(?![\w-])")

_IS = r"(?:\s{0,2}(?:[:=]|->)\s{0,2}|\s{1,2}(?:is|was|ist|es|est)\s{1,2}:?\s{0,1})"
_VALUE = r"[\"'`]?([^\s\"'`\ue000]{2,128}+)"
_MEMORABLE = (
    r"\b(?:password|passwort|passphrase|passcode|pass ?word|pwd|contraseña|mot de passe|kennwort|"
    r"memorable word|security answer|secret)s?(?:\s(?:for|to|of|on)\s(?:my|the|this)?\s?\w{1,20})?"
)
_MEMORABLES = (
    "password passwords passwort passworts passphrase passphrases passcode passcodes pass pwd pwds contraseña "
    "contraseñas mot kennwort kennworts memorable security secret secrets"
)
_IS_SAID = phrase(_MEMORABLES, _MEMORABLE + _IS + _VALUE)
_STANDS = phrase(_MEMORABLES, _MEMORABLE + r"\s{1,2}" + _VALUE)
_KEYS = "api access secret private client auth license licence product activation session wifi network wpa recovery"
_KEY = phrase(
    # `apikey` is one word
    " ".join(f"{key} {key}key {key}token {key}secret {key}id" for key in _KEYS.split()) + " wi",
    rf"\b(?:{_KEYS.replace(' ', '|')}|wi-fi)"
    r"[ _-]?(?:key|token|secret|id)"
    rf"(?:\s(?:is|was)\s|\s?[:=]\s?|\s){_VALUE}",
)
_CODE = phrase(
    "pin passcode cvv cvc csc otp tan mtan 2fa security verification one authentication authenticator access login log "
    "activation sms door gate unlock reset mfa",
    r"\b(?:pin(?: (?:number|code|no\.?))?|passcode|cvv2?|cvc2?|csc|otp|tan|mtan|2fa(?: code)?|"
    r"(?:security|verification|one[ -]time|authentication|authenticator|access|login|log-?in|activation|sms|door|gate|"
    r"unlock|reset|2fa|mfa) (?:pin|code|passcode)(?: number)?)"
    r"(?:\s{0,2}(?:is|was|:|=|#|-|\(|the|of|,|it's)){0,3}\s{0,2}"
    r"([0-9](?:[ -]?[0-9]){2,9})(?!\w)",
)
_STATES_OF_IT = (
    "not no never wrong incorrect invalid expired reset resetting forgotten lost gone broken rejected refused denied "
    "correct right fine ok okay good bad weak strong too so very also still always now just being been the a an my "
    "your this that what and or but if it in on at to for with by from of is was has have does doesn't doesnt isn't "
    "isnt won't wont can't cannot didn't don't keeps keep changed change changing link email mail page form manager "
    "field box box, required needed unknown unavailable saved stored shown visible hidden case only supposed going "
    "working accepted locked blocked compromised leaked stolen hacked protected reminder recovery request requests "
    "screen please again because since when after before until while where how why which who there here nowhere "
    "something anything everything nothing different same new old long short set updated sent different, hint help "
    "yet, enough problem issue error"
)
_NOT_A_SECRET = frozenset(_STATES_OF_IT.split())
_PUNCTUATION = ".,;:!?)]}\"'"


def find_tokens(text: Text) -> Iterator[Found]:
    for match in _TOKEN.finditer(text.folded):
        yield Found(*match.span(), Kind.SECRET, Strength.UNMISTAKABLE)
    for match in text.words.finditer(_BEARER):
        yield Found(*match.span(1), Kind.SECRET, Strength.UNMISTAKABLE)
    if max(map(len, text.lowered.split()), default=0) < _LEAST_BARE:
        return
    for pattern in (_HEX, _BASE64):
        for match in pattern.finditer(text.lowered):
            # digits alone are left to the detectors of numbers
            if not match[0].isdigit():
                yield Found(*match.span(), Kind.SECRET, Strength.SHAPED)


def find_told_secrets(text: Text) -> Iterator[Found]:
    for told in (_IS_SAID, _STANDS, _KEY):
        for match in text.words.finditer(told):
            start = match.start(1)
            value = text.folded[start : match.end(1)].rstrip(_PUNCTUATION)
            if _may_be_secret(value, said=told is _IS_SAID):
                yield Found(start, start + len(value), Kind.SECRET, Strength.CUED)
    for match in text.words.finditer(_CODE):
        yield Found(*match.span(1), Kind.SECRET, Strength.CUED)


def _may_be_secret(value: str, *, said: bool) -> bool:
    if len(value) < 2 or value.lower() in _NOT_A_SECRET:
        return False
    if said:
        return not value.lower().endswith("ing")
    # "my password Tr0ub4dor&3" is one, "my password reminder" is not
    return len(value) >= 4 and any(c.isdigit() for c in value)
