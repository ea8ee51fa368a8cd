"""HTTP: one small file for each resource. A route validates, calls one thing, and returns."""
