"""Turns errors of the database into refusals for the caller: either the database is away, or it refuses one row."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from service.errors import RefusalError, StorageUnavailableError

RETRY_AFTER_SECONDS = 1
MEND = "Send it again with the same Idempotency-Key."
WAITED_IN_A_CIRCLE = {"40001", "40P01"}
"""PostgreSQL's serialization failure and deadlock: two replicas met over several rows. One row alone is safe."""


class DatabaseAwayError(StorageUnavailableError):
    """The database is away for reads and writes. A write may have happened all the same, and may be kept elsewhere."""


class RowRefusedError(StorageUnavailableError):
    """The database is there, and would refuse this row at any other time too."""


def is_about_one_row(error: Exception) -> bool:
    """Return True if other rows can still be written. False: the database is unreachable, locked, full or damaged."""
    if not isinstance(error, DBAPIError):
        return True  # raised on our side of the driver: a value that cannot be sent
    if error.connection_invalidated:
        return False
    is_in_the_way = getattr(error.orig, "sqlstate", None) in WAITED_IN_A_CIRCLE
    return is_in_the_way or isinstance(error, IntegrityError | DataError | ProgrammingError)


def as_refusal(error: Exception) -> RefusalError:
    """Turn `error` into a refusal for the caller. The original error stays the cause."""
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
