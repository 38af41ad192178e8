"""`python -m tests.store.run NAME FOLDER` calls `main(FOLDER)` of a program here, Django set up."""

import os
import sys
from importlib import import_module
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    django.setup()
    import_module(f"tests.store.{sys.argv[1]}").main(Path(sys.argv[2]))
