"""The legacy tables' conditional index serves the query that it was made for."""

from django.test import TestCase, skipUnlessDBFeature

from {{ cookiecutter.project_slug }}.conferences.models import Conference

from .scratch import legacy_database
from .tenant import DB


@skipUnlessDBFeature("supports_partial_indexes")  # MySQL and MariaDB have none
class ConditionalIndex(TestCase):
    databases = {"default", DB}

    def test_upcoming_conferences_are_found_by_the_index_of_those_with_a_date(self) -> None:
        with legacy_database("conferences", like=DB) as legacy:
            if legacy.vendor == "postgresql":  # so few rows are read faster without an index
                with legacy.cursor() as cursor:
                    cursor.execute("SET enable_seqscan = off")
            plan = Conference.objects.using("LEGACY").upcoming().explain()
        self.assertIn("confrnce_date", plan)
