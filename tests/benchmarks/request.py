"""HTTP/1.1 requests as bytes, prepared before the clock starts."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DIGITS = 12
"""Width of a contact's number, so that the length of a body never changes."""
CHANNELS = ("voice", "chat", "email", "form", "sms", "social")
ENTRY_POINTS = ("website", "main-line", "reservations-line", "support-line", "store-line", "email")
"""Those of the starter catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One request, whole or with a gap for the number of a contact."""

    before: bytes
    after: bytes | None = None
    """What follows the gap; `None` where there is no gap."""

    def filled(self, number: int) -> bytes:
        """The request of this number."""
        if self.after is None:
            return self.before
        return b"%b%0*d%b" % (self.before, DIGITS, number, self.after)


def templates(path: str, texts: Sequence[str], *, port: int, run: str) -> list[Template]:
    """One template a text; those of `/route` have a gap, since a contact that comes twice is given its first answer.

    `run` sets the contacts of one run of the load generator apart from those of another.
    """
    if path == "/route":
        return [_route(path, text, place, port, run) for place, text in enumerate(texts)]
    return [Template(before=post(path, {"text": text}, port=port)) for text in texts]


def stream(prepared: Sequence[Template]) -> Iterator[bytes]:
    """Requests without end, numbered from 0, over all templates again and again."""
    for number, template in enumerate(itertools.cycle(prepared)):
        yield template.filled(number)


def post(path: str, body: Mapping[str, Any], *, port: int) -> bytes:
    """One request with a body."""
    content = _json(body)
    return _head(path, len(content), port) + content


def get(path: str, *, port: int) -> bytes:
    """One request without."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def _route(path: str, text: str, place: int, port: int, run: str) -> Template:
    fields = {
        "text": text,
        "channel": CHANNELS[place % len(CHANNELS)],
        "entry_point": ENTRY_POINTS[place // len(CHANNELS) % len(ENTRY_POINTS)],
    }
    opening = b'{"contact_id":"%b-' % run.encode()
    rest = b'",' + _json(fields)[1:]
    head = _head(path, len(opening) + DIGITS + len(rest), port)
    return Template(before=head + opening, after=rest)


def _head(path: str, length: int, port: int) -> bytes:
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
