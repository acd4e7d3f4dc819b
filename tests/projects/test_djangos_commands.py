"""Django's commands in a project with tenants, from a command line: what they print, and with which status they end.

The engine's own tests have the larger table. Here are those that need files, a terminal or a process of their own.
"""

import pytest

from ..commands import manage

SUPERUSER = "createsuperuser --noinput --username {name} --email a@example.com"
SHARED = 'users.User lives in "default", not in "ACME": run python manage.py createsuperuser.'
CASES = [
    # the command line, its status, a part of what it prints
    (SUPERUSER.format(name="ada"), 0, "Superuser created successfully."),
    (SUPERUSER.format(name="eve") + " --database ACME", 1, SHARED),
    ("tenant_command acme -- " + SUPERUSER.format(name="eve"), 1, SHARED),
    ("tenant_command --all -- " + SUPERUSER.format(name="eve"), 1, SHARED),
    (
        "dumpdata conferences.conference",
        1,
        "tenant_command <tenant> -- dumpdata conferences.conference.",
    ),
    ("tenant_command acme -- dumpdata conferences.conference", 0, "conferences.conference"),
    ("dbshell --database ACME -- .tables", 0, "django_migrations"),
    ("tenant_command acme -- dbshell -- .tables", 0, "django_migrations"),
    ("inspectdb --database ACME django_migrations", 0, "class DjangoMigrations("),
    ("migrate", 0, "This was default alone: python manage.py migrate_databases"),
    ("migrate --plan", 0, "No planned migration operations."),
    ("clearsessions", 0, ""),
    ("createcachetable --database ACME", 1, 'The table of the cache belongs into "default"'),
    ("remove_stale_contenttypes --noinput --database ACME", 1, "contenttypes.ContentType lives in"),
    ("optimizemigration users 0001 --check", 0, "No optimizations possible."),
    ("squashmigrations users 0001 --noinput --no-header", 0, ""),
    ("testserver --noinput", 1, 'testserver makes a test database of "default" alone'),
    ("diffsettings", 0, "DATABASES = "),
    ("collectstatic --noinput --dry-run", 0, "static file"),
    ("shell -v0 -c print(1)", 0, "1"),
    ("tenant_command acme -- shell -v0 -c print(1)", 0, "1"),
    ("flush --noinput", 0, "The catalog of tenants is kept; drop_tenant removes a tenant."),
    ("list_tenants", 0, "acme"),
    ("dumpdata users", 0, "[]"),
    ("tenant_command acme -- dumpdata conferences.conference", 0, "conferences.conference"),
]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_table(bootstrapped, engine: str) -> None:
    project = bootstrapped(router="tenant", database_engine=engine)
    env = {"DJANGO_SUPERUSER_PASSWORD": "for-a-test"}
    for line, status, part in CASES:
        done = manage(project, *line.split(), env=env, check=False)
        said = done.stdout + done.stderr
        assert (done.returncode, part in said) == (status, True), f"{line}:\n{said}"
        assert "Traceback" not in said, f"{line}:\n{said}"
        assert "no such table" not in said, f"{line}:\n{said}"


def test_a_plan_of_a_new_project_says_what_comes_first(project) -> None:
    done = manage(project(router="tenant"), "migrate_databases", "--plan", check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "1 lack migrations. Tenants are known after its own migrations: run python manage.py migrate_databases."
        " See manydb/docs/fleet.md.\n"
    ), done.stderr
