"""What the edge does while the database is away: what it shows first, what it answers, and when."""
