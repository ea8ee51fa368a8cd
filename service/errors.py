"""Every error that Errand raises on purpose, and the role that must act on it.

    ErrandError
    ├── SettingsError            the operator: a setting is wrong or contradicts another
    ├── CatalogueError           the designer: the catalogue has mistakes (all of them are listed)
    ├── BundleError              the operator: a bundle is missing, damaged or of another format
    │   └── BundleAwayError          the operator: the place that a bundle was published from cannot be read
    ├── EditionError             the operator: the published edition cannot be used here
    ├── DatasetError             the trainer: a training or test file cannot be used
    ├── SchemaError              the operator: the database is ahead of, or behind, this version
    ├── SpoolError               the operator: a running service owns the spool that a command needs
    ├── DemoError                the operator: a process of the demo has ended, or a story is unfinished
    └── RefusalError             the caller: one request is refused, with an HTTP status
        ├── InvalidRequestError        422  a field is missing, too long, of the wrong type …
        ├── MalformedBodyError         400  the body is anything but UTF-8 JSON
        ├── UnsupportedMediaTypeError  415  the body lacks its declaration as JSON
        ├── MalformedHeadError         400  the bytes are anything but HTTP
        ├── HeadTooLargeError          431  address and headers exceed the limit of a request
        ├── SlowHeadError              408  address and headers came too late
        ├── SlowBodyError              408  the body came too late
        ├── BodyTooLargeError          413  the body exceeds the limit of a contact
        ├── NotFoundError              404  the id is unknown
        ├── IdempotencyConflictError   409  the same key was used for another request
        ├── TurnConflictError          409  other turns of the contact came in between, several times over
        ├── StaleTurnError             409  another turn was applied under this number
        ├── TurnAheadError             409  earlier turns are still missing
        ├── PromiseHeldError           409  another desk holds the promise
        ├── PromiseEndedError          409  the promise was kept, failed or withdrawn before
        ├── OverloadedError            503  more work is waiting than the limit
        ├── AccessError                     the caller may not do this, or only later
        │   ├── NoKeyError             401  the key is missing or invalid
        │   ├── ForbiddenError         403  the key's role lacks the permission
        │   ├── OriginError            403  a website's key is used from another page
        │   ├── LimitError             429  more requests than the key may make
        │   └── LockoutError           429  too many bad keys came from this network
        └── StorageUnavailableError    503  the decision could not be committed

Abstaining is a decision with a reason (`domain.understanding.Abstention`), so it is missing here.
Messages here must be free of customers' text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


class ErrandError(Exception):
    """Root of the tree. `code` is stable, so that programs may match it."""

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
    """One mistake in a catalogue, with its place, so that an editor can jump there."""

    severity: str
    """`error` (the catalogue is refused) or `warning`."""
    rule: str
    """Stable name of the broken rule, for example `duplicate_example`."""
    file: str
    line: int
    """1-based, or 0 if something is missing from the whole folder."""
    where: str
    """Dotted place inside the file, for example `intents.find_product.path`."""
    message: str
    mend: str
    """The correction, as one sentence."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message} {self.mend} [{self.rule}]"


class CatalogueError(ErrandError):
    """The catalogue cannot be used. `problems` lists every mistake found, in file order."""

    code = "invalid_catalogue"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusalError(ErrandError):
    """One request is refused. `field` is the dotted place at fault, and `mend` is the correction."""

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


class PromiseHeldError(RefusalError):
    code = "promise_held"
    status = 409
    title = "Another desk holds this promise"


class PromiseEndedError(RefusalError):
    code = "promise_ended"
    status = 409
    title = "This promise has ended"


class AccessError(RefusalError):
    """Root of refusals because of the caller, or of too many requests. `code` is the reason that is counted."""


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
