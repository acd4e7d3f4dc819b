"""What guards, routes and counts statements does so with instruments around, and they see each statement."""

from typing import Any
from unittest import mock

import sentry_sdk
from django.conf import settings
from django.db import connections

from manydb.exceptions import ReadOnlyDatabase

from ..case import SITES, Checked, PackageCase, tenants_only
from ..notes.models import Note


class Instruments(Checked, PackageCase):
    def setUp(self) -> None:
        settings.SPANS.clear()
        settings.SENT.clear()

    def spans(self) -> list[Any]:
        return [dict(span.attributes or {}) for span in settings.SPANS.get_finished_spans()]

    def test_requests_read_and_write_where_they_do_without(self) -> None:
        for site in SITES:
            client = self.client_of(site)
            self.ok(client.post(f"/add/{site.alias}/", {"text": f"of {site.host}"}))
            self.assertIn(site.alias, client.aliases)
            self.assertNotIn(site.replica, client.aliases)
            other = self.client_of(site)
            with sentry_sdk.start_transaction(op="http.server", name="as a server begins it"):
                self.assertContains(other.get("/notes/"), f"of {site.host}!")
            self.assertEqual(other.aliases, [site.replica])
        statements = [str(span.get("db.statement", "")) for span in self.spans()]
        self.assertTrue(any("notes_note" in statement for statement in statements))
        sentry_sdk.flush()
        events = [envelope.get_transaction_event() for envelope in settings.SENT]
        operations = {span["op"] for event in events if event for span in event["spans"]}
        self.assertLessEqual({"db", "view.render"}, operations)  # views are timed, too

    def test_writes_to_a_replica_are_refused(self) -> None:
        for site in SITES:
            with self.assertRaises(ReadOnlyDatabase):
                self.client_of(site).post(f"/add/{site.replica}/", {"text": "never"})
            with (
                site.active(),
                connections[site.replica].cursor() as cursor,
                self.assertRaises(ReadOnlyDatabase),
            ):
                cursor.execute("DELETE FROM notes_note")

    @tenants_only
    def test_another_tenants_database_is_refused(self) -> None:
        from manydb.exceptions import WrongTenant

        first, second = SITES
        with self.assertRaises(WrongTenant):
            self.client_of(first).post(f"/add/{second.alias}/", {"text": "never"})
        with (
            first.active(),
            self.assertRaises(WrongTenant),
            connections[second.alias].cursor() as cursor,
        ):
            cursor.execute("SELECT * FROM notes_note")
        with second.active():
            self.assertEqual(Note.objects.count(), 0)

    def test_a_view_that_fails_is_rolled_back_where_the_site_writes(self) -> None:
        """ATOMIC_REQUESTS, with Sentry around the method that it goes by."""
        for site in SITES:
            client = self.client_of(site, raise_request_exception=False)
            sent = {"text": "never", "fail": "1"}
            entry = connections[site.alias].settings_dict
            with mock.patch.dict(entry, {"ATOMIC_REQUESTS": True}):
                self.ok(client.post(f"/add/{site.alias}/", sent), 500)
            with site.active():
                self.assertFalse(Note.objects.exists())

    def test_metrics_name_the_databases(self) -> None:
        for site in SITES:
            self.client_of(site).get("/notes/")
            metrics = self.ok(self.client_of(site).get("/metrics")).content.decode()
            self.assertIn("django_http_requests_total_by_method_total", metrics)
            self.assertIn("django_db_execute_total", metrics)

    def test_the_admin(self) -> None:
        for site in SITES:
            self.ok(self.admin_of(site).get("/admin/auth/group/"))
