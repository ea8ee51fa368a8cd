"""Keeps what was promised: decisions, the answers to repeats, daily keys. The only SQL of the service.

Writes go through one thread that commits whatever is waiting in one transaction (`writer`), reads through a few threads
of their own (`reader`); the event loop only queues and awaits. `recorder` is what the rest of the service uses.
"""

import logging

# Alembic tells of its plugins as it is imported and of every step as it migrates; `schema` says what matters.
logging.getLogger("alembic").setLevel(logging.WARNING)
