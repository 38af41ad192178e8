"""The Model Context Protocol: tools by which assistants read what is public, and write drafts.

The library is the extra `mcp`; only `server` and `endpoint` import it, when they are asked.
"""
