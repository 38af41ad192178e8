"""The machines that PostgreSQL runs on: its own programs, and a unit as a distribution has one."""

import os
import shutil
from pathlib import Path

from tests.journeys.two_machines.machine import Machine

CLUSTER = "/var/lib/postgresql/17/main"
_PROGRAMS = ("createuser", "createdb", "dropdb", "psql", "pg_basebackup")
_ACCOUNT = "nobody"
"""Who runs it where the test is root, as which PostgreSQL refuses to run."""
_UNIT = """\
[Service]
ExecStart={become}{tools}/postgres -D {cluster} -h {host} -k ''
ExecStartPost=/bin/sh -c 'until {tools}/pg_isready --quiet --host={host}; do sleep 0.1; done'
KillSignal=SIGINT
"""
_ACCESS = "host all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n"


def install_postgresql(machine: Machine, *, tools: Path, host: str) -> None:
    """Give a machine PostgreSQL's programs and its service, without a cluster."""
    become = ""
    if os.geteuid() == 0:
        become = f"setpriv --reuid={_ACCOUNT} --regid=nogroup --clear-groups "
    for name in _PROGRAMS:
        machine.program(name, f'exec {tools}/{name} "$@"')
    # `sudo -u postgres COMMAND`.
    machine.program("sudo", f'shift 2; cd /; exec {become}"$@"')
    folder = machine.folder / CLUSTER[1:]
    folder.parent.mkdir(parents=True)
    if become:
        shutil.chown(folder.parent, _ACCOUNT, "nogroup")
    unit = _UNIT.format(become=become, tools=tools, cluster=CLUSTER, host=host)
    (machine.folder / "etc/systemd/system/postgresql.service").write_text(unit)


def create_cluster(machine: Machine, *, tools: Path) -> None:
    """Create the empty cluster that an installed package comes with, and start it."""
    folder = machine.folder / CLUSTER[1:]
    machine.run(
        f"sudo -u postgres {tools}/initdb --auth=trust --encoding=UTF8 --no-sync "
        f"--username=postgres --pgdata={CLUSTER}"
    )
    with (folder / "pg_hba.conf").open("a") as file:
        file.write(_ACCESS)
    with (folder / "postgresql.conf").open("a") as file:
        file.write("fsync = off\nfull_page_writes = off\n")  # it has to survive no loss of power
    machine.run("systemctl start postgresql")
