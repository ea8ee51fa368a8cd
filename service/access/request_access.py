"""Decides whether a request may be made: by its key or token, its page, the scopes of its role, and its rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.types import Scope as HttpScope

from service.access.client_network import Network, network_of
from service.access.endpoint import ENDPOINTS, OPEN, OUTCOME, RECEIPTS, Endpoint, NoEndpointError, endpoint_of
from service.access.keyring import Keyring
from service.access.rate_limit import InProcessLimiter, Limiter, Lockout
from service.domain.key import BY_TOKEN_PER_NETWORK_AND_MINUTE, Principal, Role, Scope, roles_with
from service.errors import ForbiddenError, LimitError, LockoutError, NoKeyError, NotFoundError, OriginError
from service.record.identity import Identity

PRINCIPAL: Final = "errand.principal"
SECOND: Final = 10**9


class Access:
    """Admits the requests of one worker."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        identity: Identity,
        proxies: Sequence[Network] = (),
        limiter: Limiter | None = None,
        ticks: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._keyring = keyring
        self._identity = identity
        self._proxies = proxies
        self._limiter = limiter or InProcessLimiter()
        self._lockout = Lockout(self._limiter)
        self._ticks = ticks

    def known_origin(self, headers: Mapping[bytes, bytes]) -> bytes | None:
        """Return the origin of a request, or `None` unless the key of a website names it."""
        origin = headers.get(b"origin")
        return origin if origin is not None and origin.decode("latin-1") in self._keyring.origins else None

    def is_preflight(self, scope: HttpScope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a browser asks for the rights of a page. Raises OriginError if its origin is in no website's key."""
        if scope["method"] != "OPTIONS" or b"access-control-request-method" not in headers:
            return False
        if not self._keyring.is_needed:
            return False
        if self.known_origin(headers) is None:
            raise OriginError(
                "No website's key names this origin.",
                field="Origin",
                mend="errand keys create --role website --origin … names the origins of a website.",
            )
        return True

    async def admit(self, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        """Return if the request may be made, with its principal in the scope. Otherwise raise an AccessError.

        A wrong token of a contact raises NotFoundError, so that the answer hides whether the contact is held.
        """
        try:
            endpoint = endpoint_of(scope["method"], scope["path"])
        except NoEndpointError:
            if not self._keyring.is_needed:
                return
            await self._identify(scope, headers)
            raise ForbiddenError("No key may ask for this.", mend="What there is to ask for stands at /docs.") from None
        token = headers.get(b"contact-token")
        if endpoint in RECEIPTS and token is not None:
            await self._admit_contact(token.decode("latin-1"), scope, headers)
        elif self._keyring.is_needed:
            await self._admit_key(endpoint, scope, headers)

    async def _admit_contact(self, token: str, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        """Count good tokens only, so that guesses leave the allowance of neighbours in the network untouched."""
        contact_id = scope["path"].rpartition("/")[2]
        if self._identity.is_contact_token(contact_id, token):
            await self._count_bearer("contact", scope, headers)
            return
        await self._count_guess(scope, headers, field="Contact-Token")
        raise NotFoundError("Nothing is held about that contact.", field="contact_id")

    async def _admit_key(self, endpoint: Endpoint, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        needed = ENDPOINTS[endpoint]
        if needed is OPEN:
            if endpoint == OUTCOME:
                await self._count_outcome(scope, headers)
            return
        principal = await self._identify(scope, headers)
        if principal.role is Role.WEBSITE:
            require_own_origin(principal, headers)
        require_scope(principal, needed)
        await self._count(principal, scope, headers)
        scope[PRINCIPAL] = principal

    async def _identify(self, scope: HttpScope, headers: Mapping[bytes, bytes]) -> Principal:
        principal = self._find(headers)
        if principal is None:
            if b"authorization" in headers:
                await self._count_guess(scope, headers, field="Authorization")
            raise no_key()
        return principal

    def _find(self, headers: Mapping[bytes, bytes]) -> Principal | None:
        """Return the principal of a request's key, or `None` without a good key."""
        scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        return self._keyring.find(key.strip()) if scheme.lower() == "bearer" else None

    async def _count_guess(self, scope: HttpScope, headers: Mapping[bytes, bytes], *, field: str) -> None:
        """Raise LockoutError after too many guesses. Without keys everything is open, and guesses stay uncounted."""
        if not self._keyring.is_needed:
            return
        wait = await self._lockout.fail(network_of(scope, headers, self._proxies), now=self._ticks())
        if wait:
            raise LockoutError(
                "Too many keys and tokens that are not good came from this network; a good one is still let in.",
                field=field,
                mend="Send it as it was shown when it was made.",
                retry_after_seconds=in_seconds(wait),
            )

    async def _count_outcome(self, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        """Count a system that sends its key by that key: it may tell of all its contacts from one address."""
        principal = self._find(headers)
        if principal is None or principal.role is Role.WEBSITE:
            await self._count_bearer("outcome", scope, headers)
        else:
            await self._count(principal, scope, headers)

    async def _count_bearer(self, what: str, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        if not self._keyring.is_needed:
            return
        wait = await self._limiter.take(
            f"{what} {network_of(scope, headers, self._proxies)}",
            per_minute=BY_TOKEN_PER_NETWORK_AND_MINUTE,
            now=self._ticks(),
        )
        if wait:
            raise LimitError(
                "This network has made as many requests by token as it may for now.",
                mend="Send it again after Retry-After seconds. A system sends its key along, and is counted by that.",
                retry_after_seconds=in_seconds(wait),
            )

    async def _count(self, principal: Principal, scope: HttpScope, headers: Mapping[bytes, bytes]) -> None:
        """Count the network first, so that a network over its limit leaves the allowance of the key untouched."""
        now, limits = self._ticks(), principal.limits
        wait = 0
        if limits.of_network is not None:
            name = f"{principal.key_id} {network_of(scope, headers, self._proxies)}"
            wait = await self._limiter.take(name, per_minute=limits.of_network, now=now)
        if not wait:
            wait = await self._limiter.take(principal.key_id, per_minute=limits.of_key, now=now)
        if wait:
            raise LimitError(
                "This key has made as many requests as it may for now.",
                field="Authorization",
                mend="Send it again after Retry-After seconds.",
                retry_after_seconds=in_seconds(wait),
            )


def no_key() -> NoKeyError:
    """Return the same error for every bad key, so that the answer hides which keys exist or existed."""
    return NoKeyError(
        "A key is needed, and none that is good was sent.",
        field="Authorization",
        mend="Send Authorization: Bearer errand_…; the operator makes keys with: errand keys create",
    )


def require_own_origin(principal: Principal, headers: Mapping[bytes, bytes]) -> None:
    if headers.get(b"origin", b"").decode("latin-1") not in principal.origins:
        raise OriginError(
            "This key is a website's, and the request does not come from a page of that website.",
            field="Origin",
            mend="Name the website's origins when its key is made: errand keys create --role website --origin …",
        )


def require_scope(principal: Principal, needed: Scope, *, field: str = "Authorization") -> None:
    """Raise ForbiddenError that names the missing scope, if the role lacks it."""
    if needed not in principal.scopes:
        roles = ", ".join(roles_with(needed))
        raise ForbiddenError(
            f"The role {principal.role} lacks the scope {needed}.", field=field, mend=f"Roles that have it: {roles}."
        )


def require(request: Request, needed: Scope, *, field: str) -> None:
    """Require a scope that depends on the body of a request. While there are no keys, every request passes."""
    principal: Principal | None = request.scope.get(PRINCIPAL)
    if principal is not None:
        require_scope(principal, needed, field=field)


def may(request: Request, needed: Scope) -> bool:
    """Whether the caller has a scope. While there are no keys, every caller has it."""
    principal: Principal | None = request.scope.get(PRINCIPAL)
    return principal is None or needed in principal.scopes


def in_seconds(wait: int) -> int:
    return math.ceil(wait / SECOND)
