"""What the commands of `errand` do; `service.cli` says how they are called."""
