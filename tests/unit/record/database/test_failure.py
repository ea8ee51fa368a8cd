"""Which errors of a driver doom a whole batch, and which only one of its rows."""

from __future__ import annotations

import psycopg.errors
import pytest
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InternalError, OperationalError, ProgrammingError

from service.record.database.failure import is_about_one_row


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (IntegrityError("", None, Exception()), True),  # a value is missing, or there twice
        (DataError("", None, Exception()), True),  # PostgreSQL: a text with a NUL
        (ProgrammingError("", None, Exception()), True),  # a type that the driver cannot send
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogate"), True),  # the driver does not wrap this one
        (OperationalError("", None, psycopg.errors.DeadlockDetected()), True),  # two replicas; fewer rows get through
        (OperationalError("", None, Exception("disk is full")), False),
        (OperationalError("", None, psycopg.errors.AdminShutdown()), False),
        (InternalError("", None, psycopg.errors.ReadOnlySqlTransaction()), False),  # a replica after a failover
        (DBAPIError("", None, Exception("malformed")), False),  # a damaged SQLite file
        (IntegrityError("", None, Exception(), connection_invalidated=True), False),
    ],
)
def test_an_error_is_about_one_row_or_about_the_database(error: Exception, *, expected: bool) -> None:
    """The rows of the table give the reasons."""
    assert is_about_one_row(error) is expected
