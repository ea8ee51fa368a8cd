"""Checks of the house that look at the source as a whole: its prose and its structure."""
