"""Uptime: what a component's history adds up to, and which layer of it counts. Pure rules."""
