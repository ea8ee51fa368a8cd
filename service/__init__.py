"""Errand: finds out what a customer came for and sends the contact to where it gets done."""

__version__ = "0.1.0"
