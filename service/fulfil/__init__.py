"""Calls to fulfilment systems: bodies, answers, signatures, and the handling of failures."""
