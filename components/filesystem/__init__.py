"""Files beside the database."""
