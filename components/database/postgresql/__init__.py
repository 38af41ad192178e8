"""PostgreSQL as Django's backend, for a database that may fail over to another server."""
