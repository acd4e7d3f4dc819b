"""Does with an adopted database what a project does, and tries every way to write; prints what came of it.

Run inside a rendered project, with the app's label, which is its alias, too: the result is JSON.
"""

import io
import json
import sys

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

WRITERS = {
    "migrate": ["--run-syncdb"],
    "flush": ["--no-input"],
    "createcachetable": [],
    "loaddata": ["artists.json"],
}
STATEMENTS = [
    "insert into artist values (9, 'x')",
    "  update artist set name = 'x'",
    "/* tidy up */ delete from artist",
    "with gone as (delete from artist returning name) select * from gone",
    "select artist_id from artist for update",
    "select 1; delete from artist",
    "select '\\'; delete from artist; -- '",
    "replace into artist values (1, 'x')",
    "create table other (id integer)",
    "explain analyze create table other as select 1",
    "drop table playlist_track",
    "alter table artist add column x integer",
    "truncate table artist",
    "create index i on artist (name)",
    "analyze",
    "vacuum",
    "pragma user_version = 7",
    "pragma journal_mode(wal)",
    "pragma optimize",
    "set global max_connections = 7",
    "set password = 'x'",
]


def outcome(run):
    try:
        run()
    except CommandError as error:
        return f"CommandError: {error}"
    except Exception as error:
        return type(error).__name__
    return "done"


def main(app):
    django.setup()
    result = {}
    for command in (["check"], ["migrate"], ["migrate_databases"], ["bootstrap"], ["databases"]):
        call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
    call_command("check_legacy_models", app, stdout=io.StringIO())
    call_command("inspect_legacy", app, stdout=io.StringIO(), stderr=io.StringIO())
    models = {model.__name__: model for model in apps.get_app_config(app).get_models()}
    result["rows"] = {name: model.objects.count() for name, model in models.items()}
    result["commands"] = {
        name: outcome(lambda: call_command(name, *words, database=app, stdout=io.StringIO()))  # noqa: B023
        for name, words in WRITERS.items()
    }
    result["orm"] = orm(app, models["Artist"])
    result["raw"] = {sql: outcome(lambda: execute(app, sql)) for sql in STATEMENTS}  # noqa: B023
    for way in ("callproc", "copy", "stream", "executescript"):
        sql = "delete from artist"
        result["raw"][way] = outcome(lambda: getattr(connections[app].cursor(), way)(sql))  # noqa: B023
    result["driver"] = outcome(lambda: by_the_driver(app))
    result["server"] = outcome(lambda: past_the_guard(app))
    result["admin"] = admin(models)
    print(json.dumps(result))


def orm(alias, artist):
    row = artist.objects.first()
    return {
        "save": outcome(row.save),
        "delete": outcome(row.delete),
        "create": outcome(lambda: artist.objects.create(artist_id=9)),
        "update": outcome(lambda: artist.objects.update(name="x")),
        "delete of a queryset": outcome(lambda: artist.objects.all().delete()),
        "bulk_create": outcome(lambda: artist.objects.bulk_create([artist(artist_id=9)])),
        "bulk_update": outcome(lambda: artist.objects.bulk_update([row], ["name"])),
        "get_or_create": outcome(lambda: artist.objects.get_or_create(artist_id=9)),
        "select_for_update": outcome(lambda: locked(alias, artist)),
        "schema_editor": outcome(lambda: create_table(alias, artist)),
    }


def locked(alias, model):
    with transaction.atomic(using=alias):
        connections[alias].features.has_select_for_update = True  # SQLite leaves FOR UPDATE out
        list(model.objects.select_for_update())


def create_table(alias, model):
    with connections[alias].schema_editor() as editor:
        editor.create_model(model)


def execute(alias, sql):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)


INSERT = "insert into artist values (9, 'x')"


def by_the_driver(alias):
    connections[alias].connection.cursor().execute(INSERT)


def past_the_guard(alias):
    session = connections[alias].connection
    driver = type(session)  # whose methods are not those of the session that the guards replaced
    if hasattr(driver, "query"):  # mysqlclient's cursors ask the session for it
        driver.query(session, INSERT)
    else:
        driver.cursor(session).execute(INSERT)


def admin(models):
    user, _ = get_user_model().objects.get_or_create(
        username="root", is_staff=True, is_superuser=True
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    statuses = {}
    for name, model in models.items():
        pages = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        statuses[name] = client.get(pages).status_code
        for page in ("add/", "1/change/", "1/delete/"):
            statuses[f"{name} {page}"] = client.post(f"{pages}{page}", {"name": "x"}).status_code
    return statuses


if __name__ == "__main__":
    main(sys.argv[1])
