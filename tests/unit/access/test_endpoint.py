"""Every endpoint stands in one table with the scope that it needs."""

from __future__ import annotations

import pytest

from service.access.endpoint import ENDPOINTS, OPEN, OUTCOME, RECEIPTS, NoEndpointError, endpoint_of
from service.domain.key import SCOPES, Scope


@pytest.mark.parametrize(
    ("method", "path", "template", "reason"),
    [
        ("POST", "/route", ("POST", "/route"), "an address without an id"),
        ("HEAD", "/healthz", ("GET", "/healthz"), "HEAD is GET without a body"),
        ("GET", "/decisions/d-1", ("GET", "/decisions/{decision_id}"), "any id"),
        ("POST", "/decisions/d-1/outcome", OUTCOME, "an id in the middle"),
        ("GET", "/docs/page.css", ("GET", "/docs/{file}"), "files of the page"),
    ],
)
def test_a_request_finds_its_endpoint(method: str, path: str, template: tuple[str, str], reason: str) -> None:
    """The table speaks of templates, and the request of ids."""
    assert endpoint_of(method, path) == template, reason


@pytest.mark.parametrize(
    ("method", "path", "reason"),
    [
        ("GET", "/route", "another method"),
        ("POST", "/route/", "a slash more"),
        ("GET", "/decisions/", "no id"),
        ("GET", "/decisions/a/b", "an id has no slash"),
        ("GET", "/", "no such address"),
        ("get", "/healthz", "methods are capitals"),
    ],
)
def test_anything_else_is_no_endpoint(method: str, path: str, reason: str) -> None:
    """It is refused once there are keys."""
    with pytest.raises(NoEndpointError):
        endpoint_of(method, path)
    assert (method, path) not in ENDPOINTS, reason


def test_every_scope_opens_something() -> None:
    """A scope that no endpoint needs would be a promise of nothing. Reasons are a part of an answer."""
    assert {scope for scope in ENDPOINTS.values() if scope is not OPEN} == set(Scope) - {Scope.EXPLAIN}
    assert {scope for scopes in SCOPES.values() for scope in scopes} <= set(Scope)


def test_receipts_are_for_what_is_held() -> None:
    """The token of a contact shows and erases that contact, and nothing else."""
    assert {path for _, path in RECEIPTS} == {"/contacts/{contact_id}"}
    assert ENDPOINTS[OUTCOME] is OPEN
