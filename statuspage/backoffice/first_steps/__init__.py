"""The first steps: what an owner of a fresh product does on the desk, from password to page."""
