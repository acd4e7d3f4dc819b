"""Production: where ``get_param`` says, through a pooler.

===============================  =======================================================
alias                            server
===============================  =======================================================
``default``, tenants, the rest   DATABASE_HOST; migrations go to DATABASE_DIRECT_HOST
``X_RO`` of each                 DATABASE_READER_HOST
===============================  =======================================================
"""

from typing import Any

import manydb
from manydb.parameters import get_param, use
from manydb.presets import {{ cookiecutter.pooling }}_{{ cookiecutter.database_engine }} as preset

from .databases import PREFIX, SHARED, TENANTS

use("{{ cookiecutter.parameter_store }}", path="{{ cookiecutter.project_slug }}")

NAMES = get_param("TENANTS", ",".join(TENANTS))
WRITER = get_param("DATABASE_HOST")
PORT = get_param("DATABASE_PORT", str(preset.PORT))
MAX_AGE = int(get_param("CONN_MAX_AGE", "60"))
STATEMENT = float(get_param("STATEMENT_SECONDS", "15"))  # of a request; more for slow workers
TLS: dict[str, Any] = {
    "tls": get_param("DATABASE_TLS", "true") != "false",
    "ca_file": get_param("DATABASE_CA_FILE", preset.CA_FILE),
    "name": "{{ cookiecutter.project_slug }}",
}

PRIMARY = preset.pooled(**TLS, max_age=MAX_AGE, statement=STATEMENT) | {
    "ENGINE": "{{ "manydb.backends.rds_iam_" if cookiecutter.database_auth == "rds_iam" else "django.db.backends." if cookiecutter.parameter_store == "environment" else "manydb.backends.rotating_" }}{{ cookiecutter.database_engine }}",
    "NAME": "{name}",
    "HOST": WRITER,
    "PORT": int(PORT),
    "USER": get_param("DATABASE_USER"),
    "PASSWORD": {{ 'get_param("DATABASE_PASSWORD")' if cookiecutter.database_auth == "password" else '""' }},
    # Past the pooler: for migrations, and for jobs that a pooler in transaction mode breaks.
    "DIRECT": preset.direct(**TLS)
    | {
        "HOST": get_param("DATABASE_DIRECT_HOST"),
        "PORT": int(get_param("DATABASE_DIRECT_PORT", str(preset.DIRECT_PORT))),
    },
}
# An account that may only read, if there is one.
READER = get_param("DATABASE_READER_USER", "")
REPLICA = {
    "HOST": get_param("DATABASE_READER_HOST", WRITER),
    "PORT": int(get_param("DATABASE_READER_PORT", PORT)),
    "USER": READER or PRIMARY["USER"],
    "PASSWORD": get_param("DATABASE_READER_PASSWORD", "") if READER else PRIMARY["PASSWORD"],
    # A read-only session would not come through the pooler, or pin it: replicas refuse writes themselves.
    "OPTIONS": preset.REPLICA_PATIENCE,
}

DATABASES = manydb.databases(
    SHARED,
    tenants=NAMES,
    prefix=PREFIX,
    primary=PRIMARY,
    replica=REPLICA,
    # A database of other software, where parameters of its own say, such as CHINOOK_DATABASE_HOST.
    legacy=manydb.from_parameters(
        get_param, tls=True, CONN_MAX_AGE=MAX_AGE, CONN_HEALTH_CHECKS=True
    ),
)
