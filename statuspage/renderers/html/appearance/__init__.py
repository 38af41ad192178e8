"""How states and brands look on a page."""
