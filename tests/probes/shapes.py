"""What a project does with the shapes of an adopted database: shapes.py ALIAS prints it as JSON."""

import importlib
import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.gis.geos import Point, Polygon  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

settings.ALLOWED_HOSTS = ["*"]
(alias,) = sys.argv[1:]
Town = importlib.import_module(f"my_project.{alias}.models").Town
call_command("migrate", verbosity=0)
users = get_user_model().objects
user = users.filter(username="root").first() or users.create_superuser("root", "a@b.c", "x")
client = Client()
client.force_login(user)
kiel = Town.objects.get(pk=1)
srid = Town._meta.get_field("at").srid
before = {name: str(value) for name, value in Town.objects.values().get(pk=1).items()}
for town in Town.objects.all():
    town.full_clean()
    town.save()
lyon = Polygon.from_bbox((4, 45, 5, 46))
if srid > 0:
    lyon.srid = srid
print(
    json.dumps(
        {
            "is a point": isinstance(kiel.at, Point),
            "found": list(Town.objects.filter(at=kiel.at).values_list("name", flat=True)),
            "inside": list(Town.objects.filter(at__within=lyon).values_list("name", flat=True)),
            "list": client.get(f"/admin/{alias}/town/").status_code,
            "row": client.get(f"/admin/{alias}/town/1/change/").status_code,
            "saved": before == {k: str(v) for k, v in Town.objects.values().get(pk=1).items()},
        }
    )
)
