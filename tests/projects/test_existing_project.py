"""A project that exists takes the engine in, as the page ``existing_project.md`` says, and can give it back.

The project is one of Django's own ``startproject``, with an app and data. What the test types are the page's
code blocks.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ..conftest import made_once
from ..rendering import ROOT

ENGINE = ROOT / "{{cookiecutter.project_slug}}"
PAGE = (ENGINE / "manydb/docs/existing_project.md").read_text(encoding="utf-8")
MODELS = """from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=100)
"""
VIEWS = """from django.http import HttpResponse

from .models import Product


def names(request):
    if request.method == "POST":
        Product.objects.create(name=request.POST["name"])
    return HttpResponse(", ".join(Product.objects.values_list("name", flat=True)))
"""
URLS = """from django.contrib import admin
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from products.views import names

urlpatterns = [path("admin/", admin.site.urls), path("", csrf_exempt(names))]
"""
# Written without manydb in mind.
TESTS = """from django.test import TestCase, TransactionTestCase

from .models import Product


class ProductTests(TestCase):
    def test_a_saved_product_is_shown(self):
        self.client.post("/", {"name": "Lamp"})
        self.assertContains(self.client.get("/"), "Lamp")
        self.assertEqual(Product.objects.get().name, "Lamp")


class AloneTests(TransactionTestCase):
    def test_it_is_gone_for_the_next_test(self):
        self.assertNotContains(self.client.get("/"), "Lamp")
        Product.objects.create(name="Lamp")
"""
# Rows of a migration, which Django brings back for each test that asks for it.
BORN = """from django.db import migrations


def make(apps, schema_editor):
    apps.get_model("products", "Product").objects.create(name="Born")


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]
    operations = [migrations.RunPython(make)]
"""
BROUGHT_BACK = """from django.test import TransactionTestCase

from .models import Product


class BroughtBack(TransactionTestCase):
    serialized_rollback = True

    def test_once(self):
        self.assertEqual(Product.objects.get().name, "Born")
        Product.objects.all().delete()

    test_again = test_once
"""
RUNNER = """from django.test.runner import DiscoverRunner


class Own(DiscoverRunner):
    def setup_test_environment(self, **kwargs):
        self.log("It is the project's own.")
        super().setup_test_environment(**kwargs)
"""
FILL = """from django.contrib.auth.models import User
from products.models import Product
Product.objects.create(name="Lamp")
User.objects.create_superuser("ada", "ada@example.com", "pw")
"""
ROLLBACK = """from django.contrib.auth.models import User
from django.db import transaction
from manydb.tenants import tenant_context
from products.models import Product
found = []
def work():
    with transaction.atomic():
        Product.objects.create(name="Never")
        raise ZeroDivisionError
for name in ("acme", "globex"):
    with tenant_context(name):
        try: work()
        except ZeroDivisionError: pass
        names = User.objects.values_list("username", flat=True)
        found.append(" ".join([name, str(Product.objects.count()), *names]))

print(", ".join(found))
"""
# Which aliases a page reads, and what it says.
ASK = """import json, sys
from django.conf import settings
from django.db import connections
from django.test import Client
settings.ALLOWED_HOSTS = ["*"]
used = []
def note(execute, sql, params, many, context):
    used.append(context["connection"].alias)
    return execute(sql, params, many, context)
for alias in list(connections):
    connections[alias].execute_wrappers.append(note)
