"""Requests that the load generator prepares: whole, of the announced length, and never the same contact twice."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from tests.benchmarks.request import CHANNELS, ENTRY_POINTS, stream, templates

TEXTS = ["where is my parcel", "j'ai perdu mon reçu 🙂", 'he said "no"\nand left']


def sent(path: str, count: int) -> list[tuple[list[str], bytes]]:
    """The lines of the head and the body of the first requests."""
    requests = islice(stream(templates(path, TEXTS, port=8000, run="ab12")), count)
    split = (request.split(b"\r\n\r\n", 1) for request in requests)
    return [(head.decode().split("\r\n"), body) for head, body in split]


@pytest.mark.parametrize("path", ["/intent", "/route"])
def test_request_announces_the_bytes_of_its_body(path: str) -> None:
    """Bytes, not characters; and the same whatever the number of the contact."""
    for head, body in sent(path, 5):
        assert head[:2] == [f"POST {path} HTTP/1.1", "Host: 127.0.0.1:8000"]
        assert "Content-Type: application/json" in head
        assert f"Content-Length: {len(body)}" in head


def test_intent_requests_carry_the_texts_in_turn() -> None:
    """And begin anew after the last."""
    bodies = [json.loads(body) for _, body in sent("/intent", 4)]

    assert bodies == [{"text": text} for text in [*TEXTS, TEXTS[0]]]


def test_route_requests_are_each_a_contact_of_their_own() -> None:
    """A contact that came twice would be given its first answer again, which costs less."""
    bodies = [json.loads(body) for _, body in sent("/route", 7)]

    assert [body["text"] for body in bodies] == [TEXTS[place % 3] for place in range(7)]
    assert [body["contact_id"] for body in bodies] == [f"ab12-{number:012}" for number in range(7)]
    assert all(body["channel"] in CHANNELS and body["entry_point"] in ENTRY_POINTS for body in bodies)
