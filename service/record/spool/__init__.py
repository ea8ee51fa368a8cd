"""Decisions kept in files while the database is away, and replayed after it."""
