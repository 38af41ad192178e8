"""The tests: `APP/ROOM/test_MODULE.py`, and rooms of their own for what spans many."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""
DOCS = ROOT / "docs"
APPS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
