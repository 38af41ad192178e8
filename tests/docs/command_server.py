"""Runs `manage.py` for many callers without loading the product for each: a fork for every command.

`python -m tests.docs.command_server SOCKET` serves; CLIENT is the program that callers run in place
of `manage.py`. A command gets the caller's arguments, folder, and standard streams.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence

import django

CLIENT = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    socket.send_fds(line, [json.dumps([os.getcwd(), sys.argv[2:]]).encode()], [0, 1, 2])
    sys.exit(int(line.recv(16) or b"70"))
"""
_LONGEST = 65_536


def serve(path: str) -> None:
    """Answer callers one after the other, each with the exit status of its command."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            line, _ = listener.accept()
            with line:
                request, streams, _, _ = socket.recv_fds(line, _LONGEST, 3)
                child = os.fork()
                if child == 0:
                    listener.close()
                    os._exit(_run(json.loads(request), streams))
                for each in streams:
                    os.close(each)
                _, status = os.waitpid(child, 0)
                line.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())


def _run(request: list[object], streams: Sequence[int]) -> int:
    folder, arguments = request
    assert isinstance(arguments, list)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(str(folder))
    sys.argv = ["manage.py", *map(str, arguments)]
    code: object = 0
    try:
        import manage  # noqa: PLC0415  (as the command line does, when it is called)

        manage.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  (what a command dies of is its caller's to read)
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code) if isinstance(code, int) else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    django.setup()
    from statuspage.runtime.supervisor import preload

    preload.preload()
    serve(sys.argv[1])
