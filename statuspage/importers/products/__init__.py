"""One module for each product: its file becomes one description; nothing here knows the store."""
