"""The parts of the kind `endpoint`, beside its prober."""
