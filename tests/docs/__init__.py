"""The documentation: every block is run or checked, every page has its place, links lead on."""
