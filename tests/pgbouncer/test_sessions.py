"""What a client's session leaves to the next client of the same connection."""

import pytest

from ..deployed import DeployedPgBouncer
from ..lone_django import SHOW_USER, django
from .clients import plain_client, through

SESSION = """
    select coalesce(string_agg(name || '=' || setting, ' ' order by name), '') || current_user
    from pg_settings where source = 'session'
    and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
"""  # what is left out is what PgBouncer sets for each client

WORK = """
    from django.utils import timezone
    with transaction.atomic():
        Note.objects.select_for_update().first()
        with transaction.atomic():
            note = Note.objects.create(text="new")
        connection.cursor().execute("set local search_path to pg_catalog")
    note.delete()
    with timezone.override("Asia/Tokyo"):
        Note.objects.count()
    connection.close()
"""


def session(pooler: DeployedPgBouncer) -> str:
    with plain_client(pooler) as client:
        return client.execute(SESSION).fetchone()[0]


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("set search_path to pg_catalog", "search_path=pg_catalogapp"),
        ("set statement_timeout to 1234", "statement_timeout=1234app"),
        ("set role owner", "owner"),
    ],
)
def test_a_plain_client_leaves_its_session_to_the_next(narrow, statement, left):
    assert session(narrow) == "app"
    with plain_client(narrow) as careless:
        careless.execute(statement)
    assert session(narrow) == left


def test_django_leaves_nothing_to_the_next(narrow, preset):
    django(through(narrow, preset), WORK)
    assert session(narrow) == "app"


def test_assume_role_makes_others_that_role(narrow, preset):
    """manydb.E102"""
    assert django(through(narrow, preset, OPTIONS={"assume_role": "owner"}), SHOW_USER) == "owner"
    assert session(narrow) == "owner"


def test_options_are_refused(bouncer, preset):
    """manydb.E101"""
    options = {"options": "-c statement_timeout=30000"}
    said = django(through(bouncer, preset, OPTIONS=options), SHOW_USER, fails=True)
    assert "unsupported startup parameter" in said
