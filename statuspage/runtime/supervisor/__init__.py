"""The supervisor of `up`: starts processes, watches their progress, restarts them."""
