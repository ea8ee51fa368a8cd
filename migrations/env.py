"""How Alembic reaches the database: over the connection it is handed, or, from the command line, by a URL.

    alembic revision --autogenerate -m "what changes"
    alembic -x url=postgresql+psycopg://… check

Without `-x url=` the command line takes ERRAND_DATABASE_URL.
"""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from models import metadata


def migrate(connection: Connection) -> None:
    # One transaction around everything, on SQLite too: a crash half-way leaves the old schema, not half of the new one.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_by_url() -> None:
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get("ERRAND_DATABASE_URL")
    if url is None:
        raise SystemExit("Say which database: alembic -x url=sqlite:///var/errand.db …, or set ERRAND_DATABASE_URL.")
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        migrate(connection)


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; SQL scripts are not produced.")
handed_over = context.config.attributes.get("connection")
if handed_over is None:
    migrate_by_url()
else:
    migrate(handed_over)
