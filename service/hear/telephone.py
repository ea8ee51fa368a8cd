"""Keys and commands of a telephone menu, and bare answers: digits, amounts, dates, addresses, codes, "yes"."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

LONGEST_COMMANDS = 80
LONGEST_ANSWER = 100

_KEY = r"[1-9][#*]?|[#*]|one|two|three|four|five|six|seven|eight|nine|star|hash|pound"
_COMMAND = re.compile(
    rf"""(?:(?:i\ )?(?:press(?:ed|ing)?|option|key|dial(?:led)?|number)\ (?:{_KEY}|0|zero)|{_KEY}|\d\#
      |(?:go\ back\ (?:to\ )?)?(?:to\ )?(?:the\ )?(?:previous|last|main)\ menu|(?:return
        |back)\ to\ (?:the\ )?(?:main|previous)\ menu
      |(?:go\ )?back|(?:please\ |can\ you\ )?repeat(?:\ (?:that|it|the\ (?:options|menu)|options|menu))?
      |(?:please\ |can\ you\ |could\ you\ )?say\ (?:that|it)\ again|start\ over|main\ menu|more\ options|continue
        |skip|next\ option
      |(?:what\ (?:are|were)\ )?(?:the\ |my\ )?options(?:\ again)?|hear\ (?:that|it|the\ options)\ again|(?:once
        |one\ more\ time)\ again)
      (?:\ please)?(?!\w)[\s.,;!?]{{0,4}}""",
    re.IGNORECASE | re.VERBOSE,
)
_YES_OR_NO = (
    "yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|correct|right|exactly|indeed|absolutely|definitely|of course"
    "|not really|ja|nein|doch|genau"
    "|oui|non|si|sí|sì|nee|sim|não|tak|nie|nej|jo|nei|kyllä|joo|ei|evet|hayır|да|нет|はい|いいえ|y|n|that's right"
    "|that is right|that's correct|that is correct"
)
_WORD_OF_DATE = (
    "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    "|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?"
    "|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|today|tomorrow"
    "|tonight|yesterday|morning|afternoon|evening|noon"
    "|midnight|am|pm|a\\.m|p\\.m|o'clock|half past|quarter (?:past|to)|montag|dienstag|mittwoch|donnerstag"
    "|freitag|samstag|sonntag|heute|morgen|uhr|januar"
    "|februar|märz|mai|juni|juli|oktober|dezember|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain"
    "|lunes|martes|miércoles|jueves|viernes|mañana"
)
_LINK = (
    r"i see|it's|its|it is|at|on|the|a|an|i|in|for|of|next|this|around|about|by|to|and|or|&|-|um|am|le|el|end|mid"
    r"|early|late|half|only|just|exactly|roughly|approximately|approx\.?|circa|ca\.?|nearly|almost|over|under|maybe"
    r"|perhaps|not|all|so|ah|oh|lol|dob|d.o.b|my|mi|meu|es|ist|st|rd|up|between|from|more|less|than|each|per|total"
    r"|plus|ungefähr|etwa|rund|zirka|environ|unos|unas|circa|ongeveer|około|tel|tel\.|telephone|phone|mobile|email"
    r"|e-mail|mail|mailto|ref|ref\.|reference|no\.|nr\.?|number|code|pin|postcode|zip|tel:|phone:|mobile:|email:"
    r"|e-mail:|mail:|mailto:|ref:|reference:|code:"
)
_CURRENCY = "£|€|\\$|¥|₹|₽|zł|chf|usd|eur|gbp|sek|nok|dkk|pln|jpy|cad|aud|us\\$|a\\$"
_UNIT = (
    rf"{_CURRENCY}|%|quid|pounds?(?: sterling)?|euros?|dollars?|bucks?|pence|pennies|cents?|grand|kr\.?|kronor|kroner"
    "|kronen|franken|francs?|złotych|złote|yen|rupees?|lira|tl|rub|руб\\.?|рублей|円|percent|per cent|prozent|pour cent"
    "|por ciento|percento|procent|prosent|prosenttia"
)
_NUMBER = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
    "|seventy|eighty|ninety|hundred|thousand|million"
)
_SMALL_NUMBER = "one|two|three|four|five|six|seven|eight|nine"
_DOT = r"(?:dot|punkt|point|punto|\(dot\)|\[dot\])"
_STREET = (
    "st|street|rd|road|ave|avenue|lane|ln|drive|dr|way|close|court|ct|place|pl|square|sq|blvd|boulevard|terrace"
    "|crescent|gardens"
)
_ADDRESS = rf"""\d{{1,5}}[a-z]?\s(?:(?-i:[A-Z])[\w'-]{{1,20}}\s){{1,3}}(?:{_STREET})\b\.?
      |<?(?:mailto:)?[\w.+'*%-]{{1,64}}@[\w.*-]{{1,60}}\w>?
      |[\w.+-]{{1,40}}(?:\s(?:dot|dash|hyphen|underscore)\s[\w-]{{1,30}}){{0,4}}\s(?:at|\(at\)|\[at\])\s
          [\w-]{{1,40}}(?:\s?{_DOT}\s?[\w-]{{1,20}}){{1,3}}"""
_HIDDEN = (
    "email|e-mail|mail|phone|tel|telephone|mobile|number|name|first|last|full|person|card|account|iban|bic|order|booking"
    "|reference|ref|code|date|of|birth|time|address|location|url|link|id|post|postcode|zip|city|amount|money|redacted"
    "|removed|masked|hidden|private|pii|ssn|dob|credit|debit|customer|passport|ip|no|postal|invoice|reservation|username"
)
_REDACTED = rf"""[<\[{{(]{{1,2}}/?(?:{_HIDDEN})(?:[\s_-](?:{_HIDDEN}|\d{{1,3}})){{0,3}}\d{{0,3}}[>\]}})]{{1,2}}
      |(?-i:X{{2,4}}(?:[-/.\s][X\d]{{2,4}}){{1,5}}|X{{4,20}}
        |[A-Z]{{2}}\d{{2}}(?:\s?[A-Z\d]{{4}}){{2,7}}(?:\s?[A-Z\d]{{1,4}})?)(?!\w)"""
_TELLING_WORD = f"{_YES_OR_NO}|{_WORD_OF_DATE}".replace(" ", "[ ]")
_ANSWER = re.compile(
    rf"""(?:(?P<told>{_REDACTED}|{_ADDRESS}|(?:{_TELLING_WORD}|{_NUMBER})(?!\w)
      |[\w\#+(/.£€$¥₹*•–-]{{0,24}}\d[\w\#*/:.,()+£€$%–-]{{0,24}}(?![\w'])|zero)
      |(?:please|thanks|thank\ you)(?!\w)|(?:{_LINK.replace(" ", "[ ]")}|{_SMALL_NUMBER})(?=[\s.,!?]|$)
      |(?:{_UNIT.replace(" ", "[ ]")})(?!\w)|[*•\#x]{{2,8}}(?=[\s-])
      |[A-Z]{{1,3}}(?=[\s-]\S*\d)|(?-i:[A-Z]{{1,3}})(?!\w)|(?<=\d\s)[a-z](?!\w))[\s.,;!?]{{0,4}}""",
    re.VERBOSE | re.IGNORECASE,
)
_OPERATOR = frozenset(("0", "zero", "0#", "#0"))
_MARKS = " .,;!?"
_OPT_OUT = re.compile(
    r"(?:stop|end|quit|cancel|unsubscribe|revoke|opt[ -]?out|arr[eê]t|stopp|start|join|subscribe)\b", re.IGNORECASE
)
"""Words by which people leave or enter a list of messages, often with its number behind."""
_NO_ANSWER = re.compile(
    r"(?:no|nope|nah|not|nein|non|nee|não|nie|nej|nei|ei|hayır|нет)\b[\s,.!]{1,3}"
    r"(?:(?:really|today|now|right now)[\s,.!]{1,3})?"
    r"(?:thanks?|thank you|thanx"
    r"|thx|ty|cheers|danke|merci|gracias|grazie|bedankt|dank|obrigad[oa]|dziękuję|tack|takk?|kiitos|teşekkür\w*|спасибо)\b",
    re.IGNORECASE,
)
"""These words say goodbye, as there is no other wish."""


def is_menu_command(text: str) -> bool:
    """Return whether a text is keys and commands of a menu only. The key "0" asks for a person, which is an errand."""
    return len(text) <= LONGEST_COMMANDS and _is_all(_COMMAND, text)


def is_answer(text: str) -> bool:
    """Return whether a text is a number, an amount, a date, a time, a code, an address, "yes", or its opposite."""
    if len(text) > LONGEST_ANSWER or text.strip(_MARKS).lower() in _OPERATOR:
        return False
    if _NO_ANSWER.match(text) or (_OPT_OUT.match(text) and len(text.split()) <= 2):
        return False
    return _is_all(_ANSWER, text) and any(found["told"] for found in _ANSWER.finditer(text.strip()))


def _is_all(part: re.Pattern[str], text: str) -> bool:
    place = len(text) - len(text.lstrip())
    while place < len(text):
        found = part.match(text, place)
        if found is None or not (text[found.end() - 1] in " .,;!?\n\t" or found.end() == len(text)):
            return False
        place = found.end()
    return bool(text.strip())
