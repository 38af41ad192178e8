"""What pages are, apart from what they show: faces, addresses, and what may be written of them."""
