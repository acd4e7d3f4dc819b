"""Development: SQLite files under ``var/``, or the server of compose.yaml when DATABASE_HOST is set.

============  =======================================  ====================================
alias         without DATABASE_HOST                    with DATABASE_HOST
============  =======================================  ====================================
``default``   ``var/{{ cookiecutter.project_slug }}.sqlite3``{{ " " * [39 - 16 - cookiecutter.project_slug | length, 0] | max }}  database ``{{ cookiecutter.project_slug }}``
``ACME``      ``var/{{ cookiecutter.project_slug }}_acme.sqlite3``{{ " " * [39 - 21 - cookiecutter.project_slug | length, 0] | max }}  database ``{{ cookiecutter.project_slug }}_acme``
``X_RO``      the file of ``X``, opened read-only      DATABASE_READER_HOST, if it is set
============  =======================================  ====================================
"""

import manydb
from manydb.presets.{{ cookiecutter.database_engine }} import ENGINE, PORT, options, require_driver

from .base import BASE_DIR, env
from .databases import PREFIX, SHARED, TENANTS

FILES = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": BASE_DIR / "var" / "{name}.sqlite3",
    # IMMEDIATE: a transaction that reads and then writes waits for its turn instead of failing.
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
}

HOST = env.str("DATABASE_HOST", "")
SERVER = {
    "ENGINE": ENGINE,
    "NAME": "{name}",
    "HOST": HOST,
    "PORT": env.int("DATABASE_PORT", PORT),
    "USER": env.str("DATABASE_USER", "{{ cookiecutter.project_slug }}"),
    "PASSWORD": env.str("DATABASE_PASSWORD", ""),
    "OPTIONS": options(replica=False),
}
READER = {
    "HOST": env.str("DATABASE_READER_HOST", HOST),
    "PORT": env.int("DATABASE_READER_PORT", env.int("DATABASE_PORT", PORT)),
    "OPTIONS": options(replica=True),
}

if HOST:
    require_driver()

DATABASES = manydb.databases(
    SHARED,
    tenants=env.list("TENANTS", default=TENANTS),
    prefix=PREFIX,
    primary=SERVER if HOST else FILES,
    replica=READER if HOST else {},
    # A database of other software, where .env says. One that .env does not mention is away; the others work.
    legacy=manydb.from_parameters(env.str, tls=False, required=False),
)
