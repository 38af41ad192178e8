"""Keeps the processes of `up` running: starts them, watches their progress, starts them again."""
