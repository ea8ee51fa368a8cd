"""What a website's page can do, and what it cannot, as Chromium enforces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.key import Role
from tests.browser.conftest import Site, Window, playwright
from tests.support.app import UNDERSTOOD


async def test_a_page_asks_what_its_visitor_wants(shop: Window, site: Site) -> None:
    """With the website's key, and a request id of its own that it finds again in the answer."""
    key = {"Authorization": f"Bearer {site.keys[Role.WEBSITE]}"}

    answer = await shop.fetch("POST", "/intent", {"text": UNDERSTOOD}, **key, **{"X-Request-Id": "visit-1"})

    assert answer["status"] == 200
    assert [goal["intent"] for goal in answer["body"]["goals"]] == ["cancel_booking"]
    assert answer["headers"]["x-request-id"] == "visit-1"


async def test_a_page_can_read_why_it_was_refused(shop: Window, site: Site) -> None:
    """A field that is wrong, a key that may not, no key at all."""
    key = {"Authorization": f"Bearer {site.keys[Role.WEBSITE]}"}

    wrong = await shop.fetch("POST", "/intent", {"topk": 3}, **key)
    forbidden = await shop.fetch("POST", "/route", {"text": UNDERSTOOD}, **key)
    unknown = await shop.fetch("POST", "/intent", {"text": UNDERSTOOD})

    assert [each["status"] for each in (wrong, forbidden, unknown)] == [422, 403, 401]
    assert (wrong["body"]["code"], wrong["body"]["field"]) == ("invalid_request", "topk")
    assert all(each["headers"]["x-request-id"] for each in (wrong, forbidden, unknown))


async def test_a_page_of_another_origin_gets_nothing(elsewhere: Window, site: Site) -> None:
    """The service refuses the browser's question, and the browser keeps what is open to all from the page."""
    key = {"Authorization": f"Bearer {site.keys[Role.WEBSITE]}"}
    before = (await site.metrics()).total("errand_refused_total", reason="origin")

    with pytest.raises(playwright.Error, match="Failed to fetch"):
        await elsewhere.fetch("POST", "/intent", {"text": UNDERSTOOD}, **key)
    with pytest.raises(playwright.Error, match="Failed to fetch"):
        await elsewhere.fetch("GET", "/healthz")

    assert (await site.metrics()).total("errand_refused_total", reason="origin") == before + 1


async def test_a_page_tells_the_outcome_by_token(shop: Window, site: Site) -> None:
    """Which it was given by its own server; it needs no key."""
    routed = await site.route(UNDERSTOOD, "visit-2")
    path = f"/decisions/{routed['decision_id']}/outcome"

    told = await shop.fetch("POST", path, {"result": "done"}, **{"Outcome-Token": routed["outcome_token"]})
    wrong = await shop.fetch("POST", path, {"result": "done"}, **{"Outcome-Token": "x" * 64})

    assert (told["status"], told["body"]["result"]) == (200, "done")
    assert wrong["status"] == 404


async def test_a_page_shows_a_visitor_what_is_held_and_erases_it(shop: Window, site: Site) -> None:
    """By the contact's own token."""
    routed = await site.route(UNDERSTOOD, "visit-3")
    token = {"Contact-Token": routed["contact_token"]}

    held = await shop.fetch("GET", "/contacts/visit-3", **token)
    erased = await shop.fetch("DELETE", "/contacts/visit-3", **token)
    gone = await shop.fetch("GET", "/contacts/visit-3", **token)

    assert (held["status"], held["body"]["decisions"]) == (200, [routed["decision_id"]])
    assert (erased["status"], gone["status"]) == (200, 404)


async def test_nothing_is_left_in_the_browser(shop: Window, site: Site) -> None:
    """No cookies, also where a page would send them."""
    key = {"Authorization": f"Bearer {site.keys[Role.WEBSITE]}"}
    await shop.fetch("POST", "/intent", {"text": UNDERSTOOD}, **key)
    await shop.page.goto(f"{site.server.url}/docs")

    assert await shop.page.context.cookies() == []


async def test_the_page_of_the_document_works_by_itself(shop: Window, site: Site, tmp_path: Path) -> None:
    """Under its policy, without a complaint of the browser's, from this service alone; and it can try requests."""
    complaints: list[str] = []
    asked: set[str] = set()
    page = shop.page
    page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))

    await page.goto(f"{site.server.url}/docs")
    operation = page.locator("#operations-operation-healthz_healthz_get")
    await operation.wait_for()
    await page.screenshot(path=tmp_path / "docs.png", full_page=True)
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    await operation.locator(".live-responses-table").wait_for()

    assert complaints == []
    assert "Errand" in await page.locator(".info .title").inner_text()
    assert {url for url in asked if not url.startswith((f"{site.server.url}/", "data:"))} == set()
    assert f"{site.server.url}/docs/swagger-ui-bundle.js" in asked
