"""A real browser, a service with keys, and pages of two origins; all on loopback."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.domain.key import Role
from tests.support.app import Metrics
from tests.support.keys import bearer, errand
from tests.support.server import Server, running_server

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed: make test-browser")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FETCH = """
async ([address, method, headers, body]) => {
  const answer = await fetch(address, {method, headers, body: body === null ? undefined : JSON.stringify(body)})
  return {status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json()}
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the browser meets: a service, and where pages are served from."""

    server: Server
    keys: dict[Role, str]
    shop: str
    """Origin that the website's key names."""
    elsewhere: str
    """Origin that no key names."""

    async def metrics(self) -> Metrics:
        return Metrics((await self._ask("GET", "/metrics", Role.OPS)).text)

    async def route(self, text: str, contact_id: str) -> dict[str, Any]:
        """As the website's own server does it, with a key that no page knows."""
        body = {"text": text, "contact_id": contact_id}
        answer: dict[str, Any] = (await self._ask("POST", "/route", Role.CONTACT_CENTRE, json=body)).json()
        return answer

    async def _ask(self, method: str, path: str, role: Role, **request: Any) -> httpx.Response:
        async with self.server.client() as client:
            answer = await client.request(method, path, headers=bearer(self.keys[role]), **request)
        assert answer.status_code == 200, answer.text
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A page that is open in the browser."""

    page: Any
    url: str
    """Of the service."""

    async def fetch(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What the page's own script gets; Playwright's error where the browser keeps it from the script."""
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer: dict[str, Any] = await self.page.evaluate(FETCH, [f"{self.url}{path}", method, headers, body])
        return answer


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Any]:
    binary = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if binary is None:
        pytest.skip("No Chromium is found. On Debian: apt install chromium")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=binary, chromium_sandbox=False, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def site(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    home, pages = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("pages")
    (pages / "index.html").write_text("<!doctype html><title>A shop</title><link rel=icon href='data:,'>")
    with serving_pages(pages) as shop, serving_pages(pages) as elsewhere:
        keys = {role: await a_key_of(home, role, shop) for role in (Role.WEBSITE, Role.CONTACT_CENTRE, Role.OPS)}
        with running_server(home, ERRAND_BUNDLE=str(starter_bundle)) as server:
            yield Site(server=server, keys=keys, shop=shop, elsewhere=elsewhere)


async def a_key_of(home: Path, role: Role, shop: str) -> str:
    origin = ("--origin", shop) if role is Role.WEBSITE else ()
    made = await errand(home, "keys", "create", "--role", role, "--name", "A name", *origin)
    key: str = made["key"]
    return key


@pytest.fixture
async def shop(browser: Any, site: Site) -> AsyncIterator[Window]:
    async with opened(browser, site, site.shop) as window:
        yield window


@pytest.fixture
async def elsewhere(browser: Any, site: Site) -> AsyncIterator[Window]:
    async with opened(browser, site, site.elsewhere) as window:
        yield window


@contextlib.asynccontextmanager
async def opened(browser: Any, site: Site, origin: str) -> AsyncIterator[Window]:
    """A page in a profile of its own."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(f"{origin}/index.html")
        yield Window(page=page, url=site.server.url)
    finally:
        await context.close()


@contextlib.contextmanager
def serving_pages(folder: Path) -> Iterator[str]:
    """The origin at which a folder is served, on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing is said of what was asked for."""
