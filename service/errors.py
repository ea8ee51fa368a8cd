"""Everything Errand raises on purpose, and who must act on it.

    ErrandError
    ├── SettingsError            the operator: a setting is wrong or contradicts another
    ├── CatalogueError           the designer: the catalogue has mistakes (all of them are listed)
    ├── BundleError              the operator: a bundle is missing, damaged or of another format
    │   └── BundleAwayError          the operator: where a bundle was published from, nothing can be read
    ├── EditionError             the operator: what was published cannot be used here
    ├── DatasetError             the trainer: a training or test file cannot be used
    ├── SchemaError              the operator: the database is ahead of, or behind, this version
    ├── SpoolError               the operator: a running service owns what a command was to work on
    ├── DemoError                the operator: a process of the demo has ended, or a story came to no end
    └── RefusalError             the caller: one request is refused; carries an HTTP status
        ├── InvalidRequestError        422  a field is missing, too long, of the wrong type …
        ├── MalformedBodyError         400  the body is not UTF-8 JSON
        ├── UnsupportedMediaTypeError  415  the body is not declared as JSON
        ├── MalformedHeadError         400  what came is no HTTP
        ├── HeadTooLargeError          431  address and headers are more than a request may have
        ├── SlowHeadError              408  address and headers did not come in time
        ├── SlowBodyError              408  the body did not come in time
        ├── BodyTooLargeError          413  more bytes than a contact may have
        ├── NotFoundError              404  nothing is held under that id
        ├── IdempotencyConflictError   409  the same key was used for another request
        ├── TurnConflictError          409  other turns of the contact came in between, several times over
        ├── StaleTurnError             409  a turn of this number was applied, and was another
        ├── TurnAheadError             409  turns before this one have not come yet
        ├── OverloadedError            503  more waiting work than the bound
        ├── AccessError                     who calls may not, or not now
        │   ├── NoKeyError             401  there is no key, or not a good one
        │   ├── ForbiddenError         403  the key's role may not do this
        │   ├── OriginError            403  a website's key is used from another page
        │   ├── LimitError             429  more requests than the key may make
        │   └── LockoutError           429  too many bad keys came from this network
        └── StorageUnavailableError    503  the decision could not be committed

Abstaining is not an error: it is a decision with a reason (`domain.Abstention`).
No message here may hold a customer's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


class ErrandError(Exception):
    """Root of the tree; `code` is stable and may be matched by programs."""

    code = "internal_error"


class SettingsError(ErrandError):
    code = "invalid_settings"


class BundleError(ErrandError):
    code = "invalid_bundle"


class BundleAwayError(BundleError):
    code = "bundle_away"


class EditionError(ErrandError):
    code = "invalid_edition"


class DatasetError(ErrandError):
    code = "invalid_dataset"


class SchemaError(ErrandError):
    code = "schema_mismatch"


class SpoolError(ErrandError):
    code = "spool_in_use"


class DemoError(ErrandError):
    code = "demo_broke_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a catalogue, placed so that an editor can jump to it."""

    severity: str
    """`error` (refuses to load) or `warning`."""
    rule: str
    """Stable name of the rule that was broken, for example `duplicate_example`."""
    file: str
    line: int
    """1-based; 0 where the mistake is an absence in the whole folder."""
    where: str
    """Dotted place inside the file, for example `intents.find_product.path`."""
    message: str
    mend: str
    """What to write instead, as one sentence."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message} {self.mend} [{self.rule}]"


class CatalogueError(ErrandError):
    """The catalogue cannot be used; `problems` lists every mistake found, in file order."""

    code = "invalid_catalogue"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusalError(ErrandError):
    """One request is refused. `field` is the dotted place at fault, `mend` says what to send instead."""

    code = "refused"
    status = 400
    title = "The request was refused"
    headers: ClassVar[Mapping[str, str]] = {}
    """Sent with every refusal of the class."""

    def __init__(
        self, detail: str, *, field: str | None = None, mend: str | None = None, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.mend = mend
        self.retry_after_seconds = retry_after_seconds


class InvalidRequestError(RefusalError):
    code = "invalid_request"
    status = 422
    title = "A field of the request is not valid"


class MalformedBodyError(RefusalError):
    code = "malformed_body"
    status = 400
    title = "The body cannot be read"


class UnsupportedMediaTypeError(RefusalError):
    code = "unsupported_media_type"
    status = 415
    title = "The body must be JSON"


class MalformedHeadError(RefusalError):
    code = "malformed_request"
    status = 400
    title = "The request is not HTTP"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class HeadTooLargeError(RefusalError):
    code = "head_too_large"
    status = 431
    title = "The headers are too large"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class SlowHeadError(RefusalError):
    code = "head_too_slow"
    status = 408
    title = "The headers did not come in time"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class SlowBodyError(RefusalError):
    code = "body_too_slow"
    status = 408
    title = "The body did not come in time"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class BodyTooLargeError(RefusalError):
    code = "body_too_large"
    status = 413
    title = "The body is too large"


class NotFoundError(RefusalError):
    code = "not_found"
    status = 404
    title = "Nothing is held under that id"


class IdempotencyConflictError(RefusalError):
    code = "idempotency_conflict"
    status = 409
    title = "This Idempotency-Key was used for another request"


class TurnConflictError(RefusalError):
    code = "turn_conflict"
    status = 409
    title = "Other turns of this contact came in between"


class StaleTurnError(RefusalError):
    code = "stale_turn"
    status = 409
    title = "Another turn was applied under this number"


class TurnAheadError(RefusalError):
    code = "turn_ahead"
    status = 409
    title = "Turns before this one have not come yet"


class AccessError(RefusalError):
    """Root of what is refused for who calls, or how often; `code` is the reason under which it is counted."""


class NoKeyError(AccessError):
    code = "no_key"
    status = 401
    title = "A key is needed"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="errand"'}


class ForbiddenError(AccessError):
    code = "forbidden"
    status = 403
    title = "The role of this key may not do that"


class OriginError(AccessError):
    code = "origin"
    status = 403
    title = "This key may not be used from here"


class LimitError(AccessError):
    code = "limit"
    status = 429
    title = "More requests than may be made for now"


class LockoutError(AccessError):
    code = "lockout"
    status = 429
    title = "Too many keys or tokens that are not good came from this network"


class OverloadedError(RefusalError):
    code = "overloaded"
    status = 503
    title = "More work is waiting than is admitted"


class StorageUnavailableError(RefusalError):
    code = "storage_unavailable"
    status = 503
    title = "The decision could not be committed"
