"""Real programs that drills set up beside the product, each with a store of its own."""
