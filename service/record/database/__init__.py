"""Connections, transactions, the group commit and the state of the database."""
