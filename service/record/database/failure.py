"""Tells a database that is away from a row that it refuses, and turns either into a refusal for the caller."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from service.errors import RefusalError, StorageUnavailableError

RETRY_AFTER_SECONDS = 1
MEND = "Send it again with the same Idempotency-Key."
WAITED_IN_A_CIRCLE = {"40001", "40P01"}
"""PostgreSQL's serialization failure and deadlock: two replicas met over several rows; over one they cannot."""


class DatabaseAwayError(StorageUnavailableError):
    """Nothing can be read or written now; what was to be written may have been, and may be kept elsewhere."""


class RowRefusedError(StorageUnavailableError):
    """The database is there, and will not take this row at any other time either."""


def is_about_one_row(error: Exception) -> bool:
    """Whether other rows could still be written: not if the database is unreachable, locked, full or damaged."""
    if not isinstance(error, DBAPIError):
        return True  # raised on our side of the driver: a value that cannot be sent
    if error.connection_invalidated:
        return False
    is_in_the_way = getattr(error.orig, "sqlstate", None) in WAITED_IN_A_CIRCLE
    return is_in_the_way or isinstance(error, IntegrityError | DataError | ProgrammingError)


def as_refusal(error: Exception) -> RefusalError:
    """What a caller is told about `error`; the original stays its cause."""
    if isinstance(error, RefusalError):
        return error
    refusal: RefusalError
    if is_about_one_row(error):
        refusal = RowRefusedError("The database refused this row.")
    else:
        refusal = away("The database cannot be reached or cannot write.")
    refusal.__cause__ = error
    return refusal


def unavailable(detail: str) -> StorageUnavailableError:
    return StorageUnavailableError(detail, mend=MEND, retry_after_seconds=RETRY_AFTER_SECONDS)


def away(detail: str = "The database is away.") -> DatabaseAwayError:
    return DatabaseAwayError(detail, mend=MEND, retry_after_seconds=RETRY_AFTER_SECONDS)
