"""Puts a description into the store, each thing once; the one writer of all importers.

An import changes nothing here but what it creates: what came in before stays as it is, and so does
what people made. Each thing is one transaction, so that an import that was interrupted goes on
where it was, and nobody waits for a long one. Nobody is told of anything.
"""