page = Client(headers={"host": "%s"}).get("/").content.decode()
print(json.dumps([page, sorted(set(used))]))
"""


def block(heading: str) -> str:
    """The code block of Python whose first line is this comment."""
    found = re.search(rf"```python\n# {re.escape(heading)}\n(.*?)```", PAGE, re.DOTALL)
    assert found, heading
    return found[1]


def commands(title: str) -> list[list[str]]:
    """The commands of each block of the shell in the section of this title."""
    section = re.search(rf"## {title}\n(.*?)(?=\n## |\Z)", PAGE, re.DOTALL)
    assert section, title
    return [b.splitlines() for b in re.findall(r"```sh\n(.*?)```", section[1], re.DOTALL)]


class Shop:
    """The project in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "shop/settings.py"
        self.models = folder / "products/models.py"

    def run(self, command: str) -> str:
        """What a line of the page prints, typed in the project's folder."""
        python = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ENGINE),
            # Compiled once for all tests, and never beside the source.
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "compiled"),
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def python(self, code: str) -> str:
        (self.folder / "script.py").write_text(code)
        return self.run("python manage.py shell -v 0 < script.py")

    def page(self, host: str = "testserver") -> list:
        """What the page of a host says, and which databases it read."""
        return json.loads(self.python(ASK % host).splitlines()[-1])

    def take_in(self, part: str) -> None:
        """Adds the lines of one part of the page to the settings: at most fifteen."""
        lines = [line for line in block(f"shop/settings.py: {part}").splitlines() if line]
        assert len(lines) <= 15
        with self.settings.open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")


def start(folder: Path) -> None:
    """A project of one database, with a product, a user, a page and tests."""
    folder.mkdir()
    shop = Shop(folder)
    shop.run("python -m django startproject shop .")
    shop.run("python manage.py startapp products")
    text = shop.settings.read_text()
    shop.settings.write_text(
        text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "products",')
    )
    shop.models.write_text(MODELS)
    (folder / "products/views.py").write_text(VIEWS)
    (folder / "products/tests.py").write_text(TESTS)
    (folder / "shop/urls.py").write_text(URLS)
    shop.run("python manage.py makemigrations -v 0")
    shop.run("python manage.py migrate -v 0")
    shop.python(FILL)
    assert shop.page() == ["Lamp", ["default"]]


@pytest.fixture
def shop(run_folder: Path) -> Iterator[Shop]:
    made = made_once(run_folder / "shop", start)
    with TemporaryDirectory(dir=run_folder) as folder:
        yield Shop(Path(shutil.copytree(made, folder, dirs_exist_ok=True)))


def passes(shop: Shop) -> None:
    """Its own tests, with both runners, and no migration for anybody's app."""
    assert "OK" in shop.run("python manage.py test")
    plugin = "-p manydb.testing.pytest_plugin"
    for order in (f"{plugin} -p pytest_django", f"-p pytest_django {plugin}"):
        command = f"python -m pytest -q -p no:cacheprovider {order} --ds shop.settings"
        assert "2 passed" in shop.run(f"{command} products/tests.py")
    assert "No changes" in shop.run("python manage.py makemigrations --check")


def test_replica(shop):
    before = shop.settings.read_text()
    shop.take_in("replica")
    (shop.folder / "products/runner.py").write_text(RUNNER)
    with shop.settings.open("a") as file:
        file.write('TEST_RUNNER_BASE = "products.runner.Own"\n')
    (typed,) = commands("Read from a replica")
    assert "no issues" in shop.run(typed[0])
    assert re.search(r"default_RO +replica .* yes", shop.run(typed[1]))
    assert re.search("It is the project's own.*OK", shop.run(typed[2]), re.DOTALL)
    assert shop.page() == ["Lamp", ["default_RO"]]
    passes(shop)

    shop.settings.write_text(before)
    assert shop.page() == ["Lamp", ["default"]]


def test_legacy_database(shop):
    shop.run(
        "python -c \"import sqlite3; c = sqlite3.connect('erp.sqlite3'); c.executescript("
        "'create table invoice (number text primary key); insert into invoice values (7)')\""
    )
    before = shop.settings.read_text()
    shop.take_in("legacy")
    with shop.models.open("a") as file:
        file.write("\n\n" + block("products/models.py: at the end"))
    assert "class Invoice" in shop.run("python manage.py inspect_legacy erp")
    shop.run("python manage.py makemigrations -v 0")
    shop.run("python manage.py migrate_databases")
    assert "no issues" in shop.run("python manage.py check")
    assert shop.python(
        "from products.models import Invoice\n"
        "print(Invoice.objects.get(), Invoice.objects.get()._state.db)\n"
        "try: Invoice.objects.create(number='8')\n"
        "except Exception as error: print(type(error).__name__)\n"
    ).splitlines() == ["Invoice object (7) erp", "ReadOnlyDatabase"]
    assert shop.page() == ["Lamp", ["default"]]
    passes(shop)
    shop.settings.write_text(before)
    shop.models.write_text(MODELS)
    assert shop.page() == ["Lamp", ["default"]]


