"""Every refusal is a problem document with a stable code and the field at fault, and repeats nothing that was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.app import Caller, in_turns, problem_in

CANARY = "zebracanary"
"""Stands in each text that is refused, and in no refusal."""
JSON = {"Content-Type": "application/json"}


def bad(reason: str, body: Any, field: str = "body", status: int = 422, code: str = "invalid_request") -> Any:
    """A row: a body, as it is or to be written as JSON, and the refusal that it gets."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return pytest.param(raw, status, code, field, id=reason)


def unreadable(reason: str, body: bytes) -> Any:
    return bad(reason, body, "body", 400, "malformed_body")


def with_text(fields: str) -> bytes:
    """JSON that Python would not write."""
    return f'{{"text": "{CANARY}", {fields}}}'.encode()


def with_turns(*turns: Any) -> dict[str, Any]:
    return {"turns": list(turns)}


UNREADABLE = [
    unreadable("no body", b""),
    unreadable("not JSON", CANARY.encode()),
    unreadable("a form", f"text={CANARY}".encode()),
    unreadable("cut off", f'{{"text": "{CANARY}'.encode()),
    unreadable("more after the end", f'{{"text": "{CANARY}"}} {{}}'.encode()),
    unreadable("single quotes", f"{{'text': '{CANARY}'}}".encode()),
    unreadable("a bare line break in a string", f'{{"text": "{CANARY}\n"}}'.encode()),
    unreadable("half of a surrogate pair", rb'{"text": "\ud800 ' + CANARY.encode() + b'"}'),
    unreadable("the other half", rb'{"text": "\udc00 ' + CANARY.encode() + b'"}'),
    unreadable("Latin-1", f'{{"text": "{CANARY} é"}}'.encode("latin-1")),
    unreadable("UTF-16", f'{{"text": "{CANARY}"}}'.encode("utf-16")),
    unreadable("a byte order mark", f'{{"text": "{CANARY}"}}'.encode("utf-8-sig")),
    unreadable("compressed", b"\x1f\x8b\x08\x00"),
    unreadable("deep nesting", b'{"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
]

NO_OBJECT = [
    bad("an array", [{"text": CANARY}]),
    bad("a string", CANARY),
    bad("a number", 7),
    bad("null", None),
]

TEXT_OR_TURNS = [
    bad("nothing said", {}),
    bad("only a setting", {"top_k": 3}),
    bad("both text and turns", {"text": CANARY, "turns": in_turns("customer", [CANARY])}),
    bad("null for both", {"text": None, "turns": None}),
    bad("an empty text", {"text": ""}, "text"),
    bad("a blank text", {"text": " \t\r\n\u00a0\u3000"}, "text"),
    bad("a text over the limit", {"text": CANARY + "a" * 256_000}, "text"),
    bad("a number for a text", {"text": 7}, "text"),
    bad("an object for a text", {"text": {"text": CANARY}}, "text"),
    bad("a list for a text", {"text": [CANARY]}, "text"),
    bad("NaN for a text", b'{"text": NaN}', "text"),
    bad("an unknown field", {"text": CANARY, "colour": CANARY}, "colour"),
    bad("an unknown field with a text for a name", {"text": CANARY, f"my {CANARY} is lost": 1}),
    bad("an unknown field with a very long name", {"text": CANARY, CANARY * 4: 1}),
    bad("an unknown field with a number for a name", {"text": "a parcel", "0049170123456": 1}),
    bad("no turns", {"turns": []}, "turns"),
    bad("a string for turns", {"turns": CANARY}, "turns"),
    bad("a string for a turn", with_turns(CANARY), "turns.0"),
    bad("a turn without a text", with_turns({"speaker": "customer"}), "turns.0.text"),
    bad("a turn without a speaker", with_turns({"text": CANARY}), "turns.0.speaker"),
    bad("a speaker that nobody knows", with_turns(*in_turns(CANARY, [CANARY])), "turns.0.speaker"),
    bad("junk in a turn", with_turns({"speaker": "customer", "text": {"a": [{"b": CANARY}]}}), "turns.0.text"),
    bad("an unknown field in a turn", with_turns({**in_turns("customer", [CANARY])[0], "mood": 1}), "turns.0.mood"),
    bad("a text for a name in a turn", with_turns({**in_turns("customer", ["ok"])[0], f"{CANARY}, hi": 1}), "turns.0"),
    bad("a turn over the limit", with_turns(*in_turns("customer", ["a" * 256_001])), "turns.0.text"),
    bad("turns of the agent alone", with_turns(*in_turns("agent", [CANARY]))),
    bad("customer turns without a word", with_turns(*in_turns("customer", ["", " \n"]))),
    bad("2,001 turns", {"turns": in_turns("customer", ["ok"] * 2_001)}, "turns"),
]

OPTIONS = [
    bad("top_k of none", {"text": CANARY, "top_k": 0}, "top_k"),
    bad("top_k above the limit", {"text": CANARY, "top_k": 21}, "top_k"),
    bad("top_k in words", {"text": CANARY, "top_k": "three"}, "top_k"),
    bad("half a top_k", {"text": CANARY, "top_k": 1.5}, "top_k"),
    bad("top_k of null", {"text": CANARY, "top_k": None}, "top_k"),
    bad("top_k of NaN", with_text('"top_k": NaN'), "top_k"),
    bad("top_k beyond a double", with_text('"top_k": 1e400'), "top_k"),
    bad("top_k beyond 64 bits", with_text('"top_k": 18446744073709551617'), "top_k"),
    unreadable("top_k of 5,000 digits", with_text(f'"top_k": {"9" * 5_000}')),
    bad("a deadline of nothing", {"text": CANARY, "deadline_ms": 0}, "deadline_ms"),
    bad("a deadline in the past", {"text": CANARY, "deadline_ms": -1}, "deadline_ms"),
    bad("a deadline over a minute", {"text": CANARY, "deadline_ms": 60_001}, "deadline_ms"),
    bad("a language that is no tag", {"text": CANARY, "language": f"en {CANARY}"}, "language"),
    bad("a language over the limit", {"text": CANARY, "language": "e" * 36}, "language"),
]

OF_ROUTE = [
    bad("a channel that nobody knows", {"text": CANARY, "channel": CANARY}, "channel"),
    bad("an empty contact id", {"text": CANARY, "contact_id": ""}, "contact_id"),
    bad("a contact id over the limit", {"text": CANARY, "contact_id": CANARY * 24}, "contact_id"),
    bad("a number for a contact id", {"text": CANARY, "contact_id": 7}, "contact_id"),
    bad("an empty entry point", {"text": CANARY, "entry_point": ""}, "entry_point"),
    bad("an entry point over the limit", {"text": CANARY, "entry_point": CANARY * 10}, "entry_point"),
    bad("an empty repeat reference", {"text": CANARY, "repeat_ref": ""}, "repeat_ref"),
    bad("a repeat reference over the limit", {"text": CANARY, "repeat_ref": CANARY * 24}, "repeat_ref"),
    bad("a list for attributes", {"text": CANARY, "attributes": [CANARY]}, "attributes"),
    bad("perhaps for dispatch", {"text": CANARY, "dispatch": "perhaps"}, "dispatch"),
    unreadable("deep attributes", with_text('"attributes": {"a": ' + "[" * 30_000 + "]" * 30_000 + "}")),
    unreadable("half of a pair in an attribute", with_text(r'"attributes": {"a": "\udfff"}')),
    unreadable("half of a pair in a contact id", with_text(r'"contact_id": "\ud83d"')),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), [*UNREADABLE, *NO_OBJECT, *TEXT_OR_TURNS, *OPTIONS])
