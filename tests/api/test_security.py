"""Closed to strangers: which role may call what, with keys that the operator's command made."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from service.access.endpoint import ENDPOINTS, OPEN, OUTCOME, RECEIPTS
from service.domain.key import Role
from service.main import RESOURCES
from service.measure.instruments import REFUSAL_REASONS
from tests.support.app import (
    UNDERSTOOD,
    Caller,
    Metrics,
    answer_in,
    problem_in,
    serving,
    settings_for,
)
from tests.support.keys import SHOP, a_key, bearer, make_key

EVERYWHERE = "0.0.0.0"  # noqa: S104  (keys are what makes it safe)
EVERYBODY = "anybody contact_centre website ops designer"
MAY = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/docs"): EVERYBODY,
    ("GET", "/docs/{file}"): EVERYBODY,
    ("GET", "/redoc"): EVERYBODY,
    ("GET", "/openapi.json"): EVERYBODY,
    ("GET", "/metrics"): "ops",
    ("POST", "/intent"): "contact_centre website designer",
    ("POST", "/intent/batch"): "contact_centre designer",
    ("POST", "/route"): "contact_centre",
    ("GET", "/decisions/{decision_id}"): "contact_centre ops",
    ("POST", "/decisions/{decision_id}/outcome"): EVERYBODY,
    ("POST", "/decisions/{decision_id}/reroute"): "contact_centre",
    ("GET", "/promises"): "contact_centre ops",
    ("POST", "/promises/{promise_id}/claim"): "contact_centre",
    ("POST", "/promises/{promise_id}/keep"): "contact_centre",
    ("POST", "/promises/{promise_id}/release"): "contact_centre",
    ("POST", "/promises/{promise_id}/fail"): "contact_centre",
    ("GET", "/contacts/{contact_id}"): "contact_centre",
    ("DELETE", "/contacts/{contact_id}"): "contact_centre",
    ("POST", "/content/check"): "contact_centre designer",
    ("GET", "/reports/outcomes"): "ops designer",
}
"""Who may call each endpoint; `anybody` has no key."""
PAGE = {"Origin": SHOP}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """An application that others could reach, and a key of each role; `sparse` may make one request a minute."""

    caller: Caller
    keys: dict[str, str]

    async def ask(self, who: str, method: str, path: str, **request: Any) -> Any:
        """As somebody of a role does it: a website from its page."""
        headers = {} if who == "anybody" else bearer(self.keys[who])
        headers |= PAGE if who == "website" else {}
        headers |= request.pop("headers", {})
        return await self.caller.request(method, path, headers=headers, **request)

    async def refused(self) -> dict[str, float]:
        """How many requests were refused, by reason."""
        metrics = Metrics((await self.ask("ops", "GET", "/metrics")).text)
        return {reason: metrics.total("errand_refused_total", reason=reason) for reason in REFUSAL_REASONS}


@pytest.fixture(scope="module")
async def guarded(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    home = tmp_path_factory.mktemp("home")
    keys = {role.value: (await make_key(home, role))["key"] for role in Role}
    keys["sparse"] = (await make_key(home, Role.CONTACT_CENTRE, "--limit-per-minute", "1"))["key"]
    reachable = settings_for(starter_bundle, home, host=EVERYWHERE, trusted_proxies=["127.0.0.1"])
    async with serving(reachable) as caller:
        yield Guarded(caller=caller, keys=keys)


@pytest.mark.parametrize(("method", "template"), MAY)
async def test_each_role_may_call_what_it_is_for(guarded: Guarded, method: str, template: str) -> None:
    """An empty body or an id that is not held is as far as anyone gets who is let in."""
    path = re.sub(r"\{\w+\}", "none", template)
    body = {"json": {}} if method == "POST" else {}
    for who in EVERYBODY.split():
        response = await guarded.ask(who, method, path, **body)

        if who in MAY[method, template].split():
            assert response.status_code in {200, 404, 422}, who
        elif who == "anybody":
            problem_in(response, status=401, code="no_key", field="Authorization")
        else:
            scope = ENDPOINTS[method, template]
            problem = problem_in(response, status=403, code="forbidden", field="Authorization")
            assert scope is not None
            assert f"The role {who} lacks the scope {scope.value}." == problem["detail"]


def test_every_endpoint_is_in_the_table() -> None:
    """A new one that is forgotten there is refused to everybody, and fails here."""
    routes = [route for resource in RESOURCES for route in resource.router.routes]
    assert all(isinstance(route, APIRoute) for route in routes)
    real = {(method, route.path) for route in routes for method in route.methods} | {("GET", "/openapi.json")}

    assert real == set(ENDPOINTS) == set(MAY)


async def test_there_are_no_other_routes(guarded: Guarded) -> None:
    """All that the application itself adds is the document."""
    own = [route for route in guarded.caller.app.routes if hasattr(route, "path")]

    assert [route.path for route in own] == ["/openapi.json"]
    assert len(guarded.caller.app.routes) == len(own) + len(RESOURCES)


async def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(guarded: Guarded, tmp_path: Path) -> None:
    """Nobody learns which keys there are."""
    good = guarded.keys["contact_centre"]
    wrong = [
        {},
        bearer(""),
        bearer("x"),
        bearer(a_key()[0]),
        bearer(good[:-1] + "x"),
        {"Authorization": f"Basic {good}"},
    ]
    wrong.append(bearer(good[:-64] + a_key()[0][-64:]))  # the id of one, the secret of another

    answers = [await guarded.caller.post("/route", json={}, headers=headers) for headers in wrong]

    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        assert answer.headers["www-authenticate"] == 'Bearer realm="errand"'
        problem_in(answer, status=401, code="no_key", field="Authorization")


async def test_a_key_that_is_refused_costs_no_reading(guarded: Guarded) -> None:
    """Whatever the body is: it is not looked at."""
    response = await guarded.caller.post("/route", content=b"x" * 100_000)

    problem_in(response, status=401, code="no_key", field="Authorization")


async def test_an_address_that_is_not_there_is_refused_with_any_key(guarded: Guarded) -> None:
    """As one that was forgotten in the table would be."""
    for method, path in (("GET", "/nowhere"), ("PUT", "/route"), ("OPTIONS", "/route")):
        response = await guarded.ask("contact_centre", method, path)
        problem_in(response, status=403, code="forbidden")
        problem_in(await guarded.ask("anybody", method, path), status=401, code="no_key", field="Authorization")


async def test_a_website_may_not_ask_why(guarded: Guarded) -> None:
    """It costs many times the answer; a designer may."""
    asked = {"json": {"text": UNDERSTOOD, "explain": True}}

    refused = await guarded.ask("website", "POST", "/intent", **asked)

    problem_in(refused, status=403, code="forbidden", field="explain")
    assert "why" in answer_in(await guarded.ask("designer", "POST", "/intent", **asked))["goals"][0]
    assert answer_in(await guarded.ask("website", "POST", "/intent", json={"text": UNDERSTOOD}))["goals"]


async def test_an_outcome_is_told_by_its_token_alone(guarded: Guarded) -> None:
    """From a page that has no key at all."""
    routed = answer_in(await guarded.ask("contact_centre", "POST", "/route", json={"text": UNDERSTOOD}))
    path = f"/decisions/{routed['decision_id']}/outcome"

    told = await guarded.caller.post(
        path, json={"result": "done"}, headers={**PAGE, "Outcome-Token": routed["outcome_token"]}
    )

    assert told.status_code == 200
    assert told.headers["access-control-allow-origin"] == SHOP
    bad = await guarded.caller.post(path, json={"result": "done"}, headers={"Outcome-Token": "x" * 64})
    problem_in(bad, status=404, code="not_found", field="decision_id")


async def test_a_contact_sees_and_erases_what_is_held_by_its_own_token(guarded: Guarded) -> None:
    """From a page that has no key; after that nothing is held, and only counts stay."""
    body = {"json": {"text": UNDERSTOOD, "contact_id": "visit-1"}}
    routed = answer_in(await guarded.ask("contact_centre", "POST", "/route", **body))
    await guarded.ask("contact_centre", "POST", "/route", json={"text": UNDERSTOOD, "contact_id": "visit-2"})
    mine = {"headers": {**PAGE, "Contact-Token": routed["contact_token"]}}

    held = await guarded.ask("anybody", "GET", "/contacts/visit-1", **mine)
    others = await guarded.ask("anybody", "GET", "/contacts/visit-2", **mine)
    erased = await guarded.ask("anybody", "DELETE", "/contacts/visit-1", **mine)
    gone = await guarded.ask("anybody", "GET", "/contacts/visit-1", **mine)

    assert answer_in(held)["decisions"] == [routed["decision_id"]]
    assert answer_in(held)["held_until"] is not None
    assert held.headers["access-control-allow-origin"] == SHOP
    assert answer_in(erased)["decisions"] == 1
    for missing in (others, gone):
        problem_in(missing, status=404, code="not_found", field="contact_id")
    assert answer_in(await guarded.ask("contact_centre", "GET", "/contacts/visit-2"))["turns"] == 1


async def test_a_wrong_token_tells_nothing(guarded: Guarded) -> None:
    """The same answer, to the byte, whether the contact is held, is not, or ever was; also with a key that may."""
    await guarded.ask("contact_centre", "POST", "/route", json={"text": UNDERSTOOD, "contact_id": "visit-3"})
    key = bearer(guarded.keys["contact_centre"])
    network = {"X-Forwarded-For": "192.0.2.77"}  # another than those of the other tests

    answers = [
        await guarded.caller.request(method, f"/contacts/{contact_id}", headers={**network, **headers})
        for method in ("GET", "DELETE")
        for contact_id in ("visit-3", "nobody")
        for headers in ({"Contact-Token": "x" * 64}, {"Contact-Token": "x" * 64, **key})
    ]
    answers.append(await guarded.ask("contact_centre", "GET", "/contacts/nobody"))

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {404}


def test_nobody_can_list_contacts(guarded: Guarded) -> None:
    """What is held about a person is shown to who names the contact; no endpoint gives more than one."""
    paths = guarded.caller.app.openapi()["paths"]
    showing = {
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "ContactOut" in str(operation)
    }

    assert showing == {("GET", "/contacts/{contact_id}")}
    assert {path for _, path in ENDPOINTS if "contact" in path} == {"/contacts/{contact_id}"}


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_a_website_s_key_works_on_its_pages_only(guarded: Guarded, origin: str | None) -> None:
    """The server checks; a browser would not have to."""
    headers = bearer(guarded.keys["website"], **({} if origin is None else {"Origin": origin}))

    response = await guarded.caller.post("/intent", json={"text": UNDERSTOOD}, headers=headers)

    problem_in(response, status=403, code="origin", field="Origin")
    assert "access-control-allow-origin" not in response.headers


async def test_a_page_can_read_every_answer(guarded: Guarded) -> None:
    """What succeeds, what is refused and what is not there; never with cookies."""
    answers = [
        await guarded.ask("website", "POST", "/intent", json={"text": UNDERSTOOD}),
        await guarded.ask("website", "POST", "/intent", json={}),
        await guarded.ask("website", "POST", "/route", json={}),
        await guarded.ask("anybody", "POST", "/intent", json={}, headers=PAGE),
        await guarded.ask("anybody", "GET", "/healthz", headers=PAGE),
        await guarded.ask("website", "POST", "/intent", content=b"x" * 600_000),
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 403, 401, 200, 413]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"
        assert answer.headers["access-control-expose-headers"] == "X-Request-Id, Retry-After"
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_browser_asks_first_without_a_key(guarded: Guarded) -> None:
    """And is told what a page may send."""
    response = await guarded.caller.options("/intent", headers={**PAGE, **PREFLIGHT})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == SHOP
    assert response.headers["access-control-allow-methods"] == "DELETE, GET, POST"
    allowed = response.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "contact-token", "content-type", "outcome-token", "traceparent"} <= set(allowed)
    assert "access-control-allow-credentials" not in response.headers


async def test_a_browser_on_another_page_is_told_nothing(guarded: Guarded) -> None:
    """Nor is who asks without a page."""
    for headers in (PREFLIGHT, {**PREFLIGHT, "Origin": "https://evil.example"}):
        response = await guarded.caller.options("/intent", headers=headers)

        problem_in(response, status=403, code="origin", field="Origin")
        assert not [name for name in response.headers if name.startswith("access-control")]


async def test_every_answer_has_its_guards(guarded: Guarded) -> None:
    """Nothing is guessed from bytes, no address is told on, and what is JSON is kept by nobody."""
    for path in ("/healthz", "/openapi.json", "/route", "/docs", "/nowhere"):
        headers = (await guarded.caller.get(path)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert ("json" in headers["content-type"]) == (headers.get("cache-control") == "no-store"), path


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_pages_load_what_they_need_and_nothing_else(guarded: Guarded, path: str) -> None:
    """Each script and style of the page is in its policy; nobody may frame it."""
    page = await guarded.caller.get(path)
    policy = {rule.split()[0]: rule.split()[1:] for rule in page.headers["content-security-policy"].split("; ")}

    assert page.headers["x-frame-options"] == "DENY"
    assert policy["default-src"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    assert "'unsafe-inline'" not in policy["script-src"]
    scripts = re.findall(r"""<script src="(https://[^/]+|/)""", page.text)
    assert scripts
    assert {own(place) for place in scripts} <= set(policy["script-src"])
    styles = re.findall(r"""href="(https://[^/]+|/)[^"]*\.css""", page.text)
    assert {own(place) for place in styles} <= set(policy["style-src"])
    for script in re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy["script-src"]


