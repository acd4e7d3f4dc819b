"""The list of databases. Where each of them is: ``*_databases.py`` beside this file.

To add a shared database, add a line to ``SHARED``. Every alias ``X`` gets a second one, ``X_RO``, for reading.
"""

from manydb import Database

SHARED = [
    Database("default", name="{{ cookiecutter.project_slug }}"),
    {%- if cookiecutter.legacy_models %}
    Database("accounts", name="accounts"),
    {%- endif %}
]

# The tenants to begin with: "acme" has the alias ACME. The variable or parameter TENANTS replaces this list.
TENANTS: list[str] = {{ cookiecutter.tenants | tenant_list }}

# The name of a tenant's database is this and the tenant's name, so that none meets a database of the server's own.
PREFIX = "{{ cookiecutter.project_slug }}_"
