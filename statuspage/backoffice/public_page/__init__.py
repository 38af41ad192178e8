"""What staff set of the public page itself."""
