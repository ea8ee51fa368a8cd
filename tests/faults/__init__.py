"""Errand is damaged while it works, and what its callers were told is held against what it has kept."""
