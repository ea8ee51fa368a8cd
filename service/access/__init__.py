"""Decides which callers may call, and how often."""