def test_tenants_and_the_way_back(shop):
    settings = shop.settings.read_text()
    shop.take_in("tenants")
    assert "derives from `manydb.models.TenantModel`" in PAGE
    import_line = "from manydb.models import TenantModel\n"
    derived = MODELS.replace("models.Model)", "TenantModel)")
    shop.models.write_text(import_line + derived)

    (typed,) = commands("One database per tenant")
    printed = "\n".join(map(shop.run, typed))
    assert "no issues" in printed
    assert "GLOBEX: applied" in printed
    assert "OK" in printed
    assert re.search(r"acme +ready", printed)
    acme = shop.page("acme.localhost")
    assert acme == ["Lamp", ["ACME"]] or acme == ["Lamp", ["ACME", "default"]]
    assert shop.page("globex.localhost")[0] == ""
    shop.run("python manage.py create_tenant initech")
    assert shop.page("initech.localhost")[0] == ""
    users = "from django.contrib.auth.models import User; print(User.objects.get().username)"
    assert "ada" in shop.python(users)
    passes(shop)

    add = "from manydb.tenants import tenant_context\nfrom products.models import Product\n"
    shop.python(f"{add}with tenant_context('acme'): Product.objects.create(name='Chair')\n")
    saving, loading = commands("The way back")
    for line in saving:
        shop.run(line)
    shop.settings.write_text(settings)
    shop.models.write_text(MODELS)
    for line in loading:
        shop.run(line)
    assert shop.page() == ["Lamp, Chair", ["default"]]
    tables = "from django.db import connection; print(connection.introspection.table_names())"
    assert "manydb_tenants" not in shop.python(tables)
    assert "No changes" in shop.run("python manage.py makemigrations --check")


def test_all_apps_go_to_tenants_without_an_edit(shop):
    """Code that says atomic() and names no database means the tenant, and accounts are the tenant's."""
    models, settings = shop.models.read_text(), shop.settings.read_text()
    shop.take_in("tenants")
    with shop.settings.open("a") as file:
        file.write("\n" + block("shop/settings.py: all apps"))
    (typed,) = commands("One database per tenant")
    printed = "\n".join(map(shop.run, typed))
    assert "no issues" in printed
    assert "GLOBEX: applied" in printed
    assert "OK" in printed
    text, used = shop.page("acme.localhost")
    assert (text, {*used} - {"catalog"}) == ("Lamp", {"ACME"})
    assert shop.page("globex.localhost")[0] == ""
    added = {"migrations/0002_born.py": BORN, "test_born.py": BROUGHT_BACK}
    for name, text in added.items():
        (shop.folder / "products" / name).write_text(text)
    assert "Ran 2 tests" in shop.run("python manage.py test products.test_born")
    for name in added:
        (shop.folder / "products" / name).unlink()
    passes(shop)
    assert shop.models.read_text() == models
    assert shop.python(ROLLBACK).splitlines()[-1] == "acme 1 ada, globex 0"

    back = re.search(r"`(python manage.py migrate manydb_tenants zero --database ACME)`", PAGE)
    shop.run(back[1])
    shop.settings.write_text(settings)
    (shop.folder / "db_acme.sqlite3").replace(shop.folder / "db.sqlite3")
    assert shop.page() == ["Lamp", ["default"]]
    assert "No changes" in shop.run("python manage.py makemigrations --check")
    shop.run("python manage.py migrate --check")


def test_the_page_is_short():
    assert len(PAGE.splitlines()) <= 120
