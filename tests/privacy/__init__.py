"""Contacts full of markers are sent through everything and into every failure; afterwards each byte is searched."""
