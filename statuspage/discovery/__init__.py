"""Discovery: components and monitors of what a file of targets, or containers' labels, name."""
