"""Everything Errand raises on purpose, and who must act on it.

    ErrandError
    ├── SettingsError            the operator: a setting is wrong or contradicts another
    ├── CatalogueError           the designer: the catalogue has mistakes (all of them are listed)
    ├── BundleError              the operator: a bundle is missing, damaged or of another format
    ├── DatasetError             the trainer: a training or test file cannot be used
    ├── SchemaError              the operator: the database is ahead of, or behind, this version
    └── RefusalError             the caller: one request is refused; carries an HTTP status
        ├── InvalidRequestError        422  a field is missing, too long, of the wrong type …
        ├── MalformedBodyError         400  the body is not UTF-8 JSON
        ├── UnsupportedMediaTypeError  415  the body is not declared as JSON
        ├── BodyTooLargeError          413  more bytes than a contact may have
        ├── NotFoundError              404  nothing is held under that id
        ├── IdempotencyConflictError   409  the same key was used for another request
        ├── TurnConflictError          409  other turns of the contact came in between, several times over
        ├── StaleTurnError             409  a turn of this number was applied, and was another
        ├── TurnAheadError             409  turns before this one have not come yet
        ├── OverloadedError            503  more waiting work than the bound
        └── StorageUnavailableError    503  the decision could not be committed

Abstaining is not an error: it is a decision with a reason (`domain.Abstention`).
No message here may hold a customer's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ErrandError(Exception):
    """Root of the tree; `code` is stable and may be matched by programs."""

    code = "internal_error"


class SettingsError(ErrandError):
    code = "invalid_settings"


class BundleError(ErrandError):
    code = "invalid_bundle"


class DatasetError(ErrandError):
    code = "invalid_dataset"


class SchemaError(ErrandError):
    code = "schema_mismatch"


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


class OverloadedError(RefusalError):
    code = "overloaded"
    status = 503
    title = "More work is waiting than is admitted"


class StorageUnavailableError(RefusalError):
    code = "storage_unavailable"
    status = 503
    title = "The decision could not be committed"
