#!/usr/bin/env python
"""The project's commands: ``python manage.py help``.

They run with the settings of development, or those that DJANGO_SETTINGS_MODULE or ``--settings`` name.
Only ``test`` ignores that variable: nobody wants tests on production's databases.
"""

import os
import sys

PROJECT = "{{ cookiecutter.project_slug }}"


def main() -> None:
    if sys.argv[1:2] == ["test"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = f"{PROJECT}.settings.testing"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{PROJECT}.settings.development")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
        from environs import EnvError
        from manydb.exceptions import ReadOnlyDatabase
    except ModuleNotFoundError as error:
        if error.name not in ("django", "environs"):
            raise
        sys.exit(
            f"{error.name} is not installed here: activate the project's virtual environment, or "
            "make one and run python -m pip install -e . --group dev"
        )
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvError, OperationalError, ReadOnlyDatabase) as error:
        if "--traceback" in sys.argv:
            raise
        # Wrong configuration, a missing driver or a server that is away needs a sentence, not our call stack.
        database = "A database failed: " if isinstance(error, OperationalError) else ""
        sys.exit(database + " ".join(str(error).split()))


if __name__ == "__main__":
    main()
