"""``python forking.py FOLDER/SOCKET`` loads Django, says ``ready``, and forks a process for each command it is asked for.

Who connects sends two files, for what the command prints, and ``{"command": […], "folder": …, "env": {…}}``. The
answers are two lines: the command's process, then the code with which it ended and the seconds of a processor it took.
"""

import contextlib
import gc
import json
import multiprocessing.process
import os
import runpy
import select
import signal
import socket
import sys

# What each project loads, too.
import django.contrib.admin
import django.core.management
import django.db.backends.sqlite3.base
import django.db.models  # noqa: F401
import dotenv  # noqa: F401
import environs  # noqa: F401

# Whether these are there tells the engine what kind of command it is.
assert not {"django.db.migrations", "django.test"} & {*sys.modules}


def asked_for() -> "tuple[list[str], str]":
    """Waits; returns in a new process, which is to be the command, with its files, environment and folder."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen(16)
        print("ready", flush=True)
        signal.signal(
            signal.SIGCHLD, signal.SIG_IGN
        )  # the system forgets those who wait for commands
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                return begun(connection)
            connection.close()
    os.unlink(sys.argv[1])
    os.rmdir(os.path.dirname(sys.argv[1]))
    sys.exit()  # whoever started it is gone


def begun(connection: socket.socket) -> "tuple[list[str], str]":
    """Waits for a command, unless it is the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(connection, 1, 2)
    with connection.makefile() as text:
        what = json.load(text)
    if pid := os.fork():
        with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
            connection.sendall(f"{pid}\n".encode())
            _, status, usage = os.wait4(pid, 0)
            seconds = usage.ru_utime + usage.ru_stime
            connection.sendall(f"{os.waitstatus_to_exitcode(status)} {seconds}\n".encode())
        os._exit(0)
    connection.close()
    for file, number in zip((os.open(os.devnull, os.O_RDONLY), *files), range(3), strict=True):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(what["env"])
    os.chdir(what["folder"])
    multiprocessing.process.ORIGINAL_DIR = what["folder"]  # it is there that its processes begin
    return what["command"], what["folder"]


gc.freeze()  # no command looks through what was there before it
command, folder = asked_for()
sys.path[0] = folder
if command[0] == "-m":
    sys.argv = command[1:]
    runpy.run_module(command[1], run_name="__main__", alter_sys=True)
else:
    sys.argv = command
    runpy.run_path(os.path.join(folder, command[0]), run_name="__main__")
