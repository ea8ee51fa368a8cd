"""Headers of every answer, and of answers that pages of websites may read."""

from __future__ import annotations

import pytest

from service.server.headers import NOT_STORED, cors, preflight_response, with_security


@pytest.mark.parametrize(
    ("media_type", "is_stored"),
    [
        (b"application/json", False),
        (b"application/problem+json", False),
        (b"text/html; charset=utf-8", True),
        (b"text/css", True),
    ],
)
def test_json_is_kept_out_of_caches(media_type: bytes, *, is_stored: bool) -> None:
    """It may be about a customer. Files of the pages may be kept."""
    headers = with_security([(b"content-type", media_type), (b"x-own", b"1")])

    assert (NOT_STORED not in headers) == is_stored
    assert (b"x-own", b"1") in headers
    assert dict(headers)[b"x-content-type-options"] == b"nosniff"
    assert dict(headers)[b"referrer-policy"] == b"no-referrer"


def test_a_known_website_may_read_an_answer() -> None:
    """Caches keep the answers of websites apart."""
    headers = dict(cors(b"https://shop.example"))

    assert headers[b"access-control-allow-origin"] == b"https://shop.example"
    assert headers[b"vary"] == b"Origin"
    assert b"access-control-allow-credentials" not in headers


def test_without_an_origin_nothing_is_said() -> None:
    """The caller is no page."""
    assert cors(None) == ()


def test_a_preflight_names_methods_and_headers() -> None:
    """A website may use what a key of its role may use."""
    response = preflight_response()

    assert response.status_code == 204
    assert set(response.headers["access-control-allow-methods"].split(", ")) == {"DELETE", "GET", "POST"}
    assert {"Authorization", "Contact-Token"} <= set(response.headers["access-control-allow-headers"].split(", "))
