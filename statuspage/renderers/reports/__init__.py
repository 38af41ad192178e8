"""Monthly reports as pages and as CSV; the JSON is the document itself."""
