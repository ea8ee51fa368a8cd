"""Keys and commands of a telephone menu, which are no errands, and bare answers: digits, dates, codes, yes, no."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

LONGEST_COMMANDS = 80
LONGEST_ANSWER = 60

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
_LINK = "it's|its|at|on|the|of|next|this|around|about|by|to|and|-|um|am|le|el"
_ANSWER = re.compile(
    rf"""(?:(?P<told>(?:{_YES_OR_NO}|{_WORD_OF_DATE})(?!\w)|[\w#+(/.-]{{0,24}}\d[\w#*/:.,()+-]{{0,24}}(?!\w)
      |[\w.+-]{{1,40}}@[\w.-]{{1,40}}|zero)
      |(?:please|thanks|thank\ you)(?!\w)|(?:{_LINK})(?=\s)
      |[A-Z]{{1,3}}(?=[\s-]\S*\d)|[A-Z]{{1,3}}(?!\w))[\s.,;!?]{{0,4}}""",
    re.VERBOSE | re.IGNORECASE,
)
_OPERATOR = frozenset(("0", "zero", "0#", "#0"))
_MARKS = " .,;!?"


def is_menu_command(text: str) -> bool:
    """Return whether a text is keys and commands of a menu only; "0" asks for a person and is none."""
    return len(text) <= LONGEST_COMMANDS and _is_all(_COMMAND, text)


def is_answer(text: str) -> bool:
    """Return whether a text is digits, a date, a time, a code, an address, yes, or no."""
    if len(text) > LONGEST_ANSWER or text.strip(_MARKS).lower() in _OPERATOR:
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
