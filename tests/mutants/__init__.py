"""Mutation testing of the pure rules: `make mutants`; see README.md beside this."""
