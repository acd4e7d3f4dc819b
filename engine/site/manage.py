"""The site's commands, for tests that start them: DJANGO_SETTINGS_MODULE says which site."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Not the folder of this file, whose name is that of a module of Python's.
sys.path[0:1] = [str(ROOT), str(ROOT / "{{cookiecutter.project_slug}}")]


if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    import engine  # noqa: F401  where compiled files go

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engine.site.settings.simple")
    execute_from_command_line(sys.argv)
