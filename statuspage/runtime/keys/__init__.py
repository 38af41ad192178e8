"""The keys of a machine against those that its database works with."""
