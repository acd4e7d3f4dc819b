"""Runs many commands of a project, each in a process of its own that need not load Django again.

Reads a JSON object a line, ``{"words": […], "env": {…}}``, and answers with ``{"code": …, "out": …, "err": …}``.
"""

import gc
import json
import os
import sys
import tempfile
import traceback

sys.path.insert(0, os.getcwd())

import django
import manage  # type: ignore[import-not-found]  # the project's


def command(words: list[str], env: dict[str, str]) -> dict[str, object]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os._exit(in_child(words, env))
        status = os.waitpid(pid, 0)[1]
        said = {}
        for name, file in (("out", out), ("err", err)):
            file.seek(0)
            said[name] = file.read()
    return {"code": os.waitstatus_to_exitcode(status), **said}


def in_child(words: list[str], env: dict[str, str]) -> int:
    os.environ.update(env)
    sys.argv = ["manage.py", *words]
    code: object = 0
    try:
        manage.main()
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{manage.PROJECT}.settings.development")
django.setup()
gc.freeze()  # no command looks through what was there before it
for line in sys.stdin:
    print(json.dumps(command(**json.loads(line))), flush=True)
