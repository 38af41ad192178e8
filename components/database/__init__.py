"""The database as a thing that may be away: what tells so, how it is logged, what is dropped."""
