"""The user model is the project's own, and its tables are in ``default`` only."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User as DjangosUser
from django.db import connections
from django.test import TestCase

from {{ cookiecutter.project_slug }}.users.models import User


class Users(TestCase):
    databases = {"default", "TESTCLIENT"}

    def test_the_user_model_is_the_projects_own(self) -> None:
        self.assertEqual(settings.AUTH_USER_MODEL, User._meta.label)
        self.assertIs(get_user_model(), User)
        self.assertTrue(DjangosUser._meta.swapped)

    def test_its_tables_are_in_default_only(self) -> None:
        many_to_many = [field.m2m_db_table() for field in User._meta.many_to_many]
        tables = {User._meta.db_table, *many_to_many}
        self.assertEqual(len(tables), 3)
        for alias, expected in [("default", tables), ("TESTCLIENT", set())]:
            with self.subTest(alias):
                found = set(connections[alias].introspection.table_names())
                self.assertEqual(tables & found, expected)

    def test_a_user_is_saved_in_default(self) -> None:
        self.assertEqual(User.objects.create_user("ada")._state.db, "default")

    def test_the_admin_lists_users_and_adds_them(self) -> None:
        self.client.force_login(User.objects.create_superuser("root"))
        password = {"password1": "Kx7-quarry-lamp", "password2": "Kx7-quarry-lamp"}
        added = self.client.post(
            "/admin/users/user/add/", {"username": "grace", "usable_password": "true", **password}
        )
        self.assertEqual(added.status_code, 302)
        page = self.client.get("/admin/users/user/", {"q": "grace"})
        self.assertContains(page, "1 result")
        self.assertTrue(User.objects.get(username="grace").check_password("Kx7-quarry-lamp"))
