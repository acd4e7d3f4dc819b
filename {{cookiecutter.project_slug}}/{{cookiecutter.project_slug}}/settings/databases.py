"""The list of databases. Development, production and testing all build ``DATABASES`` from it."""

from functools import partial

from manydb.core import aliases
from manydb.core.aliases import Database

# The names of tenants' databases begin with this, so that none meets a database of the server's own.
PREFIX = "{{ cookiecutter.project_slug }}_"

SHARED = [
    Database("default", name="{{ cookiecutter.project_slug }}"),
    {%- if cookiecutter.legacy_models %}
    Database("accounts", name="accounts"),
    {%- endif %}
]

build = partial(aliases.build, prefix=PREFIX)
