"""The SQL that makes an account with the rights that the models of an adopted database need, and no others."""

from collections.abc import Sequence

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from manydb.legacy.keyless import KeylessModel
from manydb.legacy.spelling import place, table_of

_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
_PLACES = """
    SELECT n.nspname, c.relname,
        ARRAY(SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname)
              FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
              JOIN pg_namespace sn ON sn.oid = s.relnamespace
              WHERE d.refobjid = c.oid AND d.deptype = 'a' ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"""


def statements(
    connection: BaseDatabaseWrapper,
    tables: Sequence[type[models.Model]],
    user: str,
    *,
    writing: bool,
) -> list[str]:
    """The statements, the password left open.

    Raises:
        ValueError: the database is a file.
    """
    if connection.vendor == "sqlite":
        raise ValueError(
            "A SQLite file has no accounts. Set who may read it with the permissions of the file."
        )
    make = _postgresql if connection.vendor == "postgresql" else _mysql
    return make(connection, tables, user, writing)


def _rights(model: type[models.Model], writing: bool) -> str:
    return _RIGHTS if writing and not issubclass(model, KeylessModel) else "SELECT"


def _mysql(
    connection: BaseDatabaseWrapper,
    tables: Sequence[type[models.Model]],
    user: str,
    writing: bool,
) -> list[str]:
    quote = connection.ops.quote_name
    account = f"'{user}'@'%'"
    database = quote(connection.settings_dict["NAME"])
    return [
        f"CREATE USER {account} IDENTIFIED BY 'PASSWORD'",
        *(
            f"GRANT {_rights(model, writing)} ON {database}.{quote(table_of(model))} TO {account}"
            for model in tables
        ),
    ]


def _postgresql(
    connection: BaseDatabaseWrapper,
    tables: Sequence[type[models.Model]],
    user: str,
    writing: bool,
) -> list[str]:
    quote = connection.ops.quote_name
    schemas: list[str] = []
    grants: list[str] = []
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(_PLACES, [".".join(map(quote, filter(None, place(model))))])
            for schema, table, sequences in cursor.fetchall():
                where = f"{quote(schema)}.{quote(table)}"
                rights = _rights(model, writing)
                grants.append(f"GRANT {rights} ON {where} TO {quote(user)}")
                if rights == _RIGHTS:
                    grants += [f"GRANT USAGE ON SEQUENCE {it} TO {quote(user)}" for it in sequences]
                if schema not in schemas:
                    schemas.append(schema)
    return [
        f"CREATE ROLE {quote(user)} LOGIN PASSWORD 'PASSWORD'",
        f"GRANT CONNECT ON DATABASE {quote(connection.settings_dict['NAME'])} TO {quote(user)}",
        *(f"GRANT USAGE ON SCHEMA {quote(schema)} TO {quote(user)}" for schema in schemas),
        *grants,
    ]