@pytest.mark.parametrize("path", ["/intent", "/route"])
async def test_a_bad_contact_is_refused(  # noqa: PLR0917
    shared: Caller, path: str, body: bytes, status: int, code: str, field: str
) -> None:
    """The caller learns the field and the mend; the text of the customer goes nowhere."""
    response = await shared.post(path, content=body, headers=JSON)

    problem = problem_in(response, status=status, code=code, field=field)
    assert problem["type"] == f"urn:errand:problem:{code}"
    assert problem["mend"]
    assert CANARY not in response.text


@pytest.mark.parametrize(
    ("name", "is_told", "reason"),
    [
        ("colour", True, "it helps whoever writes the client"),
        ("x-Colour_2.of", True, "every character that a plain name may have"),
        ("c" * 40, True, "the longest"),
        ("c" * 41, False, "one longer"),
        ("couleur préférée", False, "words"),
        ("jo@example.org", False, "an address"),
        ("colour\n", False, "no end of a name"),
        ("4111-11112222", False, "digits of a card or a telephone"),
        ("", False, "no name"),
    ],
)
async def test_an_unknown_field_is_named_if_it_has_a_plain_name(
    *, shared: Caller, name: str, is_told: bool, reason: str
) -> None:
    """A form that sends its questions as names, or what was filled in, is told where it did so."""
    turn = {"speaker": "customer", "text": "is it here yet?", name: 1}
    response = await shared.post("/route", json={"turns": [turn]})

    problem = problem_in(
        response, status=422, code="invalid_request", field=f"turns.0.{name}" if is_told else "turns.0"
    )
    assert ("an unknown field" in problem["detail"]) is not is_told, reason
    assert problem["mend"].startswith("Leave this field out"), reason
    assert is_told or not name or name not in response.text, reason