def own(place: str) -> str:
    return "'self'" if place == "/" else place


@pytest.mark.parametrize(
    ("file", "kind"), [("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")]
)
async def test_the_page_of_the_document_needs_nobody_else(guarded: Guarded, file: str, kind: str) -> None:
    """All that it loads comes from here."""
    page, loaded = await guarded.caller.get("/docs"), await guarded.caller.get(f"/docs/{file}")

    assert f'"/docs/{file}"' in page.text
    assert not re.findall(r"https?://", page.text)
    assert (loaded.status_code, loaded.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert len(loaded.content) > 100_000
    problem_in(await guarded.caller.get("/docs/LICENSE"), status=404, code="not_found", field="file")


async def test_the_document_says_who_may(guarded: Guarded) -> None:
    """The same table, for people and for generated clients."""
    document = guarded.caller.app.openapi()

    schemes = document["components"]["securitySchemes"]
    assert (schemes["key"]["scheme"], schemes["contact_token"]["name"]) == ("bearer", "Contact-Token")
    for (method, path), scope in ENDPOINTS.items():
        if path not in document["paths"]:
            continue
        operation = document["paths"][path][method.lower()]
        by_token = [{"contact_token": []}] if (method, path) in RECEIPTS else []
        assert operation.get("security") == (None if scope is OPEN else [{"key": [scope.value]}, *by_token])
        assert ("429" in operation["responses"]) == (scope is not OPEN or (method, path) == OUTCOME)
        if scope is not OPEN:
            assert all(f"`{role}`" in operation["description"] for role in MAY[method, path].split())
            assert {"401", "403", "429"} <= operation["responses"].keys()


async def test_refusals_are_counted_by_their_reason(guarded: Guarded) -> None:
    """Once each, whatever was tried, also where only the body told."""
    ask, sparse = guarded.ask, guarded.keys["sparse"]
    before = await guarded.refused()

    await ask("anybody", "POST", "/route", json={})
    await ask("anybody", "GET", "/nowhere")
    await ask("ops", "POST", "/route", json={})
    await ask("website", "POST", "/intent", json={"text": UNDERSTOOD, "explain": True})
    await ask("website", "POST", "/intent", json={}, headers={"Origin": "https://evil.example"})
    guess = bearer("guess", **{"X-Forwarded-For": "198.51.100.1"})
    locked_out = [await guarded.caller.post("/route", json={}, headers=guess) for _ in range(22)][-1]
    limited = [await guarded.caller.post("/route", json={}, headers=bearer(sparse)) for _ in range(2)][-1]

    problem_in(locked_out, status=429, code="lockout", field="Authorization")
    problem_in(limited, status=429, code="limit", field="Authorization")
    assert locked_out.headers["retry-after"] == "300"
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    counted = {reason: count - before[reason] for reason, count in (await guarded.refused()).items()}
    assert counted == {"no_key": 22, "forbidden": 2, "origin": 1, "limit": 1, "lockout": 2}
