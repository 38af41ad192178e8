"""The ways to people: what they have in common, and one module for each in `kinds`."""
