"""What load balancers and scripts ask a page."""
