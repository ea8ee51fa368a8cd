"""HTTP: one small file a resource. A route validates, calls one thing, and returns."""
