"""Tells other systems what has happened: takes announcements from where they are kept to a broker, and nothing else."""
