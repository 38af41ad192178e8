"""Measures the product beside its alternatives on this machine; see README.md. Asserts nothing."""
