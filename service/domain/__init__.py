"""Values that the steps share, one noun a module. I/O, settings, HTTP and SQL stay outside."""
