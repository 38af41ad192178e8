"""Views of what other systems send about components: alerts and numbers."""
