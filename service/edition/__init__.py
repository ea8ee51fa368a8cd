"""Which catalogue and bundle are served, and how they are exchanged while serving."""
