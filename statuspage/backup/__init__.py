"""Backups of the store, restoring them, and moving the store to another database."""
