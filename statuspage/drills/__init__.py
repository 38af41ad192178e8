"""Fault drills: real processes on a private store, a fault, and one line of results."""
