"""Creation of a drill's store: `--tables`, or a catalogue from a file. Run as a module.

With the catalogue comes a key for the API, which is all that is printed.
"""

import os
import sys

import django

SCOPES = ("status:read", "status:write", "monitors:write", "alerts:write")


def main(argument: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  (after django.setup())
    from django.db import connection  # noqa: PLC0415  (after django.setup())

    from statuspage.access import tokens  # noqa: PLC0415  (after django.setup())
    from statuspage.catalogue_files import preset  # noqa: PLC0415  (after django.setup())

    if argument == "--tables":
        call_command("migrate", verbosity=0)
    else:
        preset.load(preset.read(argument))
        key = tokens.create(name="drill", scopes=SCOPES)
        sys.stdout.write(key)
    # What is still in SQLite's log gets into its file, which is copied.
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
