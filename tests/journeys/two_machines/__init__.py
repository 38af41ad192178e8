"""Two machines, a PostgreSQL pair and a proxy on one host, run by the documentation's commands."""
