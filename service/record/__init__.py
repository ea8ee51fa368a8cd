"""Keeps everything the service has promised: decisions, answers to repeats, daily keys. The only SQL of the service.

Writes go through one thread that commits all waiting writes in one transaction (`database/writer`). Reads go through
a few threads of their own (`database/reader`). The event loop only queues and awaits. The rest of the service uses
`recorder`.
"""

import logging

# Alembic logs its plugins on import and every step of a migration. `database/schema` reports the result.
logging.getLogger("alembic").setLevel(logging.WARNING)
