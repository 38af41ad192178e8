"""Writers of a message for chat services, each in that service's own marks. No Django."""
