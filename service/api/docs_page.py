"""Pages that show the OpenAPI document. Their policy allows exactly the files that they load."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse

from service.errors import NotFoundError

router = APIRouter(include_in_schema=False)
DOCUMENT = "/openapi.json"
NO_ICON = "data:,"
CDN = "https://cdn.jsdelivr.net"
SCRIPT, STYLE = "swagger-ui-bundle.js", "swagger-ui.css"
MEDIA_TYPES: Final = {SCRIPT: "text/javascript", STYLE: "text/css"}
SWAGGER_UI: Final = Path(__file__).with_name("static") / "swagger-ui"
"""Release 5.35.0 as it was published, so that /docs works without any other host."""
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url=DOCUMENT,
        title=request.app.title,
        swagger_js_url=f"/docs/{SCRIPT}",
        swagger_css_url=f"/docs/{STYLE}",
        swagger_favicon_url=NO_ICON,
    )
    return guarded(page, scripts="'self'", styles="'self'")


@router.get("/docs/{file}")
async def docs_file(file: str) -> FileResponse:
    if file not in MEDIA_TYPES:
        raise NotFoundError("The page has no such file.", field="file")
    return FileResponse(SWAGGER_UI / file, headers={"Cache-Control": "max-age=3600"}, media_type=MEDIA_TYPES[file])


@router.get("/redoc")
async def redoc(request: Request) -> HTMLResponse:
    title = request.app.title
    page = get_redoc_html(openapi_url=DOCUMENT, title=title, redoc_favicon_url=NO_ICON, with_google_fonts=False)
    return guarded(page, scripts=CDN, styles="'unsafe-inline'")


def guarded(page: HTMLResponse, *, scripts: str, styles: str) -> HTMLResponse:
    """Return the page with a policy that names the sources of its scripts and styles."""
    page.headers["Content-Security-Policy"] = policy(bytes(page.body).decode(), scripts=scripts, styles=styles)
    page.headers["X-Frame-Options"] = "DENY"
    return page


def policy(html: str, *, scripts: str, styles: str) -> str:
    """Return the policy of a page. Scripts inside the page are allowed by their hash (CSP level 2)."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()) for script in INLINE_SCRIPT.findall(html)]
    hashes = "".join(f" 'sha256-{digest.decode()}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}{hashes}",
            f"style-src {styles}",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
