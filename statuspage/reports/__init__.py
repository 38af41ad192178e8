"""Monthly reports: how long each component, group and page was in which status; frozen, signed."""
