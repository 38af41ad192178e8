"""Values that several apps share, each with its one rule. No Django."""
