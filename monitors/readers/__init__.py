"""Readers: whatever consumes work and reports by heartbeat (contract K)."""
