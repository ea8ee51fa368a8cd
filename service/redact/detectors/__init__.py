"""Detectors, with one module for each kind of personal detail."""
