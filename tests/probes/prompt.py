"""Runs, in a project in production, the Python that comes in line by line, and answers each in JSON.

So a test can stop a server between two statements of one process. ``python -m prompt PROBE`` begins with the
names of that module. The value of an expression is the answer; so are an exception's name and text.
"""

import json
import sys
from importlib import import_module
from typing import Any

import django


def answer(line: str, names: dict[str, Any]) -> Any:
    try:
        code = compile(line, "<line>", "eval")
    except SyntaxError:
        exec(line, names)
        return None
    return eval(code, names)


if __name__ == "__main__":
    django.setup()
    names = vars(import_module(sys.argv[1]))
    for line in sys.stdin:
        try:
            reply = ["ok", answer(json.loads(line), names)]
        except Exception as error:
            reply = [type(error).__name__, str(error)]
        print(json.dumps(reply, default=str), flush=True)
