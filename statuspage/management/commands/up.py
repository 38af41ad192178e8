"""`manage.py up`: the whole product on one machine, from one terminal."""

import json
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from components.filesystem.atomic_file import write_file
from statuspage.config import running_note
from statuspage.management import admission, listeners
from statuspage.observability import logs
from statuspage.publishing import disk_copy
from statuspage.runtime import parent_death, pooling, progress
from statuspage.runtime.first_start import NewOwner
from statuspage.runtime.keys import check
from statuspage.runtime.service_manager import ServiceManager
from statuspage.runtime.setup import Report, set_up
from statuspage.runtime.supervisor import roles
from statuspage.runtime.supervisor.database_setup import prepare_with_retry
from statuspage.runtime.supervisor.loop import NAME, Supervisor
from statuspage.runtime.supervisor.output import Output, OutputHandler, wants_colour
from statuspage.runtime.supervisor.processes import Role
from statuspage.runtime.supervisor.restart_policy import RoleProgress
from statuspage.runtime.supervisor.watch import Watch, answers
from statuspage.server.peer_processes import SharedSlots
from statuspage.server.sockets import ListenError, listen, local_address

WEB_WAIT_SECONDS = 5.0
"""Seconds the web process waits for the database to be made ready before it starts regardless.

It does not wait at all when the disk has a page to serve."""


class Command(BaseCommand):
    help = "Runs web, beat and the workers, and keeps them running. Ctrl-C stops everything."
    # Nothing may keep the page from being served; `doctor` runs the checks.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        listeners.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        listeners.apply_options(options)
        parent_death.follow(name="status up")
        try:
            # Before anything is started: no other process speaks for this one.
            run = _Run(ServiceManager.take())
        except ListenError as error:
            raise CommandError(str(error)) from error
        run.until_stopped()
        if run.refused:
            os.write(2, f"{run.refused}\n".encode())
        # Not `return`: a thread that hangs in the database must not keep the process.
        os._exit(check.EXIT_CODE if run.refused else 0)


