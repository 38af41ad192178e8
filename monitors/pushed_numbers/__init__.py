"""Monitors of the kind `number`: taking numbers in, and noticing that none comes."""
