"""Bounces: mail that came back, how it is reported, and what becomes of the address."""
