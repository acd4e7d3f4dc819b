"""What is written beside the models: their admin and their tests."""

from string import Template

ADMIN = Template('''"""The admin of ``$alias``: its tables and views, as far as the admin can show them."""

from manydb.admin import register_app

register_app("$app")
''')

APPS = Template('''"""The app of ``$alias``: ``verbose_name`` is the heading of its models in the admin."""

from django.apps import AppConfig


class $config(AppConfig):
    name = "$package"
    label = "$app"
    verbose_name = $title
''')

TESTS = Template('''"""The models of ``$alias``: each can be queried, and shown in the admin.

In a test database their tables are made from the models, and are empty. Whether the models are like the
real tables is for ``python manage.py check_legacy_models $alias`` to say.
"""

from unittest.mock import patch

from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse

MODELS = list(apps.get_app_config("$app").get_models())


class $name(TestCase):
    databases = {"default", "$alias"}

    def test_every_model_can_be_queried(self) -> None:
        for model in MODELS:
            with self.subTest(model._meta.label):
                relations = [field.name for field in model._meta.fields if field.is_relation]
                rows = model._default_manager.select_related(*(relations or [None]))
                self.assertEqual(len(rows), rows.count())

    def test_every_model_is_shown_in_the_admin(self) -> None:
        self.client.force_login(get_user_model().objects.create_superuser("root"))
        # Each page would list all models beside its own rows.
        self.enterContext(patch.object(site, "get_app_list", return_value=[]))
        for model in MODELS:
            with self.subTest(model._meta.label):
                page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
                self.assertEqual(self.client.get(page).status_code, 200)
''')