class _Run:
    """One run of `up`: its sockets, its supervisor, and what happens beside it."""

    def __init__(self, service: ServiceManager) -> None:
        self._service = service
        ours = settings.STATUSPAGE
        self._public = listen(host=ours.host, port=ours.port, option="--port")
        self._management = listen(
            host=ours.management_host, port=ours.management_port, option="--management-port"
        )
        self._sides = listeners.side_sockets()
        self._public_url = _url(self._public)
        self._management_url = _url(self._management)
        # The ports as they came out, should they have been given as 0.
        self._environ = {
            "STATUSPAGE_DATA_DIR": str(ours.data_dir),
            "STATUSPAGE_PORT": str(_port(self._public)),
            "STATUSPAGE_MANAGEMENT_PORT": str(_port(self._management)),
        }
        if ours.internal_port == 0 and self._sides:
            self._environ["STATUSPAGE_INTERNAL_PORT"] = str(_port(self._sides[0]))
        self._fds = [item.fileno() for item in (self._public, self._management, *self._sides)]
        several = ours.web_processes > 1
        self._slots = SharedSlots.create(ours.web_processes) if several else None
        fds = [*self._fds, *([self._slots.fd] if self._slots is not None else ())]
        # Before there is any thread, and before a connection: neither survives a fork.
        forkserver = roles.forkserver(fds=fds)
        as_json = logs.is_json()
        colour = not as_json and wants_colour(stream=sys.stdout, environ=os.environ)
        self._output = Output(
            stream=sys.stdout,
            colours=roles.COLOURS if colour else {},
            as_json=as_json,
            machine=ours.machine,
        )
        handler = OutputHandler(self._output, name=NAME)
        handler.setFormatter(logs.formatter())
        logging.getLogger().handlers = [handler]
        self._watch = Watch(ages=_ages, answers=self._is_web_answering)
        self._supervisor = Supervisor(
            output=self._output,
            progress_of=self._progress,
            forkserver=forkserver,
            on_pass=self._tell_service_manager,
        )
        self._web_once = threading.Lock()
        self.refused = ""
        """Why it does not run on this machine, if it does not."""

    def until_stopped(self) -> None:
        """Run everything until a signal asks to stop; returns when all processes are gone."""
        note = _write_note(self._environ)
        listeners.warn_of_links()
        try:
            threading.Thread(target=self._prepare, name="preparation", daemon=True).start()
            if disk_copy.read() is not None:
                self._open_web()
            late = threading.Timer(WEB_WAIT_SECONDS, self._open_web)
            late.daemon = True
            late.start()
            self._supervisor.run()
        finally:
            _remove_note(note)
            self._output.close(timeout=0.5)

    def _prepare(self) -> None:
        self._report("Preparing the database")
        prepare_with_retry(
            prepare=self._prepare_database, on_failure=self._open_web, report=self._report
        )
        self._open_web()
        for role in roles.background(environ=self._environ):
            self._supervisor.add(role)
        self._watch.start_rows()
        self._watch.web_answered.wait()
        self._report(f"Page        {self._public_url}/status")
        self._report(f"Admin       {self._public_url}/admin/")
        self._report(f"Management  {self._management_url}/status")
        self._report("Ctrl-C stops everything.")

    def _prepare_database(self) -> None:
        try:
            pooling.refuse_shared_sessions()
            set_up(
                public_url=self._public_url,
                management_url=self._management_url,
                report=Report(say=self._report, verbose=False),
                owner=NewOwner.of_settings(),
            )
        except check.NotAdmittedError as error:
            self.refused = admission.refusal(error)
            os.kill(os.getpid(), signal.SIGTERM)
            raise SystemExit from None  # of this thread
        finally:
            connections.close_all()

    def _open_web(self) -> None:
        """Start the web process; from any thread, any number of times."""
        if self._web_once.acquire(blocking=False):
            for role in self._webs():
                self._supervisor.add(role)
            self._watch.start()

    def _webs(self) -> list[Role]:
        if self._slots is None:
            return [roles.web(fds=self._fds, environ=self._environ)]
        return roles.webs(slots=self._slots, fds=self._fds, environ=self._environ)

    def _progress(self, name: str) -> RoleProgress | None:
        """Return a role's last progress; of several web processes each has its own."""
        own = None if self._slots is None else roles.web_progress(self._slots)(name)
        return own or self._watch.progress(name)

    def _tell_service_manager(self, running: bool) -> None:
        """Tell that the supervisor has been through all roles, whose progress it watches."""
        if running and self._watch.web_answered.is_set():
            self._service.ready("running web, beat, probes and notify")
        elif not running:
            self._service.stopping()
        self._service.alive()

    def _is_web_answering(self) -> bool:
        host, port = local_address(self._management)
        return answers(host=host, port=port)

    def _report(self, text: str) -> None:
        for line in text.splitlines():
            self._output.line(name=NAME, text=line)


def _ages() -> dict[str, float | None]:
    """Return how long ago each role made progress. Raises an error when none could make any.

    A database that is locked, read-only or full can be read all the same, and keeps every role
    from storing its progress. So this process writes first, as they do.
    """
    try:
        progress.mark(NAME)
        return progress.ages_here()
    except Exception:
        # A connection that failed once stays broken; the next look takes a new one.
        connections.close_all()
        raise


def _port(listener: socket.socket) -> int:
    return local_address(listener)[1]


def _url(listener: socket.socket) -> str:
    host, port = local_address(listener)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _write_note(environ: dict[str, str]) -> Path:
    """Write the settings in use, for other commands on this data folder (see `running_note`)."""
    ours = settings.STATUSPAGE
    note = {
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "environ": {**ours.given(), **environ},
    }
    path = running_note.note_path(ours.data_dir)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # It may hold secrets.
    write_file(path, json.dumps(note).encode(), mode=0o600)
    return path


def _remove_note(path: Path) -> None:
    """Remove the note, unless another `up` on the same folder has written its own since."""
    with suppress(OSError, ValueError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()
