"""Where the public signs up to be told, and leaves again."""
