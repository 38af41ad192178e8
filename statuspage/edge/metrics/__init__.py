"""`/metrics`: figures of the product as Prometheus text (contract P09)."""
