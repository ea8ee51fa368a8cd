"""Calls to fulfilment systems: what they are asked, what they may answer, and what happens when they fail."""
