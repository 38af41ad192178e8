"""Readers: consumers of work that report by heartbeat (contract K)."""
