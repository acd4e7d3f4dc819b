"""The legacy tables' conditional index serves the query that it was made for."""

from django.test import TestCase

from {{ cookiecutter.project_slug }}.conferences.models import Conference

from .scratch import legacy_database
from .tenant import DB


class ConditionalIndex(TestCase):
    databases = {"default", "accounts", DB}

    def test_upcoming_conferences_are_found_by_the_index_of_active_ones(self) -> None:
        with legacy_database("conferences", like=DB) as legacy:
            if legacy.vendor == "postgresql":  # it reads five rows faster without an index
                with legacy.cursor() as cursor:
                    cursor.execute("SET enable_seqscan = off")
            plan = Conference.objects.using("LEGACY").upcoming().explain()
        self.assertIn("confrnce_active_date", plan)
