"""SQLite as Django's backend, with outages noted."""