@pytest.mark.parametrize(("body", "status", "code", "field"), OF_ROUTE)
async def test_a_bad_field_of_a_route_is_refused(
    shared: Caller, body: bytes, status: int, code: str, field: str
) -> None:
    """Its own fields are held to their bounds as well."""
    response = await shared.post("/route", content=body, headers=JSON)

    problem_in(response, status=status, code=code, field=field)
    assert CANARY not in response.text


@pytest.mark.parametrize("field", ["contact_id", "channel", "entry_point", "attributes", "repeat_ref", "dispatch"])
async def test_advice_takes_no_field_of_a_route(shared: Caller, field: str) -> None:
    """A website that sends who its visitor is learns that this is not wanted."""
    response = await shared.post("/intent", json={"text": CANARY, field: CANARY})

    problem_in(response, status=422, code="invalid_request", field=field)
    assert CANARY not in response.text


BAD_HEADERS = [
    pytest.param({"X-Request-Timeout-Ms": value}, 422, "invalid_request", "X-Request-Timeout-Ms", id=reason)
    for value, reason in {
        "soon": "a deadline in words",
        "": "no deadline",
        "0": "a deadline of nothing",
        "-5": "a deadline in the past",
        "1.5": "a fraction of a millisecond",
        "60001": "a deadline over a minute",
        "9" * 5_000: "a deadline of 5,000 digits",
        "\u00b2": "a digit that is no digit",
    }.items()
] + [
    pytest.param({"Content-Type": value}, 415, "unsupported_media_type", "Content-Type", id=reason)
    for value, reason in {
        "text/plain": "declared as text",
        "application/x-www-form-urlencoded": "what curl declares by itself",
        "multipart/form-data; boundary=x": "declared as a form",
        "": "declared as nothing",
        "json": "declared as half a type",
    }.items()
]


@pytest.mark.parametrize(("headers", "status", "code", "field"), BAD_HEADERS)
@pytest.mark.parametrize("path", ["/intent", "/intent/batch", "/route"])
async def test_a_bad_header_is_refused(  # noqa: PLR0917
    shared: Caller, path: str, headers: dict[str, str], status: int, code: str, field: str
) -> None:
    """It is named as a field is."""
    contact = {"text": CANARY}
    body = {"items": [contact]} if path.endswith("batch") else contact

    sent = {name: value.encode("latin-1") for name, value in {**JSON, **headers}.items()}
    response = await shared.post(path, content=json.dumps(body).encode(), headers=sent)

    problem_in(response, status=status, code=code, field=field)
    assert CANARY not in response.text


@pytest.mark.parametrize(
    "key", [pytest.param("", id="empty"), pytest.param("k" * 256, id="one character over the limit")]
)
async def test_a_bad_idempotency_key_is_refused(shared: Caller, key: str) -> None:
    """A key that cannot be kept is no key."""
    response = await shared.post("/route", json={"text": CANARY}, headers={"Idempotency-Key": key})

    problem_in(response, status=422, code="invalid_request", field="Idempotency-Key")


@pytest.mark.parametrize(
    "length",
    [pytest.param("soon", id="in words"), pytest.param("1.0", id="a fraction"), pytest.param("9" * 5_000, id="huge")],
)
async def test_a_length_that_is_no_number_is_refused(shared: Caller, length: str) -> None:
    """Servers usually see to it before; whichever does, it is the caller's mistake."""
    response = await shared.post("/intent", content=b"{}", headers={**JSON, "Content-Length": length})

    assert response.status_code in {400, 413}
    problem_in(response, status=response.status_code, code=response.json()["code"], field=response.json()["field"])


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 4_096):
        yield body[start : start + 4_096]


