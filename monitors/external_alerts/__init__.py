"""Monitors of the kind `external`: taking alerts in, and noticing that their sender is silent."""
