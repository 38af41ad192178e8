"""What the kind `endpoint` consists of, beside its prober."""
