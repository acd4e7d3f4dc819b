"""The list of databases. Development, production and testing all build ``DATABASES`` from it."""

from functools import partial

from manydb.core import aliases
from manydb.core.aliases import Database
{%- if cookiecutter.router == "tenant" %}
from manydb.tenants.catalog_mapping import CatalogDatabases as Databases
{%- else %}
from manydb.core.mapping import Databases
{%- endif %}

# The names of tenants' databases begin with this, so that none meets a database of the server's own.
PREFIX = "{{ cookiecutter.project_slug }}_"

SHARED = [
    Database("default", name="{{ cookiecutter.project_slug }}"),
    {%- if cookiecutter.legacy_models %}
    Database("accounts", name="accounts"),
    {%- endif %}
]

build = partial(aliases.build, prefix=PREFIX, mapping=Databases)
