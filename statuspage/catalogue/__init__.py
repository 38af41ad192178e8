"""The catalogue as one document: exported, compared with what is there, applied as one change."""
