"""What a routed contact takes in the database: `python -m tests.benchmarks.storage --bundle var/bundle`.

Contacts are routed through the whole service, each once under an id of its own, as most contacts come: into an SQLite
file and into a PostgreSQL of this run's own. Growth is counted against the migrated, empty database, indexes included.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from models import metadata
from service.record.database import schema
from tests.benchmarks.texts import read_texts
from tests.support.app import serving, settings_for
from tests.support.bundles import ROOT
from tests.support.postgres import running_postgresql

TEXTS = ROOT / "tests" / "data" / "starter_held_out.jsonl"
Sizes = dict[str, tuple[int, float]]
"""Rows, and bytes for each contact, of every table that grew."""


def main() -> None:
    """Route contacts into both databases and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.storage", description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="of the starter catalogue")
    parser.add_argument("--contacts", type=int, default=2_000)
    options = parser.parse_args()
    texts = tuple(itertools.islice(itertools.cycle(read_texts(TEXTS)), options.contacts))
    with tempfile.TemporaryDirectory() as folder:
        of_file = in_sqlite(options.bundle, Path(folder), texts)
    of_tables = in_postgresql(options.bundle, texts)
    _print(len(texts), of_file, of_tables)


def in_sqlite(bundle: Path, home: Path, texts: Sequence[str]) -> float:
    """Bytes for each contact that the file grew by."""
    file = home / "errand.db"
    url = f"sqlite:///{file}"
    schema.upgrade(url)
    empty = file.stat().st_size
    asyncio.run(_route(bundle, home, url, texts))  # leaving it checkpoints the log into the file
    return (file.stat().st_size - empty) / len(texts)


def in_postgresql(bundle: Path, texts: Sequence[str]) -> Sizes:
    """Rows and bytes for each contact, by table."""
    with running_postgresql() as server, server.database() as url, tempfile.TemporaryDirectory() as home:
        schema.upgrade(url)
        empty = _sizes(url)
        asyncio.run(_route(bundle, Path(home), url, texts))
        grown = _sizes(url)
    return {
        name: (rows, (size - empty[name][1]) / len(texts))
        for name, (rows, size) in grown.items()
        if rows > empty[name][0]
    }


async def _route(bundle: Path, home: Path, url: str, texts: Sequence[str]) -> None:
    async with serving(settings_for(bundle, home, database_url=url)) as caller:
        for number, text in enumerate(texts):
            await caller.route(text, contact_id=f"contact-{number}", channel="voice", entry_point="store-line")


def _sizes(url: str) -> dict[str, tuple[int, int]]:
    with psycopg.connect(url) as connection:
        return {table.name: _size(connection, table.name) for table in metadata.sorted_tables}


def _size(connection: psycopg.Connection, table: str) -> tuple[int, int]:
    query = f"SELECT (SELECT count(*) FROM {table}), pg_total_relation_size('{table}')"  # noqa: S608  (a name of ours)
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    rows, size = found
    return int(rows), int(size)


def _print(contacts: int, of_file: float, of_tables: Sizes) -> None:
    table = Table("PostgreSQL", "rows", "bytes a contact", title=f"{contacts:,} contacts")
    for name, (rows, size) in sorted(of_tables.items(), key=lambda item: -item[1][1]):
        table.add_row(name, f"{rows:,}", f"{size:,.0f}")
    total = sum(size for _, size in of_tables.values())
    table.add_row("all", "", f"{total:,.0f}")
    table.add_row("SQLite, the file", "", f"{of_file:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
