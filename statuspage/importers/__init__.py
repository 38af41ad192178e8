"""Importers: what another product holds comes in, with a dry run and a list of what cannot be."""
