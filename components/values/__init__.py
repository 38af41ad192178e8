"""Values that several apps share, each with its one rule: nothing here knows Django."""
