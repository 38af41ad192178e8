"""The remote probe: a process that probes from elsewhere and needs no database."""
