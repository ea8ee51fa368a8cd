"""Values that the steps share, one noun a module. No I/O, no settings, nothing of HTTP or SQL."""
