"""The languages of what visitors and subscribers read: their texts, plurals, dates and numbers."""
