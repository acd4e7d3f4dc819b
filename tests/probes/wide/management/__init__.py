from django.apps import apps
from django.db import router
from django.db.models.signals import post_migrate


def leave_a_mark(sender, using, plan, **kwargs):
    """What apps do that fill a table after each migration."""
    mark = apps.get_model("wide", "Mark")
    if sender.label == "wide" and router.allow_migrate_model(using, mark):
        mark.objects.using(using).create(text=f"{len(plan)} migrations")


post_migrate.connect(leave_a_mark)
