"""Detectors, one module a kind of personal detail."""
