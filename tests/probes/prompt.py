"""Runs, in a project in production, the Python that comes in line by line, and answers each in JSON.

So a test can stop a server between two statements of one process. ``python -m prompt``; an expression's
value is the answer, an exception's name and text are one, too.
"""

import json
import sys
from importlib import import_module
from typing import Any

import django
from django.conf import settings

django.setup()
PROJECT = settings.WSGI_APPLICATION.partition(".")[0]


def module(name: str) -> Any:
    return import_module(f"{PROJECT}.{name}")


def answer(line: str, names: dict[str, Any]) -> Any:
    try:
        return eval(line, names)
    except SyntaxError:
        exec(line, names)
        return None


if __name__ == "__main__":
    names: dict[str, Any] = {"module": module}
    exec("from live import *", names)
    for line in sys.stdin:
        try:
            reply = ["ok", answer(json.loads(line), names)]
        except Exception as error:
            reply = [type(error).__name__, str(error)]
        print(json.dumps(reply, default=str), flush=True)
