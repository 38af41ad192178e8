"""Makes a drill's store: the tables, and a catalogue from a file. Run as a module."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from statuspage import preset

    call_command("migrate", verbosity=0)
    preset.load(preset.read(sys.argv[1]))


if __name__ == "__main__":
    main()
