"""`manage.py machines`: the machines that work with the database, and the end of one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.models import Reader
from statuspage.models import MachineKeys
from statuspage.runtime import progress
from statuspage.runtime.health import silent_roles


class Command(BaseCommand):
    help = "Shows each machine's roles and when they last made progress, or forgets a machine."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forget",
            metavar="NAME",
            help="a machine that was taken away, or has fewer roles now: its silent roles alarm "
            "nobody any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forget"]:
            self._forget(options["forget"])
            return
        for machine, ages in progress.ages_by_machine().items():
            text = ", ".join(f"{role} {age:.0f} s ago" for role, age in ages.items())
            silent = "   silent" if silent_roles(dict(ages)) else ""
            self.stdout.write(f"{machine:<24} {text}{silent}")

    def _forget(self, machine: str) -> None:
        by_machine = progress.ages_by_machine()
        if machine not in by_machine:
            known = ", ".join(by_machine) or "none"
            raise CommandError(f"There is no machine {machine}; there are: {known}.")
        ages = by_machine[machine]
        silent = [role for role, age in ages.items() if silent_roles({role: age})]
        if not silent:
            raise CommandError(f"{machine} is at work: stop its roles first.")
        progress.forget(machine, silent)
        Reader.objects.filter(name__in=[f"{machine}/{role}" for role in silent], own=True).delete()
        if len(silent) == len(ages):
            MachineKeys.objects.filter(machine=machine).delete()
        self.stdout.write(f"{', '.join(silent)} on {machine}: forgotten until at work again")
