"""Moves a database between versions of the tables in `models/`. Run by `service/record/schema.py`, or by `alembic`."""
