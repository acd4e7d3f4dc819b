"""Databases that are made before anybody asks for a tenant."""

from io import StringIO
from unittest.mock import patch

from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from manydb.tenants.lifecycle import creation, spares, template
from manydb.tenants.lifecycle.spares import prepare

from .new import NewTenantTest


@override_settings(TENANT_SPARES=2)
class SparesTest(NewTenantTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.drop_made, "spare_")

    def test_a_new_tenant_takes_one(self) -> None:
        self.assertEqual(prepare(), 2)
        self.assertEqual(prepare(), 0)
        first, second = self.made_for("spare_")
        creation.create(self.name)
        self.assertEqual(self.made_for("spare_"), [second])
        [(migrations,)] = self.sql("SELECT COUNT(*) FROM django_migrations")
        self.assertGreater(migrations, 0)
        self.assertEqual(prepare(), 1)
        self.assertEqual(self.made_for("spare_"), [first, second])

    def test_without_one_a_new_tenant_is_a_copy_of_the_template(self) -> None:
        self.assertEqual(creation.create(self.name).state, "ready")

    def test_one_that_another_process_takes_just_now_is_not_missed(self) -> None:
        prepare()
        found = spares._found

        def found_too_late(*args: object) -> object:
            for spare in list(found(*args)):  # type: ignore[arg-type]
                spares.engine_of(spare).drop(spare)
                yield spare

        with patch.object(spares, "_found", found_too_late):
            self.assertEqual(creation.create(self.name).state, "ready")
        [(migrations,)] = self.sql("SELECT COUNT(*) FROM django_migrations")
        self.assertGreater(migrations, 0)

    def test_what_is_too_many_and_what_is_of_older_code_is_dropped(self) -> None:
        prepare()
        with override_settings(TENANT_SPARES=1):
            prepare()
            [older] = self.made_for("spare_")
            with patch.object(template, "_hash", lambda: "newer"):
                prepare()
            [newer] = self.made_for("spare_")
        self.assertNotEqual(older, newer)
        self.assertTrue(newer.endswith("0spare_newer_1"))

    def test_the_command_says_what_it_made(self) -> None:
        said = StringIO()
        call_command("prepare_tenants", stdout=said, stderr=StringIO())
        ready = "default has a template and spares: 2, of them new: 2\n"
        self.assertEqual(said.getvalue(), ready)
        with self.assertRaisesMessage(CommandError, "There is no server 'nowhere'"):
            call_command("prepare_tenants", server="nowhere")
        for number in (-1, "two"):
            with (
                override_settings(TENANT_SPARES=number),
                self.assertRaisesMessage(
                    CommandError, f"TENANT_SPARES is {number!r}, which is not"
                ),
            ):
                call_command("prepare_tenants")
