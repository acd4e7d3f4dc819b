"""The manual's blocks of Python that are for this router."""

from django.contrib.auth import get_user_model

from engine.site.news.models import Announcement
from engine.site.notes.models import Note
from engine.tests.manual import CodeOfTheManual, python_for


class Pages(CodeOfTheManual):
    databases = {"default", "TESTCLIENT", "ACME"}

    def test_routing(self) -> None:
        self.assertEqual(list(python_for("simple")), ["routing.md"])
        given = {"News": Announcement, "Note": Note, "User": get_user_model()}
        self.run_blocks(python_for("simple")["routing.md"], given)
