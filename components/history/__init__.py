"""A component's history: writes the two layers, and the status that follows from them."""
