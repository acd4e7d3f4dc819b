"""Testing: SQLite in memory, or the server of DATABASE_HOST, with databases that only tests know.

``TESTCLIENT`` is the tenant of tests, ``OTHERCLIENT`` is for tests that need two. A database is created when a
test names it. ``X_RO`` is ``X``, read-only.
"""

import manydb
from manydb.presets.{{ cookiecutter.database_engine }} import ENGINE, PORT, options, require_driver

from .base import env
from .databases import PREFIX, SHARED

MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}

# Not through a pooler, which would keep sessions open in databases that the test runner has to drop.
HOST = env.str("DATABASE_DIRECT_HOST", "") or env.str("DATABASE_HOST", "")
SERVER = {
    "ENGINE": ENGINE,
    "NAME": "test_{name}",  # also for code that runs without the test runner
    "HOST": HOST,
    "PORT": env.int("DATABASE_DIRECT_PORT", 0) or env.int("DATABASE_PORT", PORT),
    "USER": env.str("DATABASE_USER", "{{ cookiecutter.project_slug }}"),
    "PASSWORD": env.str("DATABASE_PASSWORD", ""),
    "OPTIONS": options(replica=False),
    "TEST": {"NAME": "test_{name}"},
}

if HOST:
    require_driver()

DATABASES = manydb.databases(
    SHARED,
    tenants=["testclient", "otherclient"],
    prefix=PREFIX,
    primary=SERVER if HOST else MEMORY,
    testing=True,
)
