"""Channels to recipients: their interface, and one module for each in `kinds`."""
