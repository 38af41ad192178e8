"""The desk: the command palette, and rows of who is silent."""
