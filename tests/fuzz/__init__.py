"""Inputs that nobody would write, by the million: parsers, the redactor, and the API by its own document."""
