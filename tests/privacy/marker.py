"""Markers: words that occur nowhere else, each telling by what way it came in, found again however they are written."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import quote

PLAIN_ROOT = "vexillo"
ACCENTED_ROOT = "vexïllo"
"""Is written in other bytes by JSON, by addresses and by UTF-8."""
TRACE_ROOT = "0d15ea5e5ca1ab1e"
DIGITS = "abcdefghijklmnop"
"""Of numbers: words of letters alone are no order numbers to a redactor, and would be kept if anything was."""
NUMBER_LETTERS = 5


class Kind(StrEnum):
    """By which way a marker comes in."""

    TEXT = "text"
    AGENT = "turn of an agent"
    ADDRESS = "e-mail address in a text"
    BATCH = "text in a batch"
    CONTENT = "text for /content/check"
    ATTRIBUTE = "attribute"
    ATTRIBUTE_NAME = "name of an attribute"
    DETAIL = "attribute that a rung needs"
    ECHOED = "the same, echoed as an answer"
    ECHOED_ERROR = "the same, echoed as an error"
    CONTACT_ID = "contact_id"
    REPEAT_REF = "repeat_ref"
    ENTRY_POINT = "entry_point"
    IDEMPOTENCY_KEY = "Idempotency-Key"
    CHANNEL = "channel (refused)"
    CHOICE = "choice, goal or intent (refused)"
    LANGUAGE = "language (refused)"
    WRONG_TYPE = "value of a wrong type"
    FIELD_NAME = "field that there is not"
    FIELD_TEXT = "text in the place of a field's name"
    MALFORMED = "body that is not JSON"
    OVERSIZED = "body that is too large"
    CUT = "body that stops coming"
    MEDIA_TYPE = "Content-Type"
    REQUEST_ID = "X-Request-Id"
    TRACE = "traceparent"
    USER_AGENT = "User-Agent"
    HEADER = "other headers"
    AUTHORIZATION = "Authorization"
    TOKEN = "wrong Outcome-Token or Contact-Token"  # noqa: S105 - the name of a way
    QUERY = "query string"
    PATH = "address"
    SECRET = "key or token that was given"  # noqa: S105 - the name of a way
    """What the service made: keys, and tokens of decisions and contacts."""


CODES = {kind: DIGITS[place // 16] + DIGITS[place % 16] for place, kind in enumerate(Kind)}
KINDS = {code: kind for kind, code in CODES.items()}


def marker(kind: Kind, number: int, *, accented: bool = False) -> str:
    """The marker of one contact; letters alone, but for a trace, which is hexadecimal."""
    if kind is Kind.TRACE:
        return f"{TRACE_ROOT}{number:016x}"
    letters = "".join(DIGITS[number >> shift & 15] for shift in range(4 * NUMBER_LETTERS - 4, -1, -4))
    return f"{ACCENTED_ROOT if accented else PLAIN_ROOT}{CODES[kind]}{letters}"


def found_in(content: bytes) -> Iterator[Kind]:
    """The kind of every marker in it: plain, JSON-escaped, URL-encoded, as hexadecimal, UTF-16 or base64."""
    lowered = content.lower()
    for root, encoding, is_folded in FORMS:
        searched = lowered if is_folded else content
        at = searched.find(root)
        while at >= 0:
            yield kind_at(searched, at + len(root), encoding)
            at = searched.find(root, at + len(root))
    for alignment, root in enumerate(BASE64_ROOTS):
        at = content.find(root)
        while at >= 0:
            yield kind_in_base64(content[at : at + 64], alignment)
            at = content.find(root, at + len(root))


def kind_at(content: bytes, at: int, encoding: str) -> Kind:
    if encoding == "trace":
        return Kind.TRACE
    if encoding == "hex":
        code = bytes.fromhex(content[at : at + 4].decode("ascii", "replace")).decode("ascii", "replace")
    else:
        width = len("a".encode(encoding))
        code = content[at : at + 2 * width].decode(encoding, "replace")
    return KINDS.get(code, Kind.TEXT)


def kind_in_base64(run: bytes, alignment: int) -> Kind:
    padded = b"A" * (0, 2, 3)[alignment] + run.translate(bytes.maketrans(b"-_", b"+/"))
    decoded = base64.b64decode(padded[: len(padded) // 4 * 4], validate=False)
    tail = PLAIN_ROOT[-3:].encode()
    place = decoded.find(tail) + len(tail)
    return KINDS.get(decoded[place : place + 2].decode("ascii", "replace"), Kind.TEXT)


def base64_root(before: int) -> bytes:
    """What base64 makes of the root wherever it begins, without the characters that depend on what is around it."""
    whole = base64.b64encode(b"\0" * before + PLAIN_ROOT.encode() + b"\0\0\0")
    first = -(-before * 8 // 6)
    return whole[first : (before + len(PLAIN_ROOT)) * 8 // 6]


BASE64_ROOTS = tuple(base64_root(before) for before in range(3))
FORMS = (
    (PLAIN_ROOT.encode(), "utf-8", True),
    (ACCENTED_ROOT.encode(), "utf-8", True),
    (ACCENTED_ROOT.encode("latin-1"), "utf-8", True),
    (b"vex\\u00efllo", "utf-8", True),
    (quote(ACCENTED_ROOT).lower().encode(), "utf-8", True),
    ("vexÏllo".encode(), "utf-8", True),
    (b"vex\\u00cfllo", "utf-8", True),
    (quote("vexÏllo").lower().encode(), "utf-8", True),
    (PLAIN_ROOT.encode().hex().encode(), "hex", True),
    (ACCENTED_ROOT.encode().hex().encode(), "hex", True),
    (PLAIN_ROOT.encode("utf-16-le"), "utf-16-le", False),
    (ACCENTED_ROOT.encode("utf-16-le"), "utf-16-le", False),
    (TRACE_ROOT.encode(), "trace", True),
)
