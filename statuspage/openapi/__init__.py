"""Generation of the OpenAPI document: every operation, with schemas and examples.

Nothing here is imported by a running server: the document is generated when the API changes
(`make schema`), kept beside this file and served as it is. A generator and all that it imports
would cost each web process some 30 MB for a file that never differs.
"""
