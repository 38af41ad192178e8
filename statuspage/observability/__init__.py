"""What the product tells of itself while it runs, without Django: lines of log, and traces."""
