"""Runs adopt_legacy with each list of arguments that it gets as JSON, and prints what each raised.

Run inside a rendered project. A case is ``[words, environment]``.
"""

import io
import json
import os
import sys

import django
from django.core.management import CommandError, call_command


def said(words, environment):
    os.environ.update(environment)
    try:
        call_command("adopt_legacy", *words, stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as error:
        return str(error)
    finally:
        for name in environment:
            del os.environ[name]
    return "adopted"


if __name__ == "__main__":
    django.setup()
    sys.stdin = io.StringIO()  # no terminal
    print(json.dumps([said(*case) for case in json.loads(sys.argv[1])]))
