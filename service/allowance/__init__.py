"""Who may how often, counted for all workers and replicas together: in a store that they share, and nothing else."""