@pytest.mark.parametrize(
    ("path", "limit", "reason"),
    [
        ("/intent", 512 * 1024, "a contact may be a mail with all its markup"),
        ("/route", 512 * 1024, "a contact may be a mail with all its markup"),
        ("/intent/batch", 64 * 1024, "other bodies are small"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "found out while reading"])
async def test_a_body_over_the_limit_is_refused(
    shared: Caller, path: str, limit: int, reason: str, chunked: bool
) -> None:
    """Whether its length was declared or not."""
    too_large = b'{"text": "' + b"a" * limit + b'"}'
    content = in_pieces(too_large) if chunked else too_large

    response = await shared.post(path, content=content, headers=JSON)

    problem_in(response, status=413, code="body_too_large", field="body")


async def test_a_body_that_is_declared_too_large_is_not_read(shared: Caller) -> None:
    """The refusal comes before the first byte."""
    asked_for: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        asked_for.append(b"{}")
        yield b"{}"

    response = await shared.post("/intent", content=body(), headers={**JSON, "Content-Length": str(512 * 1024 + 1)})

    problem_in(response, status=413, code="body_too_large", field="body")
    assert asked_for == []


async def test_512_kib_are_not_too_large(shared: Caller) -> None:
    """The bound itself is allowed."""
    body = b'{"text": "hello"}'.ljust(512 * 1024)

    response = await shared.post("/intent", content=body, headers=JSON)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/intent/", "/intents", "/decisions", "/decisions/", "/decisions/a/b", "/%00", "/..%2fetc", "/ünï"]
)
async def test_an_unknown_address_is_a_problem(shared: Caller, path: str) -> None:
    """No page of the framework's, and no echo of the address."""
    response = await shared.get(path)

    problem = problem_in(response, status=404, code="no_such_address")
    assert path == "/" or path.strip("/") not in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/intent", "POST"),
        ("DELETE", "/route", "POST"),
        ("PUT", "/intent/batch", "POST"),
        ("OPTIONS", "/route", "POST"),
        ("POST", "/metrics", "GET"),
        ("POST", "/decisions/some-id", "GET"),
        ("HEAD", "/healthz", "GET"),
        ("BREW", "/intent", "POST"),
    ],
)
async def test_a_method_that_an_address_does_not_have_is_a_problem(
    shared: Caller, method: str, path: str, allowed: str
) -> None:
    """Allow names those that it has."""
    response = await shared.request(method, path)

    assert response.headers["allow"] == allowed
    if method == "HEAD":
        assert response.status_code == 405
    else:
        problem_in(response, status=405, code="method_not_allowed")


REQUEST_IDS = [
    pytest.param("a", True, id="one character"),
    pytest.param("0af7651916cd43dd8448eb211c80319c", True, id="a trace id"),
    pytest.param("Desk_1.call-2", True, id="letters, digits and three signs"),
    pytest.param("x" * 64, True, id="as long as may be"),
    pytest.param("x" * 65, False, id="too long"),
    pytest.param("", False, id="empty"),
    pytest.param("a b", False, id="a blank"),
    pytest.param("a\tb", False, id="a tab"),
    pytest.param("<script>", False, id="markup"),
    pytest.param("jo@example.com", False, id="an address"),
    pytest.param("é", False, id="not ASCII"),
    pytest.param("abc\n", False, id="a line break, which a pattern with $ would let pass"),
]


@pytest.mark.parametrize(("given", "is_kept"), REQUEST_IDS)
@pytest.mark.parametrize("path", ["/healthz", "/nowhere"])
async def test_a_well_formed_request_id_is_kept_and_another_replaced(
    shared: Caller,
    path: str,
    given: str,
    is_kept: bool,
) -> None:
    """Answers and refusals alike carry one."""
    response = await shared.get(path, headers={"X-Request-Id": given.encode("latin-1")})

    kept = response.headers["x-request-id"]
    assert (kept == given) == is_kept
    assert is_kept or len(kept) == 16


async def test_no_two_requests_have_one_id(shared: Caller) -> None:
    """Where the caller gave none."""
    ids = {(await shared.get("/healthz")).headers["x-request-id"] for _ in range(50)}

    assert len(ids) == 50


async def test_a_caller_who_hangs_up_is_not_our_failure(client: Caller) -> None:
    """A connection that closes in the middle of a body is no internal error, in no log and no count."""
    events: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(message: Any) -> None:
        """Nobody listens."""

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/intent",
        "raw_path": b"/intent",
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "server": ("errand.test", 80),
        "client": ("127.0.0.1", 1),
    }
    await client.app(scope, receive, send)

    assert (await client.metrics()).total("errand_requests_total", status="500") == 0
